import { stageRank } from '../domain/order';
import type { Db } from './connection';

export interface OrderChat {
  readonly userId: number;
  readonly chatId: number;
  readonly messageId: number | undefined;
}

/** Where an order is shown; undefined when the user has no chat. */
export async function findOrderChat(db: Db, orderId: string): Promise<OrderChat | undefined> {
  const row: { user_id: number; telegram_id: number | null; message_id: number | null } | undefined = await db('orders')
    .join('users', 'users.id', 'orders.user_id')
    .leftJoin('order_messages', 'order_messages.order_id', 'orders.id')
    .where({ 'orders.id': orderId })
    .first('orders.user_id', 'users.telegram_id', 'order_messages.message_id');
  if (row === undefined || row.telegram_id === null) return undefined;
  return { userId: row.user_id, chatId: row.telegram_id, messageId: row.message_id ?? undefined };
}

/** Claims the right to show a stage of this rank; false when a higher one was shown already. */
export async function claimStage(db: Db, orderId: string, rank: number): Promise<boolean> {
  await db('order_messages').insert({ order_id: orderId }).onConflict('order_id').ignore();
  const count = await db('order_messages').where({ order_id: orderId }).where('shown_rank', '<=', rank).update({ shown_rank: rank });
  return count === 1;
}

/** Whether a higher stage was claimed since, so that what was just shown may be stale. */
export async function isOvertaken(db: Db, orderId: string, rank: number): Promise<boolean> {
  const row: unknown = await db('order_messages').where({ order_id: orderId }).where('shown_rank', '>', rank).first('order_id');
  return row !== undefined;
}

/** Notes the message that shows the order from now on. */
export async function setOrderMessage(db: Db, orderId: string, messageId: number): Promise<void> {
  await db('order_messages').where({ order_id: orderId }).update({ message_id: messageId });
}

/** Claims the sending of "ready"; false when it was sent, or tried twice without a certain answer. */
export async function claimReady(db: Db, orderId: string, now: Date): Promise<boolean> {
  await db('order_messages').insert({ order_id: orderId }).onConflict('order_id').ignore();
  const count = await db('order_messages')
    .where({ order_id: orderId })
    .whereNull('ready_sent_at')
    .where('ready_sends', '<', 2)
    .update({ ready_claimed_at: now, ready_sends: db.raw('ready_sends + 1') });
  return count === 1;
}

/** Gives the claim back, because the message provably never left. */
export async function releaseReady(db: Db, orderId: string): Promise<void> {
  await db('order_messages')
    .where({ order_id: orderId })
    .whereNull('ready_sent_at')
    .update({ ready_sends: db.raw('greatest(ready_sends - 1, 0)') });
}

/** Notes that "ready" arrived, or can never arrive. */
export async function markReadySent(db: Db, orderId: string, now: Date): Promise<void> {
  await db('order_messages').where({ order_id: orderId }).update({ ready_sent_at: now });
}

/** Notes that the buyer is to be told of a delay; false when it was noted before. */
export async function claimDelay(db: Db, orderId: string, now: Date): Promise<boolean> {
  await db('order_messages').insert({ order_id: orderId }).onConflict('order_id').ignore();
  const count = await db('order_messages').where({ order_id: orderId }).whereNull('delay_told_at').update({ delay_told_at: now });
  return count === 1;
}

/** Keeps an order out of the chat that nobody pressed for: its news are written otherwise. Only its refund would be drawn. */
export async function quietOrder(tx: Db, orderId: string, now: Date): Promise<void> {
  const quiet = { shown_rank: stageRank.refunded, ready_sent_at: now, delay_told_at: now };
  await tx('order_messages')
    .insert({ order_id: orderId, ...quiet })
    .onConflict('order_id')
    .merge(quiet);
}
