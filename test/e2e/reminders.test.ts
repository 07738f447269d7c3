import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Deadline } from '../../src/domain/user';
import { fault } from '../support/facts';
import { bookOfReminders, endIn, fastReminders, payLatest, reminderLines, subscribe, untilSettled } from '../support/reminding';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('reminders', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ tuning: { policy: { reminders: fastReminders } } });
  });
  afterAll(() => shop.close());

  it('come once each to who lets the subscription end, and the quiet time costs 60 events of history at most', async () => {
    const lapsing = await subscribe(shop, 9_001);
    const handle = shop.temporal.workflow.getHandle(`user-${lapsing.userId}`);
    const endsAt = await endIn(shop, lapsing, 7_000);
    await until('the workflow knows the end', async () => {
      const deadlines = await handle.query<readonly Deadline[]>('getDeadlines');
      return deadlines.some((deadline) => deadline.kind === 'remind' && deadline.endsAt === endsAt.toISOString());
    });
    const before = (await handle.describe()).historyLength;
    await untilSettled(shop, lapsing, { endsAt, kinds: ['early', 'soon', 'last'] });
    // A month in which nothing else happens: three reminders, up to the answer of the last.
    const { events } = await handle.fetchHistory();
    const reminded = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendReminder');
    const last = Number(reminded[2]?.eventId) + 6;
    expect(last - before).toBeGreaterThan(18);
    expect(last - before).toBeLessThanOrEqual(60);
    const lines = await untilSettled(shop, lapsing, { endsAt, kinds: ['ended'] });
    expect(lines.slice(0, 4).map((line) => `${line.kind} ${line.state}`)).toEqual(['early sent', 'soon sent', 'last sent', 'ended sent']);
    await untilSettled(shop, lapsing, { endsAt, kinds: ['missed', 'come_back'] });
    expect(await bookOfReminders(lapsing)).toEqual({ before: 3, ended: 1, missed: 1, comeBack: 1, neverConnected: 0 });
  });

  it('lead to the renewal in one tap and the page, and end with it', async () => {
    const renewing = await subscribe(shop, 9_002);
    const endsAt = await endIn(shop, renewing, 7_000);
    await renewing.buyer.see(/Подписка заканчивается/);
    let taps = 0;
    taps += 1;
    await renewing.buyer.press(/^Продлить — 299/);
    await renewing.buyer.see(/1 месяц[^]*Ждём оплату/);
    const page = await renewing.buyer.press(/^Оплатить/);
    expect(taps).toBe(1);
    expect(page).toContain(`${shop.sandbox.url}/pay/`);
    await payLatest(shop, renewing);
    await renewing.buyer.see(/Продлено до/);
    const atRenewal = await reminderLines(shop, renewing, endsAt);
    await until('the old end has passed by more than a reminder', () => Promise.resolve(Date.now() > endsAt.getTime() + 2_000));
    expect(await reminderLines(shop, renewing, endsAt)).toEqual(atRenewal);
    expect(await bookOfReminders(renewing)).toMatchObject({ ended: 0, missed: 0 });
  });

  it('that Telegram puts off, or whose answers are lost, still come at most once, and what is known of them adds up', async () => {
    const unlucky = await subscribe(shop, 9_003);
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'http429', count: 1 });
    const endsAt = await endIn(shop, unlucky, 6_500);
    await until('the first is sent after all', async () => (await bookOfReminders(unlucky)).before === 1);
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'drop', count: 1 });
    const lines = await untilSettled(shop, unlucky, { endsAt, kinds: ['early', 'soon', 'last', 'ended', 'missed', 'come_back'] });
    const count = (state: string): number => lines.filter((line) => line.state === state).length;
    expect(lines).toHaveLength(6);
    expect(count('unknown')).toBe(1);
    expect(count('sent') + count('unknown') + count('skipped')).toBe(6);
    // The one without an answer had arrived, as a drop lets it; it was not sent again.
    const book = await bookOfReminders(unlucky);
    expect(book.before + book.ended + book.missed + book.comeBack).toBe(count('sent') + 1);
    expect(Math.max(book.ended, book.missed, book.comeBack)).toBe(1);
  });

  it('are skipped for who blocked the bot, with the reason', async () => {
    const gone = await subscribe(shop, 9_004);
    await fetch(`${shop.sandbox.url}/sandbox/users/9004/block`, { method: 'POST' });
    const endsAt = await endIn(shop, gone, 2_500);
    const lines = await untilSettled(shop, gone, { endsAt, kinds: ['last', 'ended'] });
    expect(lines.filter((line) => line.state === 'sent')).toEqual([]);
    expect(new Set(lines.map((line) => line.reason))).toEqual(new Set(['blocked']));
  });
});
