import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message } from '../../sandbox/buyer';
import { fullShop } from '../../sandbox/demoShop';
import { formatDay } from '../../src/bot/views/format';
import { defaultPolicy } from '../../src/domain/policy';
import { balanceOf, bookOf } from '../support/buying';
import { runCommand } from '../support/commands';
import { panelClients, post } from '../support/facts';
import { passTimeOf, type Life } from '../support/passing';
import { openTestShop, type TestShop } from '../support/shop';
import { transcriptOf } from '../support/transcript';
import { until } from '../support/until';

const telegramId = 7_007;
const dayMs = 86_400_000;
const yearDays = 365;
const patienceMs = 90_000;

interface Subscription {
  readonly id: string;
  readonly user_id: number;
  readonly token: string;
  readonly ends_at: Date;
  readonly paused_at: Date | null;
}

interface Entry {
  readonly kind: string;
  readonly end_before: Date | null;
  readonly end_after: Date;
  readonly created_at: Date;
}

const months: readonly number[] = [28, 29, 30, 31];
const years: readonly number[] = [365, 366];

function lengthOf(days: number): string {
  if (months.includes(days)) return 'a month';
  return years.includes(days) ? 'a year' : `${Number(days.toFixed(2))} days`;
}

/** What an entry did to the end, counted from when its time began. */
function said({ kind, end_before: before, end_after: after, created_at: at }: Entry): string {
  const end = before?.getTime() ?? 0;
  const addedTo = (start: number): number => (after.getTime() - start) / dayMs;
  if (kind === 'trial' || kind === 'renewal') return `${kind}: ${lengthOf(addedTo(Math.max(at.getTime(), end)))}`;
  if (kind === 'change') return `${kind}: ${(addedTo(at.getTime()) / ((end - at.getTime()) / dayMs)).toFixed(3)} days for one`;
  return kind === 'refund' ? `${kind}: ${lengthOf(-addedTo(end))} back` : `${kind}: ${lengthOf(addedTo(end))}`;
}

/** The news that a card is kept and the link are sent at the same time; the one or the other may arrive first. */
function inOrder(chat: readonly Message[]): readonly Message[] {
  const kept = chat.findIndex(({ html }) => html.startsWith('💾'));
  const [link, news] = [chat[kept - 1], chat[kept]];
  return link?.html.startsWith('🎉') === true && news !== undefined ? chat.with(kept - 1, news).with(kept, link) : chat;
}

