import type { Db } from '../../src/db/connection';
import type { TestShop } from './shop';
import { until } from './until';

/** How often each thing that must happen once has happened. */
export interface Counts {
  readonly orders: number;
  readonly payments: number;
  readonly charges: number;
  readonly grants: number;
  readonly subscriptions: number;
  readonly transactions: number;
}

async function count(db: Db, table: string): Promise<number> {
  const row: { count?: string | number } | undefined = await db(table).count({ count: '*' }).first();
  return Number(row?.count ?? 0);
}

/** Counts the facts in the database. */
export async function counts(db: Db): Promise<Counts> {
  const [orders, payments, charges, grants, subscriptions, transactions] = await Promise.all(
    ['orders', 'payments', 'charges', 'grants', 'subscriptions', 'transactions'].map((table) => count(db, table)),
  );
  return {
    orders: orders ?? 0,
    payments: payments ?? 0,
    charges: charges ?? 0,
    grants: grants ?? 0,
    subscriptions: subscriptions ?? 0,
    transactions: transactions ?? 0,
  };
}

export interface PanelClient {
  readonly inboundId: number;
  readonly id: string;
  readonly email: string;
  readonly enable: boolean;
  readonly expiryTime: number;
}

/** What the simulated panel really holds. */
export async function panelClients(shop: TestShop, panel = 'main'): Promise<readonly PanelClient[]> {
  const reply = await fetch(`${shop.sandbox.url}/sandbox/panels/${panel}/clients`);
  // The sandbox's own answer, in its own shape.
  return (await reply.json()) as PanelClient[];
}

/** Switches a failure of the sandbox on, or all of a target off. */
export async function fault(
  shop: TestShop,
  setting: { target: string; mode: string | null; operation?: string; count?: number; delayMs?: number },
): Promise<void> {
  await post(`${shop.sandbox.url}/sandbox/faults`, setting);
}

/** Posts JSON and returns the status. */
export async function post(url: string, body: object = {}, headers: Record<string, string> = {}): Promise<number> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await reply.arrayBuffer();
  return reply.status;
}

/** Takes a buyer from the first word to an invoice; returns the address of its pay page and the id of the payment. */
export async function orderByCard(
  shop: TestShop,
  buyer: ReturnType<TestShop['buyer']>,
  plan = /^1 месяц/,
): Promise<{ payPage: string; paymentId: string }> {
  await buyer.say('/start');
  await buyer.press(plan);
  await buyer.press(/Карта или СБП/);
  await buyer.see(new RegExp(`${plan.source.replace('^', '')}[^]*Ждём оплату`));
  const payPage = (await buyer.press(/^Оплатить/)) ?? '';
  const paymentId = await until('the payment has its page', async () => {
    const row: { id: string } | undefined = await shop.db('payments').where({ pay_url: payPage }).first('id');
    return row?.id;
  });
  return { payPage, paymentId };
}

/** Waits until every order that was paid is fulfilled. */
export function untilFulfilled(shop: TestShop, orders = 1, patienceMs?: number): Promise<true> {
  return until(
    `${orders} order(s) are fulfilled`,
    async () => {
      const row: { count?: string | number } | undefined = await shop
        .db('orders')
        .where({ fulfilment: 'fulfilled' })
        .count({ count: '*' })
        .first();
      return Number(row?.count ?? 0) === orders ? true : undefined;
    },
    patienceMs,
  );
}
