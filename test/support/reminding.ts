import type { ReminderKind, ReminderPolicy } from '../../src/domain/reminder';
import type { Buyer } from '../../sandbox/buyer';
import { openPayment, atProvider } from './buying';
import { post } from './facts';
import type { TestShop } from './shop';
import { until } from './until';

/** Reminders of a life in which a day is 700 ms. */
export const fastReminders: ReminderPolicy = {
  offsetsMs: { early: -6_000, soon: -4_000, last: -2_000, ended: 0, missed: 1_500, come_back: 3_000 },
  spreadMs: 0,
  lateMs: 60_000,
  retryMs: 300,
  longestRetryMs: 1_000,
};

export interface Subscriber {
  readonly buyer: Buyer;
  readonly telegramId: number;
  readonly userId: number;
  readonly subscriptionId: string;
}

/** A buyer who has bought a month by card, and has the link. */
export async function subscribe(shop: TestShop, telegramId: number): Promise<Subscriber> {
  const buyer = shop.buyer(telegramId);
  const payment = await openPayment(shop, { buyer, telegramId, provider: 'yookassa' });
  await atProvider(shop, { action: 'pay', paymentId: payment.id });
  await buyer.see(/Доступ открыт до/);
  const subscription: { id: string } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first('id');
  return { buyer, telegramId, userId: payment.user_id, subscriptionId: subscription.id };
}

/** Lets a subscription end `inMs` from now, as if its period had gone by until then; returns the end. */
export async function endIn(shop: TestShop, subscriber: Subscriber, inMs: number): Promise<Date> {
  const endsAt = new Date(Date.now() + inMs);
  await shop.db('subscriptions').where({ id: subscriber.subscriptionId }).update({ ends_at: endsAt });
  await shop.temporal.workflow.getHandle(`user-${subscriber.userId}`).signal('resync', { v: 1 });
  return endsAt;
}

export interface ReminderLine {
  readonly kind: ReminderKind;
  readonly state: 'waiting' | 'claimed' | 'sent' | 'unknown' | 'skipped';
  readonly reason: string | null;
}

/** What the shop noted of the reminders of one end, in the order they were due. */
export function reminderLines(shop: TestShop, subscriber: Subscriber, endsAt: Date): Promise<readonly ReminderLine[]> {
  return shop
    .db('reminders')
    .where({ subscription_id: subscriber.subscriptionId, ends_at: endsAt })
    .orderBy('due_at')
    .select('kind', 'state', 'reason');
}

/** Waits until nothing is open about these kinds of one end. */
export function untilSettled(
  shop: TestShop,
  subscriber: Subscriber,
  wish: { readonly endsAt: Date; readonly kinds: readonly ReminderKind[]; readonly patienceMs?: number },
): Promise<readonly ReminderLine[]> {
  return until(
    `the reminders of ${subscriber.subscriptionId} are settled`,
    async () => {
      const lines = await reminderLines(shop, subscriber, wish.endsAt);
      const settled = wish.kinds.every((kind) =>
        lines.some((line) => line.kind === kind && ['sent', 'unknown', 'skipped'].includes(line.state)),
      );
      return settled ? lines : undefined;
    },
    wish.patienceMs,
  );
}

/** Words that only a reminder of that kind says; the three before the end say the same. */
export const reminderWords = {
  before: /Подписка заканчивается/,
  ended: /Подписка закончилась\. Продлите/,
  missed: /Доступ закрыт: подписка закончилась/,
  comeBack: /Давно не виделись/,
  neverConnected: /ещё ни разу не подключались/,
} as const;

/** How many messages of each kind are in the sandbox's own book of a chat. */
export async function bookOfReminders(subscriber: Subscriber): Promise<Readonly<Record<keyof typeof reminderWords, number>>> {
  const chat = await subscriber.buyer.chat();
  const count = (words: RegExp): number => chat.filter((message) => message.from === 'bot' && words.test(message.html)).length;
  return {
    before: count(reminderWords.before),
    ended: count(reminderWords.ended),
    missed: count(reminderWords.missed),
    comeBack: count(reminderWords.comeBack),
    neverConnected: count(reminderWords.neverConnected),
  };
}

/** Pays what the buyer has just ordered, at the provider. */
export async function payLatest(shop: TestShop, subscriber: Subscriber): Promise<void> {
  const payment: { id: string } = await until('there is an invoice', async () =>
    shop.db('payments').where({ user_id: subscriber.userId, state: 'pending' }).orderBy('created_at', 'desc').first('id'),
  );
  await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
}