describe('a year of one user', () => {
  let shop: TestShop;
  let buyer: ReturnType<TestShop['buyer']>;
  let life: Life;
  beforeAll(async () => {
    // Every business duration is the shop's own; only the second look at a panel comes sooner.
    shop = await openTestShop({ shopFile: fullShop, tuning: { policy: { ...defaultPolicy, secondLookMs: 500 } } });
    buyer = shop.buyer(telegramId);
  });
  afterAll(() => shop.close());

  const subscription = (): Promise<Subscription> => shop.db('subscriptions').first();

  /** The day that a screen has to name: while a subscription is paused, its end moves on. */
  async function shownEnd(): Promise<string> {
    const { ends_at: endsAt, paused_at: pausedAt } = await subscription();
    const pausedMs = pausedAt === null ? 0 : Date.now() - pausedAt.getTime();
    return formatDay(new Date(endsAt.getTime() + pausedMs), 'ru', 'Europe/Moscow');
  }

  /** Waits for a text, and holds it to the end that the subscription has. */
  async function seeEnd(text: RegExp, after = 0): Promise<void> {
    const { html } = await until(`the buyer sees ${String(text)}`, async () =>
      (await buyer.chat()).findLast((message) => message.id > after && text.test(message.html)),
    );
    expect(html).toContain(`до ${await shownEnd()}`);
  }

  /** Opens the subscription anew: buttons of earlier screens are there as well. */
  async function open(status: RegExp): Promise<void> {
    const last = (await buyer.chat()).at(-1)?.id;
    await buyer.say('/my');
    await seeEnd(status, last);
  }

  /** Pays at the provider's page, and waits for the news of it. */
  async function pay(): Promise<void> {
    await buyer.see(/Ждём оплату/);
    const page = (await buyer.press(/^Оплатить/)) ?? '';
    expect((await fetch(page)).status).toBe(200);
    const last = (await buyer.chat()).at(-1)?.id;
    await post(`${page}/pay`);
    await seeEnd(/🎉 <b>Продлено до/, last);
  }

  /** The panel lets the buyer in, and the link has servers; or neither. */
  async function untilAccess(isOpen: boolean): Promise<void> {
    const link = await buyer.seeLink();
    await until(`the access is ${isOpen ? 'open' : 'shut'}`, async () => {
      const clients = await panelClients(shop);
      const onPanel = clients.length === 2 && clients.every(({ enable, expiryTime }) => (enable && expiryTime > Date.now()) === isOpen);
      const body = await (await fetch(link, { headers: { 'user-agent': 'v2rayNG/1.9.0' } })).text();
      const nodes = Buffer.from(body, 'base64').toString().split('\n');
      return onPanel && nodes.length === (isOpen ? 2 : 1);
    });
  }

  /** What lies on every account that is not empty. */
  async function nets(): Promise<Readonly<Record<string, number>>> {
    const moved: { rows: readonly { account: string; net: number }[] } = await shop.db.raw(
      `select account, sum(minor)::float8 as net from (select to_account as account, amount_minor as minor from transactions
         union all select from_account, -amount_minor from transactions) moved group by account having sum(minor) <> 0`,
    );
    return Object.fromEntries(moved.rows.map(({ account, net }) => [account, net]));
  }

  async function trial(): Promise<void> {
    await buyer.say('/start');
    await buyer.press(/^🎁 Попробовать бесплатно: 3 дня/);
    await buyer.seeLink();
    await seeEnd(/Доступ открыт до/);
    life = passTimeOf(shop, (await subscription()).user_id);
    await untilAccess(true);
    expect([await life.next(), await life.next(), await life.next()]).toEqual(['never_connected', 'soon', 'last']);
  }

  async function purchaseAndReminders(): Promise<void> {
    await buyer.press(/Выбрать тариф/);
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП$/);
    await pay();
    expect([await life.next(), await life.next(), await life.next()]).toEqual(['early', 'soon', 'last']);
    await buyer.press(/^Продлить — 299/);
    await buyer.see(/Ждём оплату/);
    await buyer.press(/Другой способ оплаты/);
    await buyer.press(/Карта или СБП, запомнить/);
    await buyer.press(/Соглас/);
    await pay();
    await buyer.see(/способ оплаты сохранён для продления/);
    await life.rest();
  }

  async function autoRenewal(): Promise<void> {
    await open(/🟢 Активна[^]*Автопродление: .* спишем 299/);
    expect([await life.next(), await life.next()]).toEqual(['announce', 'early']);
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { declines: 1 });
    expect(await life.next()).toBe('try');
    await buyer.see(/Не получилось списать 299/);
    expect([await life.next(), await life.next(), await life.next()]).toEqual(['soon', 'last', 'subscriptionEnds + try']);
    await seeEnd(/Подписка продлена до/);
    await untilAccess(true);
  }

  async function pauseAndChange(): Promise<void> {
    await open(/🟢 Активна/);
    await buyer.press(/Пауза и тариф/);
    await buyer.press(/Поставить на паузу/);
    await buyer.press(/Да, поставить на паузу/);
    await buyer.see(/Подписка на паузе/);
    await untilAccess(false);
    await life.days(20);
    await open(/⏸ На паузе/);
    await buyer.press(/Возобновить/);
    await seeEnd(/Подписка снова работает/);
    await untilAccess(true);
    await life.days(7);
    await open(/🟢 Активна/);
    await buyer.press(/Пауза и тариф/);
    await buyer.press(/Сменить тариф/);
    await buyer.press(/^1 год/);
    await buyer.press(/^Перейти, до/);
    await seeEnd(/Готово: 1 год/);
  }

  async function refund(): Promise<void> {
    await open(/🟢 Активна/);
    await buyer.press(/^Продлить — 2/);
    await pay();
    await life.rest();
    const order: { id: string } = await shop.db('orders').orderBy('created_at', 'desc').first('id');
    expect((await runCommand(shop, 'refund', order.id, '--reason', 'продлил по ошибке')).refusal).toBeUndefined();
    await buyer.see(/возвращаются к вам/);
    await life.rest();
  }

  async function lapseAndReturn(): Promise<void> {
    expect([await life.next(), await life.next(), await life.next()]).toEqual(['early', 'soon', 'last']);
    expect(await life.next()).toBe('ended + subscriptionEnds');
    await untilAccess(false);
    expect([await life.next(), await life.next()]).toEqual(['missed', 'come_back']);
    await buyer.press(/^Продлить — 2/);
    await pay();
    await untilAccess(true);
    await life.days(yearDays - Math.floor(life.passedMs() / dayMs));
    await open(/🟢 Активна/);
    await life.rest();
  }

  it('is lived through the bot in 90 s', async () => {
    const startedAt = Date.now();
    await trial();
    await purchaseAndReminders();
    await autoRenewal();
    await pauseAndChange();
    await refund();
    await lapseAndReturn();
    const ms = Date.now() - startedAt;
    const days = Math.floor(life.passedMs() / dayMs);
    process.stdout.write(`a year of one user: ${days} days, ${life.dueAt.length} deadlines, ${(ms / 1_000).toFixed(1)} s\n`);
    const gaps = life.dueAt.slice(1).map((at, index) => at - (life.dueAt[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(days).toBeGreaterThanOrEqual(yearDays);
    expect(ms).toBeLessThanOrEqual(patienceMs);
  });

  it('reads so, from the first word to the last', async () => {
    expect(transcriptOf(inOrder(await buyer.chat()))).toBe(readFileSync(join(__dirname, 'yearOfOneUser.txt'), 'utf8'));
  });

  it('is one subscription and a chain of entries, each from the end before it', async () => {
    const { ends_at: endsAt } = await subscription();
    const entries: readonly Entry[] = await shop.db('grants').orderBy('sequence');
    expect(await shop.db('subscriptions')).toHaveLength(1);
    expect(entries.map((entry) => entry.end_before)).toEqual([null, ...entries.slice(0, -1).map((entry) => entry.end_after)]);
    expect(entries.at(-1)?.end_after).toEqual(endsAt);
    // A day of 299 for a month is worth more days of 2490 for a year.
    const worth = `change: ${((299 * 12) / 2_490).toFixed(3)} days for one`;
    const [trial, month, year] = ['trial: 3 days', 'renewal: a month', 'renewal: a year'];
    const told = [trial, month, month, month, 'pause: 0 days', 'resume: 20 days', worth, year, 'refund: a year back', year];
    expect(entries.map((entry) => said(entry))).toEqual(told);
    const clients = await panelClients(shop);
    expect(clients.map(({ enable, expiryTime }) => [enable, expiryTime])).toEqual(clients.map(() => [true, endsAt.getTime()]));
  });

  it('has one message for each reminder that was due, and none while the subscription renewed itself', async () => {
    const rows: readonly { kind: string; state: string; reason: string | null }[] = await shop.db('reminders').orderBy('due_at');
    const sent = (...kinds: readonly string[]): readonly string[] => kinds.map((kind) => `${kind} sent`);
    expect(rows.map(({ kind, state, reason }) => `${kind} ${reason ?? state}`)).toEqual([
      ...sent('never_connected', 'soon', 'last'),
      ...sent('early', 'soon', 'last'),
      'early auto_renews',
      'soon auto_renews',
      'last auto_renews',
      ...sent('early', 'soon', 'last', 'ended', 'missed', 'come_back'),
    ]);
    const tries: readonly { slot: number; state: string }[] = await shop.db('renewal_attempts').orderBy('created_at');
    expect(tries.map(({ slot, state }) => `${slot} ${state}`)).toEqual(['0 declined', '1 paid']);
  });

  it('leaves no money astray', async () => {
    const payments: readonly { id: string; asked_minor: number; state: string }[] = await shop.db('payments').orderBy('created_at');
    // The second was left for the card that is kept, and the fourth was declined.
    const states = ['299 paid', '299 pending', '299 paid', '299 failed', '299 paid', '2490 refunded', '2490 paid'];
    expect(payments.map((payment) => `${payment.asked_minor / 100} ${payment.state}`)).toEqual(states);
    const books = await Promise.all(payments.map((payment) => bookOf(shop, payment.id)));
    const paid = { received: '299.00', refunded: '0.00' };
    const year = { received: '2490.00', refunded: '0.00' };
    const nothing = { received: '0.00', refunded: '0.00' };
    expect(books).toEqual([paid, nothing, paid, nothing, paid, { ...year, refunded: '2490.00' }, year]);
    const kept = 3 * 29_900 + 249_000;
    expect(await nets()).toEqual({ 'provider:yookassa': -kept, sales: kept });
    expect(await balanceOf(shop, (await subscription()).user_id)).toBe(0);
    expect(await shop.db('alerts')).toEqual([]);
  });
});
