import { methodButton } from '../../sandbox/once';
import type { Buyer } from '../../sandbox/buyer';
import type { Shop } from '../../src/temporal/shop';
import { post } from './facts';
import type { TestShop } from './shop';
import { until } from './until';

export interface OpenedPayment {
  readonly id: string;
  readonly order_id: string;
  readonly user_id: number;
  readonly asked_minor: number;
  readonly state: string;
}

/** Takes a buyer to an order that waits for its payment; gives the payment. */
export async function openPayment(
  shop: TestShop,
  wish: { readonly buyer: Buyer; readonly telegramId: number; readonly provider: string; readonly plan?: RegExp },
): Promise<OpenedPayment> {
  const { buyer, provider } = wish;
  const before: { id: string } | undefined = await latestPayment(shop, wish.telegramId);
  await buyer.say('/start');
  const menu = await buyer.see(/Выберите тариф|Ваши подписки|Действует до/);
  if (!/Выберите тариф/.test(menu.html)) await buyer.press(/Купить ещё/);
  await buyer.press(wish.plan ?? /^1 месяц/);
  await buyer.press(methodButton(provider));
  return until(`a payment at ${provider} is open`, async () => {
    const payment = await latestPayment(shop, wish.telegramId);
    return payment !== undefined && payment.id !== before?.id && payment.state === 'pending' ? payment : undefined;
  });
}

/** The payment a buyer opened last. */
export async function latestPayment(shop: TestShop, telegramId: number): Promise<OpenedPayment | undefined> {
  return shop
    .db('payments')
    .join('users', 'users.id', 'payments.user_id')
    .where({ 'users.telegram_id': telegramId })
    .orderBy('payments.created_at', 'desc')
    .first('payments.*');
}

/** Opens the wallet page or form where a provider hears of a payment only from the buyer. */
export async function openPage(shop: TestShop, paymentId: string): Promise<void> {
  const row: { pay_url: string | null } | undefined = await shop.db('payments').where({ id: paymentId }).first('pay_url');
  if (row?.pay_url != null && row.pay_url.startsWith(shop.sandbox.url)) await (await fetch(row.pay_url)).arrayBuffer();
}

/** What is done with a payment at its provider. */
interface ProviderAct {
  readonly action: 'pay' | 'cancel' | 'refund' | 'dispute';
  readonly paymentId: string;
  readonly body?: object;
}

/** Pays (or cancels, refunds, disputes) at the provider. */
export async function atProvider(shop: TestShop, { action, paymentId, body = {} }: ProviderAct): Promise<void> {
  await openPage(shop, paymentId);
  await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/${action}`, body);
}

/** Where the money of an order went, as "from → to amount". */
export async function movements(shop: TestShop, orderId: string): Promise<readonly string[]> {
  const rows: readonly { from_account: string; to_account: string; amount_minor: number; user_id: number | null }[] = await shop
    .db('transactions')
    .where({ order_id: orderId })
    .orderBy('created_at')
    .orderBy('id');
  const name = (account: string): string => account.replace(/^(order|user):.*$/, '$1').replace('provider:', '');
  return rows.map((row) => `${name(row.from_account)} → ${name(row.to_account)} ${row.amount_minor}`).toSorted();
}

/** Lets the time of an order run out now. */
export async function expire(shop: TestShop, order: { readonly order_id: string; readonly user_id: number }): Promise<void> {
  await shop
    .db('orders')
    .where({ id: order.order_id })
    .update({ expires_at: new Date(Date.now() - 1_000) });
  await shop.temporal.workflow.getHandle(`user-${order.user_id}`).signal('resync', { v: 1 });
  await until('the order is expired', async () => (await shop.db('orders').where({ id: order.order_id, state: 'expired' })).length === 1);
}

/** What a user has on the balance. */
export async function balanceOf(shop: TestShop, userId: number): Promise<number> {
  const row: { amount_minor: number } | undefined = await shop.db('balances').where({ user_id: userId }).first('amount_minor');
  return row?.amount_minor ?? 0;
}

/** What a provider's own book says of a payment, as plain decimals. */
export async function bookOf(shop: TestShop, paymentId: string): Promise<{ readonly received: string; readonly refunded: string }> {
  const reply = await fetch(`${shop.sandbox.url}/sandbox/payments`);
  // The sandbox's own answer, in its own shape.
  const books = (await reply.json()) as readonly { reference: string; received: string; refunded: string }[];
  const book = books.find((entry) => entry.reference === paymentId);
  return { received: book?.received ?? '?', refunded: book?.refunded ?? '?' };
}

/** A service message of Telegram in a buyer's chat, such as a payment; returns the status. */
export function tellTelegram(shop: TestShop, telegramId: number, fields: object): Promise<number> {
  const from = { id: telegramId, is_bot: false, first_name: 'A' };
  const message = { message_id: 1, date: 1, chat: { id: telegramId, type: 'private' }, from, ...fields };
  return post(`${shop.sandbox.url}/sandbox/telegram/updates`, { update: { message } });
}

/** What an operator asks for: everything of an order back by its provider, where nothing else is said. */
export function refundOf(
  payment: Pick<OpenedPayment, 'id' | 'order_id' | 'user_id'>,
  changes: { readonly key?: string; readonly scope?: 'full' | 'unused'; readonly destination?: 'provider' | 'balance' } = {},
): Parameters<Shop['refundOrder']>[0] {
  return {
    userId: payment.user_id,
    orderId: payment.order_id,
    key: `refund-${payment.id}`,
    scope: 'full',
    destination: 'provider',
    reason: 'asked for it',
    actor: 'test',
    ...changes,
  };
}
