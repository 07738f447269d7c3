import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { addPeriod } from '../../src/domain/period';
import { atProvider, latestPayment, movements } from '../support/buying';
import { fault, panelClients, post } from '../support/facts';
import { holdChanges } from '../support/hold';
import { openSplitShop, type SplitShop } from '../support/processes';
import { endIn, type Subscriber } from '../support/reminding';
import { quick, type TestShop } from '../support/shop';
import { until } from '../support/until';

const dayMs = 86_400_000;
const firstTryMs = -20 * dayMs;
// Until a worker is up again, and has heard of a call that the one before had begun, 8 s go by; on a busy machine more.
const betweenTriesMs = 15_000;
const renewal = { offsetsMs: [firstTryMs, firstTryMs + betweenTriesMs], announceMs: dayMs, answerMs: dayMs };

interface Attempt {
  readonly slot: number;
  readonly state: string;
  readonly order_id: string | null;
  readonly payment_id: string | null;
}

interface Moment {
  readonly hasCome: () => Promise<boolean>;
  /** What of it has to end with the worker. */
  readonly end?: () => Promise<void>;
}

interface KillPoint {
  readonly name: string;
  /** Whether the provider tells of the money by itself too. */
  readonly webhooks: boolean;
  readonly arrange: (shop: TestShop, subscriber: Subscriber) => Promise<Moment>;
}

function attempts(shop: TestShop, { subscriptionId }: Subscriber): Promise<readonly Attempt[]> {
  return shop.db('renewal_attempts').where({ subscription_id: subscriptionId }).orderBy('created_at');
}

/** How what the provider has in its book for a user's payments stands, the earliest first. */
async function bookOfUser(shop: TestShop, { userId }: Subscriber): Promise<readonly string[]> {
  const payments: readonly { id: string }[] = await shop.db('payments').where({ user_id: userId });
  const reply = await fetch(`${shop.sandbox.url}/sandbox/payments`);
  // The sandbox's own answer, in its own shape.
  const book = (await reply.json()) as readonly { reference: string; status: string; received: string; refunded: string }[];
  return book
    .filter(({ reference }) => payments.some(({ id }) => id === reference))
    .map(({ status, received, refunded }) => `${status} ${received} ${refunded}`);
}

const paidOnce = 'paid 299.00 0.00';

async function messagesLike(subscriber: Subscriber, words: RegExp): Promise<number> {
  return (await subscriber.buyer.chat()).filter((message) => message.from === 'bot' && words.test(message.html)).length;
}

const renewed = /Подписка продлена до/;
const declined = /Не получилось списать 299/;

/** Whether Temporal waits for nothing more about a user, neither for what a killed worker had begun nor for children. */
async function isSettled(shop: TestShop, { userId }: Subscriber): Promise<boolean> {
  const { raw } = await shop.temporal.workflow.getHandle(`user-${userId}`).describe();
  const { pendingActivities, pendingChildren, pendingWorkflowTask } = raw;
  return (pendingActivities ?? []).length + (pendingChildren ?? []).length === 0 && pendingWorkflowTask == null;
}

const points: readonly KillPoint[] = [
  {
    name: 'the try is written, the provider not asked',
    webhooks: true,
    async arrange(shop, subscriber) {
      const hold = await holdChanges(shop.db, { table: 'payments', change: 'update', when: 'new.invoice_asked_at is not null' });
      const isUnasked = async (): Promise<boolean> => (await bookOfUser(shop, subscriber)).length === 1;
      return { hasCome: async () => (await hold.isReached()) && isUnasked(), end: () => hold.cut() };
    },
  },
  {
    name: 'the provider has the money, its answer is not there',
    webhooks: false,
    async arrange(shop, subscriber) {
      await fault(shop, { target: 'yookassa', operation: 'create', mode: 'stall', count: 1 });
      return { hasCome: async () => (await bookOfUser(shop, subscriber)).length === 2 };
    },
  },
  {
    name: 'the answer is there and not stored',
    webhooks: false,
    async arrange(shop) {
      const hold = await holdChanges(shop.db, { table: 'payment_events', change: 'insert', when: 'true' });
      return { hasCome: () => hold.isReached(), end: () => hold.cut() };
    },
  },
  {
    name: 'the renewal is stored, the buyer not told',
    webhooks: true,
    async arrange(shop) {
      const when = `new.kind = 'auto_renewed' and old.claimed_at is null`;
      const hold = await holdChanges(shop.db, { table: 'notices', change: 'update', when });
      return { hasCome: () => hold.isReached(), end: () => hold.cut() };
    },
  },
  {
    name: 'the buyer is told, which is not noted',
    webhooks: true,
    async arrange(shop, subscriber) {
      await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'stall', count: 1 });
      return { hasCome: async () => (await messagesLike(subscriber, renewed)) === 1 };
    },
  },
];

