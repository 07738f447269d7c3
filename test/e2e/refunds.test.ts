import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { payOrder } from '../../sandbox/once';
import { createShop, type Shop } from '../../src/temporal/shop';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import {
  atProvider,
  balanceOf,
  bookOf,
  latestPayment,
  movements,
  openPayment,
  refundOf,
  tellTelegram,
  type OpenedPayment,
} from '../support/buying';
import { fault, panelClients } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('a refund', () => {
  let shop: TestShop;
  let port: Shop;
  let telegramId = 51_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
    port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
  });
  afterAll(() => shop.close());

  async function bought(provider: string): Promise<{ payment: OpenedPayment; buyer: ReturnType<TestShop['buyer']> }> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    const payment = await openPayment(shop, { buyer, telegramId, provider });
    await payOrder({ sandboxUrl: shop.sandbox.url, provider }, { buyer, id: telegramId });
    await buyer.see(/Доступ открыт до/);
    return { payment, buyer };
  }

  async function enabledClients(userId: number): Promise<number> {
    const accounts: readonly { uuid: string }[] = await shop
      .db('panel_accounts')
      .join('subscriptions', 'subscriptions.id', 'panel_accounts.subscription_id')
      .where({ user_id: userId })
      .select('uuid');
    const ids = new Set(accounts.map((account) => account.uuid));
    return (await panelClients(shop)).filter((client) => ids.has(client.id) && client.enable).length;
  }

  function stateOf(paymentId: string): Promise<{ state: string; refunded_minor: number }> {
    return shop.db('payments').where({ id: paymentId }).first('state', 'refunded_minor');
  }

  it.each(['yookassa', 'stripe', 'cloudpayments', 'platega', 'stars'])(
    'at %s: access gone, money back once, the buyer told once',
    async (provider) => {
      const { payment, buyer } = await bought(provider);
      const result = await port.refundOrder(refundOf(payment));
      expect(result.outcome).toBe('done');
      await buyer.see(/возвращаются к вам/);
      await until('the access is gone', async () => (await enabledClients(payment.user_id)) === 0);
      expect(await stateOf(payment.id)).toEqual({ state: 'refunded', refunded_minor: payment.asked_minor });
      const rows = await movements(shop, payment.order_id);
      expect(rows.filter((line) => line.endsWith(`${provider} ${payment.asked_minor}`))).toHaveLength(1);
      if (provider !== 'stars') expect(await bookOf(shop, payment.id)).toEqual({ received: '299.00', refunded: '299.00' });
      const told = (await buyer.chat()).filter((message) => /возвращаются к вам/.test(message.html));
      expect(told).toHaveLength(1);
      const again = await port.refundOrder(refundOf(payment, { key: `again-${payment.id}` }));
      expect(again).toMatchObject({ outcome: 'refused', reason: 'NothingToRefund' });
    },
  );

  it('of unused days gives back their share and leaves what was used', async () => {
    const { payment, buyer } = await bought('yookassa');
    const grant: { id: string; created_at: Date; end_after: Date; subscription_id: string } = await shop
      .db('grants')
      .where({ source_id: payment.order_id })
      .first();
    // Half of what was bought has passed.
    const half = (grant.end_after.getTime() - grant.created_at.getTime()) / 2;
    await shop
      .db('subscriptions')
      .where({ id: grant.subscription_id })
      .update({ ends_at: new Date(Date.now() + half) });
    await port.refundOrder(refundOf(payment, { scope: 'unused' }));
    await buyer.see(/возвращаются к вам/);
    const { state, refunded_minor: minor } = await stateOf(payment.id);
    expect(state).toBe('partially_refunded');
    expect(Math.abs(minor - 14_950)).toBeLessThanOrEqual(2);
    await until('the access is gone', async () => (await enabledClients(payment.user_id)) === 0);
  });

  it('to the balance is done at once, and the money buys again', async () => {
    const { payment, buyer } = await bought('yookassa');
    await port.refundOrder(refundOf(payment, { destination: 'balance' }));
    await buyer.see(/возвращены на баланс/);
    expect(await balanceOf(shop, payment.user_id)).toBe(29_900);
    expect((await bookOf(shop, payment.id)).refunded).toBe('0.00');
  });

  it('to the balance gives no more than the shop still has of the sale', async () => {
    const { payment, buyer } = await bought('yookassa');
    await atProvider(shop, { action: 'refund', paymentId: payment.id, body: { amount: '150.00' } });
    await buyer.see(/150.*возвращаются к вам/);
    expect((await port.refundOrder(refundOf(payment, { destination: 'balance' }))).outcome).toBe('done');
    expect(await balanceOf(shop, payment.user_id)).toBe(14_900);
    const again = await port.refundOrder(refundOf(payment, { key: `again-${payment.id}`, destination: 'balance' }));
    expect(again).toMatchObject({ outcome: 'refused', reason: 'NothingToRefund' });
    expect(await balanceOf(shop, payment.user_id)).toBe(14_900);
  });

  it('that takes a subscription makes the renewal that was open for it balance', async () => {
    const { payment, buyer } = await bought('yookassa');
    await buyer.press(/Моя подписка/);
    await buyer.press(/^Продлить/);
    const renewal = await until('the renewal is open', async () => {
      const found = await latestPayment(shop, telegramId);
      return found?.id !== payment.id && found?.state === 'pending' ? found : undefined;
    });
    await port.refundOrder(refundOf(payment));
    await buyer.see(/возвращаются к вам/);
    await atProvider(shop, { action: 'pay', paymentId: renewal.id });
    await until('the money is balance', async () => (await balanceOf(shop, payment.user_id)) === 29_900);
    expect((await shop.db('grants').where({ source: 'order', source_id: renewal.order_id })).length).toBe(0);
    expect(await enabledClients(payment.user_id)).toBe(0);
  });

  it('where the provider has no way waits for an operator, and ends as done or as cancelled', async () => {
    for (const end of ['done', 'cancelled'] as const) {
      const { payment, buyer } = await bought('cryptopay');
      await port.refundOrder(refundOf(payment));
      const refund: { id: string; state: string } = await shop.db('refunds').where({ payment_id: payment.id }).first();
      expect(refund.state).toBe('by_hand');
      await until('the access is gone', async () => (await enabledClients(payment.user_id)) === 0);
      const ended = await port.endRefund({ userId: payment.user_id, key: `e-${payment.id}`, refundId: refund.id, end, actor: 'test' });
      expect(ended.outcome).toBe('done');
      if (end === 'done') {
        await buyer.see(/возвращаются к вам/);
        expect((await stateOf(payment.id)).state).toBe('refunded');
      } else {
        await until('the access is back', async () => (await enabledClients(payment.user_id)) === 2);
        expect((await stateOf(payment.id)).state).toBe('paid');
        await port.refundOrder(refundOf(payment, { key: `again-${payment.id}` }));
        await until('the access is gone again', async () => (await enabledClients(payment.user_id)) === 0);
        const row: { revoked_at: Date | null } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first('revoked_at');
        expect(row.revoked_at).not.toBeNull();
      }
    }
  });

  it('while the access is still being set up ends with no access', async () => {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    const payment = await openPayment(shop, { buyer, telegramId, provider: 'yookassa' });
    await fault(shop, { target: 'panel:main', mode: 'html' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Включаем доступ|не отвечает/);
    const result = await port.refundOrder(refundOf(payment));
    expect(result.outcome).toBe('done');
    await fault(shop, { target: 'panel:main', mode: null });
    await buyer.see(/возвращаются к вам/);
    await until(
      'all panel work is done',
      async () => (await shop.db('operations').where({ user_id: payment.user_id, state: 'open' })).length === 0,
    );
    expect(await enabledClients(payment.user_id)).toBe(0);
    expect((await buyer.chat()).some((message) => /Ваша ссылка/.test(message.html))).toBe(false);
  });

  it('made at the provider itself takes the access, once, whatever is told again', async () => {
    const { payment, buyer } = await bought('yookassa');
    await atProvider(shop, { action: 'refund', paymentId: payment.id });
    await buyer.see(/возвращаются к вам/);
    await until('the access is gone', async () => (await enabledClients(payment.user_id)) === 0);
    expect(await stateOf(payment.id)).toEqual({ state: 'refunded', refunded_minor: 29_900 });
    expect((await shop.db('grants').where({ source: 'refund' }).andWhereLike('source_id', `${payment.order_id}:%`)).length).toBe(1);
  });

  it('of an order that was paid twice gives back the charge that bought it; the second stays balance', async () => {
    const { payment, buyer } = await bought('stars');
    const charge: { charge_id: string } = await shop.db('charges').where({ payment_id: payment.id }).first('charge_id');
    const told = (fields: object): Promise<number> => tellTelegram(shop, telegramId, fields);
    const money = { currency: 'XTR', total_amount: payment.asked_minor, invoice_payload: payment.id };
    await told({ successful_payment: { ...money, telegram_payment_charge_id: `second-${payment.id}` } });
    await buyer.see(/Оплата пришла второй раз/);
    await port.refundOrder(refundOf(payment));
    await buyer.see(/возвращаются к вам/);
    const stars = (await (await fetch(`${shop.sandbox.url}/sandbox/stars`)).json()) as { charges: { id: string; refunded: boolean }[] };
    expect(stars.charges.find((entry) => entry.id === charge.charge_id)?.refunded).toBe(true);
    expect((await stateOf(payment.id)).refunded_minor).toBe(payment.asked_minor);
    expect(await balanceOf(shop, payment.user_id)).toBe(29_900);
    await told({ refunded_payment: { ...money, telegram_payment_charge_id: `second-${payment.id}` } });
    await until('the second went back too', async () => (await balanceOf(shop, payment.user_id)) === 0);
    expect((await stateOf(payment.id)).state).toBe('refunded');
  });

  it('a chargeback shuts the access; won, it opens with the days it cost; lost, it is gone', async () => {
    for (const step of ['won', 'lost'] as const) {
      const { payment, buyer } = await bought('stripe');
      const before: { ends_at: Date } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first('ends_at');
      await atProvider(shop, { action: 'dispute', paymentId: payment.id, body: { step: 'open' } });
      await buyer.see(/оспаривает платёж/);
      await until('the access is shut', async () => (await enabledClients(payment.user_id)) === 0);
      await shop
        .db('subscriptions')
        .where({ user_id: payment.user_id })
        .update({ suspended_at: new Date(Date.now() - 86_400_000) });
      await atProvider(shop, { action: 'dispute', paymentId: payment.id, body: { step } });
      if (step === 'won') {
        await buyer.see(/Спор о платеже закончен/);
        await until('the access is open', async () => (await enabledClients(payment.user_id)) === 2);
        const after: { ends_at: Date } = await shop.db('subscriptions').where({ user_id: payment.user_id }).first('ends_at');
        const givenMs = after.ends_at.getTime() - before.ends_at.getTime();
        expect(Math.abs(givenMs - 86_400_000)).toBeLessThan(60_000);
      } else {
        await buyer.see(/возвращаются к вам/);
        expect((await stateOf(payment.id)).state).toBe('refunded');
        expect(await enabledClients(payment.user_id)).toBe(0);
      }
    }
  });

  it('a refusal of the provider leaves it to an operator, who is told', async () => {
    const { payment } = await bought('yookassa');
    // The provider gave everything back already and has lost its word about it.
    await atProvider(shop, { action: 'refund', paymentId: payment.id });
    await until('the refund is known', async () => (await stateOf(payment.id)).state === 'refunded');
    const other = await bought('yookassa');
    await fault(shop, { target: 'yookassa', mode: 'http400', operation: 'refund', count: 1 });
    await port.refundOrder(refundOf(other.payment));
    await until(
      'the refund waits',
      async () => (await shop.db('refunds').where({ payment_id: other.payment.id, state: 'by_hand' })).length === 1,
    );
    const refund: { id: string } = await shop.db('refunds').where({ payment_id: other.payment.id }).first('id');
    await until('the operator is told', async () => (await shop.db('alerts').where({ key: `refund:${refund.id}` })).length === 1);
  });
});
