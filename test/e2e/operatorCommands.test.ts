import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { insertPaymentEvent } from '../../src/db/paymentEvents';
import type { PaymentEvent } from '../../src/domain/payment';
import { atProvider, balanceOf, openPayment, type OpenedPayment } from '../support/buying';
import { runCommand } from '../support/commands';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('a command of the operator', () => {
  let shop: TestShop;
  let telegramId = 61_000;
  let count = 0;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
  });
  afterAll(() => shop.close());

  async function opened(provider: string): Promise<{ payment: OpenedPayment; buyer: ReturnType<TestShop['buyer']> }> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    return { payment: await openPayment(shop, { buyer, telegramId, provider }), buyer };
  }

  async function bought(provider: string): ReturnType<typeof opened> {
    const found = await opened(provider);
    await atProvider(shop, { action: 'pay', paymentId: found.payment.id });
    await found.buyer.see(/Доступ открыт до/);
    return found;
  }

  /** What the audit log has about a target, with who did it. */
  async function audited(target: string): Promise<readonly string[]> {
    const rows: readonly { action: string; actor: string }[] = await shop.db('audit_log').where({ target }).orderBy('id');
    return rows.map((row) => `${row.action} ${row.actor.replace(/:.*/, '')}`);
  }

  async function reported(fields: Partial<PaymentEvent> & Pick<PaymentEvent, 'ref'>): Promise<string> {
    count += 1;
    const event: PaymentEvent = {
      provider: 'yookassa',
      type: 'paid',
      trusted: true,
      live: true,
      dedupeKey: `odd:${count}`,
      chargeId: `odd-${count}`,
      ...fields,
    };
    const stored = await insertPaymentEvent(shop.db, { event, digest: undefined, rawSealed: undefined, now: new Date() });
    const entry = await until('the money is put aside', async () => {
      const row: { id: string } | undefined = await shop.db('quarantine').where({ event_id: stored?.id }).first('id');
      return row;
    });
    return entry.id;
  }

  const run = (...words: readonly string[]): ReturnType<typeof runCommand> => runCommand(shop, ...words);

  it('refund: an order or a payment that is there, to a place that exists, once, with who did it and why', async () => {
    expect((await run('refund', 'ord_none')).refusal).toMatch(/there is no order or payment ord_none/);
    const { payment, buyer } = await bought('yookassa');
    expect((await run('refund', payment.order_id, '--to', 'moon')).refusal).toMatch(/--to has to be provider or balance, not "moon"/);
    expect(await shop.db('refunds').where({ order_id: payment.order_id })).toEqual([]);
    const done = await run('refund', payment.id, '--reason', 'asked for it');
    expect(done).toEqual({ out: expect.stringMatching(/^refund rfd_\w+: 299\.00 RUB\n$/), refusal: undefined });
    await buyer.see(/возвращаются к вам/);
    const again = await run('refund', payment.order_id);
    expect(again.refusal).toMatch(/Nothing was changed\. There is nothing to give back/);
    expect(await shop.db('refunds').where({ order_id: payment.order_id })).toMatchObject([{ reason: 'asked for it', state: 'done' }]);
    expect(await audited(payment.order_id)).toEqual(['refund.requested cli']);
  });

  it('refund-done and refund-cancel: end a refund that waits, once', async () => {
    expect((await run('refund-done', 'rfd_none')).refusal).toMatch(/there is no refund rfd_none/);
    for (const end of ['refund-done', 'refund-cancel']) {
      const { payment } = await bought('cryptopay');
      expect((await run('refund', payment.order_id)).out).toMatch(/send .* by hand, then: npm run shop -- refund-done rfd_/);
      const refund: { id: string } = await shop.db('refunds').where({ order_id: payment.order_id }).first('id');
      expect((await run('refund', payment.order_id)).refusal).toMatch(/A refund of this payment is under way/);
      expect((await run(end, refund.id)).refusal).toBeUndefined();
      expect((await run(end, refund.id)).refusal).toMatch(/That was decided already/);
      const state = end === 'refund-done' ? 'done' : 'refused';
      expect(await shop.db('refunds').where({ id: refund.id })).toMatchObject([{ state }]);
      expect(await audited(refund.id)).toEqual([end === 'refund-done' ? 'refund.by_hand cli' : 'refund.cancelled cli']);
    }
  });

  it('approve and decline: a transfer that is there, once, and the other cannot follow', async () => {
    expect((await run('approve', 'pay_none')).refusal).toMatch(/there is no transfer pay_none/);
    const good = await opened('manual');
    expect((await run('approve', good.payment.id)).out).toMatch(/^approved: 299\.\d\d RUB to/);
    await good.buyer.see(/Доступ открыт до/);
    const again = await run('approve', good.payment.id);
    expect(again.refusal).toMatch(/decided already\. \(approved by cli:.* at 20/);
    expect((await run('decline', good.payment.id, '--reason', 'late')).refusal).toMatch(/decided already/);
    expect(await shop.db('charges').where({ payment_id: good.payment.id })).toHaveLength(1);
    expect(await audited(good.payment.id)).toEqual(['transfer.approved cli']);
    const bad = await opened('manual');
    expect((await run('decline', bad.payment.id, '--reason', 'не нашли перевод')).out).toMatch(/^declined/);
    await bad.buyer.see(/не нашли перевод/);
    expect(await shop.db('charges').where({ payment_id: bad.payment.id })).toEqual([]);
    expect(await audited(bad.payment.id)).toEqual(['transfer.declined cli']);
  });

  it('quarantine and resolve: what was put aside is named, decided once, and needs an owner', async () => {
    const { payment } = await opened('yookassa');
    const ref = { paymentId: payment.id };
    const dollars = await reported({ ref, received: { minor: 500, currency: 'USD' } });
    const roubles = await reported({ ref, received: { minor: 500, currency: 'RUB' }, asked: { minor: 1, currency: 'RUB' } });
    const stray = await reported({ ref: { externalId: 'nobody-knows' }, received: { minor: 700, currency: 'RUB' } });
    const { out } = await run('quarantine');
    expect(out).toMatch(new RegExp(`${dollars}  yookassa  other_currency  5.00 USD  payment ${payment.id}`));
    expect(out).toMatch(new RegExp(`${stray}  yookassa  unknown_payment  7.00 RUB  payment -`));
    expect((await run('resolve', 'qtn_none', '--keep')).refusal).toMatch(/there is no entry qtn_none in the quarantine/);
    expect((await run('resolve', roubles)).refusal).toMatch(/--credit .* or --keep/);
    expect((await run('resolve', roubles, '--keep', '--credit')).refusal).toMatch(/--credit .* or --keep/);
    expect((await run('resolve', dollars, '--credit')).refusal).toMatch(/it has no amount in RUB: keep it/);
    expect((await run('resolve', stray, '--credit')).refusal).toMatch(/say whose it is with --user/);
    expect((await run('resolve', stray, '--credit', '--user', '999999')).refusal).toMatch(/there is no user 999999/);
    expect(await balanceOf(shop, payment.user_id)).toBe(0);
    for (const words of [
      [dollars, '--keep'],
      [roubles, '--credit'],
      [stray, '--credit', '--user', String(payment.user_id)],
    ]) {
      expect((await run('resolve', ...words)).refusal).toBeUndefined();
      expect((await run('resolve', ...words)).refusal).toMatch(/That was decided already/);
    }
    expect(await balanceOf(shop, payment.user_id)).toBe(1_200);
    expect(await audited(dollars)).toEqual(['quarantine.keep cli']);
    expect(await audited(roubles)).toEqual(['quarantine.credit cli']);
    expect((await run('quarantine')).out).toBe('No money waits for a decision.\n');
  });

  it('balance: shows, adds and takes with a reason, never below zero', async () => {
    const { payment, buyer } = await opened('yookassa');
    const user = String(payment.user_id);
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['999999'], /there is no user 999999/],
      [['me'], /there is no user me/],
      [[user, '--add', '100'], /a correction needs a reason/],
      [[user, '--add', '100', '--reason', ' '], /a correction needs a reason/],
      [[user, '--add', '100', '--take', '100', '--reason', 'x'], /not both/],
      ...['0', '1e3', '299.001', 'many'].map(
        (text) => [[user, '--add', text, '--reason', 'x'], /is no amount of RUB: a plain decimal above zero/] as const,
      ),
      [[user, '--take', '0.01', '--reason', 'x'], /There is not enough money on your balance/],
    ];
    for (const [words, sentence] of wrong) expect((await run('balance', ...words)).refusal).toMatch(sentence);
    expect(await shop.db('transactions').where({ user_id: payment.user_id })).toEqual([]);
    expect((await run('balance', user)).out).toBe(`user ${user}: 0.00 RUB\n`);
    expect((await run('balance', user, '--add', '150.50', '--reason', 'за неудобства')).out).toMatch(/150\.50 RUB\n$/);
    await buyer.see(/за неудобства/);
    expect((await run('balance', user, '--take', '50.5', '--reason', 'ошибка')).out).toMatch(/: 100\.00 RUB\n$/);
    expect(await audited(`user:${user}`)).toEqual(['balance.corrected cli', 'balance.corrected cli']);
  });

  it('rate: confirms a price that is needed, and buyers see the method again', async () => {
    await until('the coin has a price', () => shop.db('rates').where({ currency: 'TON' }).first('unit_price'));
    expect((await run('rate', 'TON', '1e3')).refusal).toMatch(/a plain decimal above zero/);
    expect((await run('rate', 'TON', '0')).refusal).toMatch(/a plain decimal above zero/);
    expect((await run('rate', 'DOGE', '5')).refusal).toMatch(/no way to pay needs a price of DOGE; prices are needed of TON/);
    await shop.db('rates').where({ currency: 'TON' }).update({ suspect_price: '999', suspect_at: new Date() });
    expect((await run('rate', 'TON', '251.30')).out).toBe('1 TON is 251.30 RUB until the next price comes.\n');
    const [rate]: readonly { suspect_price: string | null; source: string }[] = await shop.db('rates').where({ currency: 'TON' });
    expect(rate?.suspect_price).toBeNull();
    expect(await audited('TON/RUB')).toEqual(['rate.confirmed cli']);
  });
});