describe('kill -9 of the worker during a renewal by a saved card', () => {
  let split: SplitShop;
  let shop: TestShop;
  /** One for each test, who have bought a month and let their card be kept. */
  let subscribers: Subscriber[];
  beforeAll(async () => {
    split = await openSplitShop('worker', { shopFile: fullShop, tuning: { policy: { ...quick.policy, renewal } } });
    shop = split.shop;
    subscribers = await Promise.all(Array.from({ length: points.length + 1 }, (_, index) => withCard(85_001 + index)));
  });
  afterAll(() => split.close());

  async function withCard(telegramId: number): Promise<Subscriber> {
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП, запомнить/);
    await buyer.press(/Соглас/);
    await buyer.see(/Ждём оплату/);
    const payment = await until('there is a payment', () => latestPayment(shop, telegramId));
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.seeLink();
    await buyer.see(/способ оплаты сохранён для продления/);
    const row: { id: string } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first('id');
    return { buyer, telegramId, userId: payment.user_id, subscriptionId: row.id };
  }

  function next(): Subscriber {
    const subscriber = subscribers.pop();
    if (subscriber === undefined) throw new Error('there are more tests than subscribers');
    return subscriber;
  }

  /** Lets the first try come, and kills the worker in the middle of it; returns the end that is to be renewed. */
  async function killWhile(subscriber: Subscriber, moment: Moment): Promise<Date> {
    const endsAt = await endIn(shop, subscriber, 1_000 - firstTryMs);
    await until('the moment has come', moment.hasCome);
    await split.kill();
    await moment.end?.();
    split.start();
    return endsAt;
  }

  async function useCard(userId: number, externalId: string): Promise<string> {
    const row: { external_id: string } = await shop.db('saved_methods').where({ user_id: userId }).first('external_id');
    await shop.db('saved_methods').where({ user_id: userId }).update({ external_id: externalId });
    return row.external_id;
  }

  /** The end moved by one period, once, in the shop's books and on the panel, and nothing is left to do. */
  async function expectRenewedOnce(subscriber: Subscriber, endsAt: Date): Promise<void> {
    const { userId, subscriptionId } = subscriber;
    const newEnd = addPeriod(endsAt, { value: 1, unit: 'month' }, 'Europe/Moscow');
    const grants: readonly { kind: string; end_after: Date }[] = await shop
      .db('grants')
      .where({ subscription_id: subscriptionId })
      .orderBy('sequence');
    expect(grants.map(({ kind }) => kind)).toEqual(['purchase', 'renewal']);
    expect(grants[1]).toMatchObject({ end_before: endsAt, end_after: newEnd });
    expect(await shop.db('subscriptions').where({ id: subscriptionId }).first('ends_at')).toEqual({ ends_at: newEnd });
    expect(await shop.db('charges').whereIn('payment_id', shop.db('payments').where({ user_id: userId }).select('id'))).toHaveLength(2);
    const account: { uuid: string } = await shop.db('panel_accounts').where({ subscription_id: subscriptionId }).first('uuid');
    await until('the panel holds the new end', async () => {
      const clients = (await panelClients(shop)).filter(({ id }) => id === account.uuid);
      return clients.length === 2 && clients.every(({ enable, expiryTime }) => enable && expiryTime === newEnd.getTime());
    });
    await until('nothing is under way', () => isSettled(shop, subscriber));
    expect(await shop.db('operations').where({ user_id: userId, state: 'open' })).toEqual([]);
  }

  it.each(points)('when $name: one charge, one try, one period', async ({ webhooks, arrange }) => {
    const subscriber = next();
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { webhooks });
    const endsAt = await killWhile(subscriber, await arrange(shop, subscriber));
    await subscriber.buyer.see(renewed, 90_000);
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { webhooks: true });
    await expectRenewedOnce(subscriber, endsAt);
    const [attempt, ...others] = await attempts(shop, subscriber);
    expect(others).toEqual([]);
    expect(attempt).toMatchObject({ slot: 0, state: 'paid' });
    expect(await bookOfUser(shop, subscriber)).toEqual([paidOnce, paidOnce]);
    expect(await movements(shop, attempt?.order_id ?? '')).toEqual(['order → sales 29900', 'yookassa → order 29900']);
    expect(await messagesLike(subscriber, renewed)).toBe(1);
  });

  it('when the answer of a declined card is not there: the slot is not tried again, the next one is', async () => {
    const subscriber = next();
    const card = await useCard(subscriber.userId, 'declined-once');
    await fault(shop, { target: 'yookassa', operation: 'create', mode: 'stall', count: 1 });
    const hasCome = async (): Promise<boolean> => (await bookOfUser(shop, subscriber)).length === 2;
    const endsAt = await killWhile(subscriber, { hasCome });
    await until('the try is declined', async () => (await attempts(shop, subscriber))[0]?.state === 'declined', 90_000);
    await useCard(subscriber.userId, card);
    await subscriber.buyer.see(renewed, 90_000);
    await expectRenewedOnce(subscriber, endsAt);
    expect((await attempts(shop, subscriber)).map(({ slot, state }) => `${slot} ${state}`)).toEqual(['0 declined', '1 paid']);
    expect(await bookOfUser(shop, subscriber)).toEqual([paidOnce, 'cancelled 0.00 0.00', paidOnce]);
    expect(await messagesLike(subscriber, declined)).toBe(1);
    expect(await messagesLike(subscriber, renewed)).toBe(1);
  });
});
