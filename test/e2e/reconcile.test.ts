import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { atProvider, balanceOf, openPayment, type OpenedPayment } from '../support/buying';
import { runCommand } from '../support/commands';
import { fault, post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const long = new Date(Date.now() - 3_600_000);

describe('the report of differences', () => {
  let shop: TestShop;
  let telegramId = 71_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
  });
  afterAll(() => shop.close());

  async function bought(provider = 'yookassa'): Promise<OpenedPayment> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    const payment = await openPayment(shop, { buyer, telegramId, provider });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    await until(
      'the order is delivered',
      async () => (await shop.db('orders').where({ id: payment.order_id, fulfilment: 'fulfilled' })).length === 1,
    );
    await shop.db('payments').where({ id: payment.id }).update({ updated_at: long });
    await shop.db('orders').where({ id: payment.order_id }).update({ paid_at: long, created_at: long });
    return payment;
  }

  /** What the report says of a subject: its kind, and the commands it names for it. */
  async function reported(subject: string): Promise<{ kind: string; commands: readonly string[] } | undefined> {
    const lines = (await runCommand(shop, 'reconcile')).out.split('\n');
    const index = lines.findIndex((line) => new RegExp(`\\b${subject}\\b`).test(line) && !line.trim().startsWith('→'));
    if (index === -1) return undefined;
    const commands = [...(lines[index + 1] ?? '').matchAll(/npm run shop -- ([^;]+)/g)].map((match) => match[1]?.trim() ?? '');
    return { kind: lines[index]?.split(' ')[0] ?? '', commands };
  }

  /** The report names it, a command of the report ends it, and the report names it no more. */
  async function expectResolved(subject: string, kind: string, pick = 0): Promise<void> {
    const found = await reported(subject);
    expect(found).toMatchObject({ kind });
    const command = found?.commands[pick] ?? '';
    expect(await runCommand(shop, ...command.split(' '))).toMatchObject({ refusal: undefined });
    await until(`${kind} is resolved by ${command}`, async () => (await reported(subject)) === undefined);
  }

  it('is empty for a healthy shop, with money on the way, given back and on a balance', async () => {
    await bought();
    const refunded = await bought();
    await runCommand(shop, 'refund', refunded.order_id);
    await until('it went back', async () => (await shop.db('refunds').where({ order_id: refunded.order_id, state: 'done' })).length === 1);
    await runCommand(shop, 'balance', String(refunded.user_id), '--add', '5', '--reason', 'x');
    telegramId += 1;
    await openPayment(shop, { buyer: shop.buyer(telegramId), telegramId, provider: 'yookassa' });
    expect((await runCommand(shop, 'reconcile')).out).toBe('Money and access agree.\n');
  });

  it('paid and not delivered: a panel that never answered; the money goes back', async () => {
    const payment = await bought();
    await shop.db('orders').where({ id: payment.order_id }).update({ fulfilment: 'provisioning' });
    await expectResolved(payment.order_id, 'paid_not_delivered', 1);
    await until('the money went back', async () => (await shop.db('payments').where({ id: payment.id, state: 'refunded' })).length === 1);
  });

  it('paid and not delivered: money that went nowhere becomes balance', async () => {
    telegramId += 1;
    const payment = await openPayment(shop, { buyer: shop.buyer(telegramId), telegramId, provider: 'yookassa' });
    await shop.db('charges').insert({
      id: `chg_${payment.id}`,
      payment_id: payment.id,
      provider: 'yookassa',
      charge_id: `lost-${payment.id}`,
      amount_minor: 29_900,
      currency: 'RUB',
    });
    await shop.db('payments').where({ id: payment.id }).update({ state: 'paid', received_minor: 29_900, updated_at: long });
    await expectResolved(payment.order_id, 'paid_not_delivered');
    expect(await balanceOf(shop, payment.user_id)).toBe(29_900);
  });

  it('delivered and not paid: the access is closed, and what little was booked is balance', async () => {
    const payment = await bought();
    // As an operator's mistake in the database would do it: the sale is gone.
    await shop.db.raw('alter table transactions disable trigger transactions_append_only');
    await shop
      .db('transactions')
      .where({ operation_key: `order:${payment.order_id}:sale` })
      .update({ amount_minor: 1_000 });
    await shop.db.raw('alter table transactions enable trigger transactions_append_only');
    await expectResolved(payment.order_id, 'delivered_not_paid');
    expect(await shop.db('orders').where({ id: payment.order_id })).toMatchObject([{ fulfilment: 'revoked' }]);
    expect(await balanceOf(shop, payment.user_id)).toBe(1_000);
  });

  it('amounts that differ: the payment follows its charges, and what was never booked is balance', async () => {
    const payment = await bought();
    await shop.db('payments').where({ id: payment.id }).update({ received_minor: 1, updated_at: long });
    await expectResolved(payment.id, 'amount_differs');
    expect(await shop.db('payments').where({ id: payment.id })).toMatchObject([{ received_minor: 29_900 }]);
    expect(await balanceOf(shop, payment.user_id)).toBe(0);
    await shop.db('charges').insert({
      id: `chg_b${payment.id}`,
      payment_id: payment.id,
      provider: 'yookassa',
      charge_id: `b-${payment.id}`,
      amount_minor: 700,
      currency: 'RUB',
    });
    await shop.db('payments').where({ id: payment.id }).update({ updated_at: long });
    await expectResolved(payment.id, 'amount_differs');
    expect(await balanceOf(shop, payment.user_id)).toBe(700);
    expect((await runCommand(shop, 'settle', payment.id)).refusal).toMatch(/There is no difference to settle/);
    expect(await shop.db('audit_log').where({ target: payment.id, action: 'payment.settled' })).toHaveLength(2);
  });

  it('a closed order that still holds money gives it to its buyer', async () => {
    const payment = await bought();
    await shop.db('orders').where({ id: payment.order_id }).update({ held_minor: 300 });
    await expectResolved(payment.order_id, 'held_without_order');
    expect(await balanceOf(shop, payment.user_id)).toBe(300);
  });

  it('a balance that is not the sum of its movements follows them', async () => {
    const payment = await bought();
    await shop
      .db('balances')
      .insert({ user_id: payment.user_id, currency: 'RUB', amount_minor: 777 })
      .onConflict(['user_id', 'currency'])
      .merge();
    const { out } = await runCommand(shop, 'reconcile');
    expect(out).toMatch(new RegExp(`balance_differs +user ${payment.user_id}: 777 on the balance, 0 in its movements`));
    expect(out).toMatch(new RegExp(`npm run shop -- settle ${payment.user_id}`));
    expect((await runCommand(shop, 'settle', String(payment.user_id))).refusal).toBeUndefined();
    expect((await runCommand(shop, 'reconcile')).out).not.toMatch(/balance_differs/);
    expect((await runCommand(shop, 'settle', 'ord_none')).refusal).toMatch(/there is no order ord_none/);
    expect((await runCommand(shop, 'settle', 'pay_none')).refusal).toMatch(/there is no payment pay_none/);
    expect((await runCommand(shop, 'settle', 'all')).refusal).toMatch(/there is no user all/);
  });

  it('quarantine and a refund that waits are named with the commands that end them', async () => {
    const payment = await bought('cryptopay');
    const entry = { id: 'qtn_planted', provider: 'cryptopay', reason: 'unknown_payment', amount_minor: 100, currency: 'RUB' };
    const event = await shop.db('payment_events').where({ payment_id: payment.id }).first('id');
    await shop.db('quarantine').insert({ ...entry, event_id: event.id, payment_id: payment.id });
    await expectResolved('qtn_planted', 'quarantine', 1);
    for (const pick of [0, 1]) {
      const { order_id: orderId } = pick === 0 ? payment : await bought('cryptopay');
      await runCommand(shop, 'refund', orderId);
      const [refund]: readonly { id: string }[] = await shop
        .db('refunds')
        .where({ order_id: orderId })
        .update({ created_at: long })
        .returning('id');
      await expectResolved(refund?.id ?? '', 'refund_waits', pick);
    }
    expect((await runCommand(shop, 'quarantine')).out).toBe('No money waits for a decision.\n');
  });

  it('a provider that fails while the others are compared is told of, and stops none of them', async () => {
    await shop.db('alerts').del();
    telegramId += 1;
    const payment = await openPayment(shop, { buyer: shop.buyer(telegramId), telegramId, provider: 'yookassa' });
    await post(`${shop.sandbox.url}/sandbox/yookassa/settings`, { webhooks: false });
    // Nobody asks about this payment by schedule: only the comparison can find its money.
    await shop.db('payments').where({ id: payment.id }).update({ next_poll_at: null });
    await fault(shop, { target: 'cryptopay', mode: 'http401' });
    await fault(shop, { target: 'heleket', mode: 'http500' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await until(
      'the money was found by comparing',
      async () => (await shop.db('payments').where({ id: payment.id, state: 'paid' })).length === 1,
    );
    await until('the operators were told', async () => (await shop.db('alerts').where({ key: 'provider:cryptopay' })).length === 1);
    await until('and of the other one', async () => (await shop.db('alerts').where({ key: 'compare:heleket' })).length === 1);
    expect(await shop.db('payment_methods').where({ provider: 'cryptopay' }).whereNotNull('trouble')).toHaveLength(1);
    await fault(shop, { target: 'cryptopay', mode: null });
    await fault(shop, { target: 'heleket', mode: null });
    await until('the operators are told that it is over', async () => {
      const healed: readonly object[] = await shop.db('alerts').where({ key: 'compare:heleket' }).whereNotNull('healed_at');
      return healed.length === 1;
    });
    await until(
      'it works again',
      async () => (await shop.db('payment_methods').where({ provider: 'cryptopay' }).whereNotNull('trouble')).length === 0,
    );
  });
});
