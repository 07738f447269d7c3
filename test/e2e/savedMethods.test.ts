import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { systemClock } from '../../src/clock';
import { formatDay } from '../../src/bot/views/format';
import { loadStoredMethod } from '../../src/db/catalog';
import { consentVersion } from '../../src/db/savedMethods';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import type { PaymentEvent } from '../../src/domain/payment';
import { createHttpClient } from '../../src/http';
import { createProviderDirectory, type ProviderDirectory } from '../../src/payments/index';
import type { SavedCharge } from '../../src/payments/provider';
import { atProvider, bookOf, latestPayment } from '../support/buying';
import { fault } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const methods: readonly (readonly [string, RegExp])[] = [
  ['yookassa', /Карта или СБП, запомнить/],
  ['cloudpayments', /CloudPayments, запомнить/],
  ['stripe', /Stripe, запомнить/],
];

describe('a way of paying that is kept', () => {
  let shop: TestShop;
  let providers: ProviderDirectory;
  let telegramId = 81_000;
  let count = 0;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
    const sealer = createSealer(loadOrCreateSecretKeys(shop.config.dataDir));
    providers = createProviderDirectory({
      load: (code) => loadStoredMethod(shop.db, sealer, code),
      http: createHttpClient({ tls: { mode: 'plain-http' } }),
      telegram: { apiRoot: shop.config.telegramApiRoot, token: shop.config.botToken ?? '' },
      clock: systemClock,
    });
  });
  afterAll(() => shop.close());

  async function agreed(
    provider: string,
    label: RegExp,
  ): Promise<{ buyer: ReturnType<TestShop['buyer']>; userId: number; methodId: string }> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(label);
    await buyer.see(/Вы разрешаете сохранить этот способ оплаты/);
    await buyer.press(/Соглас/);
    await buyer.see(/Ждём оплату/);
    const payment = await latestPayment(shop, telegramId);
    await atProvider(shop, { action: 'pay', paymentId: payment?.id ?? '' });
    await buyer.see(/способ оплаты сохранён для продления/);
    const saved: { external_id: string } = await shop.db('saved_methods').where({ user_id: payment?.user_id, provider }).first();
    return { buyer, userId: payment?.user_id ?? 0, methodId: saved.external_id };
  }

  function charge(methodId: string): SavedCharge {
    count += 1;
    return {
      paymentId: `pay_saved${count}`,
      attempt: 1,
      price: { minor: 29_900, currency: 'RUB' },
      description: 'renewal',
      language: 'ru',
      userId: 1,
      email: undefined,
      choice: undefined,
      saveMethod: false,
      expiresAt: new Date(Date.now() + 3_600_000),
      returnUrl: 'https://t.me/test_shop_bot',
      webhookUrl: `${shop.apiUrl}/webhooks/none`,
      repeated: false,
      now: new Date(),
      madeAt: new Date(),
      methodId,
    };
  }

  async function charged(provider: string, wish: SavedCharge): Promise<PaymentEvent | undefined> {
    const events = await (await providers.get(provider)).chargeSaved?.(wish);
    return events?.find((event) => event.type !== 'method_saved');
  }

  it.each(methods)('at %s is kept with the time and the text of the consent, and only then', async (provider, label) => {
    const before = new Date();
    const { userId } = await agreed(provider, label);
    const [row, ...others]: readonly { consent_at: Date; consent_version: string }[] = await shop
      .db('saved_methods')
      .where({ user_id: userId });
    expect(others).toEqual([]);
    expect(row?.consent_version).toBe(consentVersion);
    expect(row?.consent_at.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1_000);
    expect(await shop.db('users').where({ id: userId })).toMatchObject([{ save_consent_version: consentVersion }]);
  });

  it('tells at once that it renews the subscription, and when first; the button below switches that off', async () => {
    const { buyer, userId } = await agreed('yookassa', /Карта или СБП, запомнить/);
    const subscription: { id: string; ends_at: Date } = await shop.db('subscriptions').where({ user_id: userId }).first('id', 'ends_at');
    const first = formatDay(new Date(subscription.ends_at.getTime() - 86_400_000), 'ru', 'Europe/Moscow');
    await buyer.see(new RegExp(`Автопродление включено: первое списание — ${first}, 299`));
    await buyer.press(/Отключить автопродление/);
    await buyer.see(/Автопродление отключено, списаний больше не будет/);
    expect(await shop.db('auto_renewals').where({ subscription_id: subscription.id })).toMatchObject([{ ended_reason: 'by_user' }]);
  });

  it('without consent is not kept', async () => {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП$/);
    const payment = await until('a payment is open', () => latestPayment(shop, telegramId));
    await buyer.see(/Ждём оплату/);
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    expect(await shop.db('saved_methods').where({ user_id: payment.user_id })).toEqual([]);
  });

  it.each(methods)('at %s is charged once per key, whatever is repeated', async (provider, label) => {
    const { methodId } = await agreed(provider, label);
    const wish = charge(methodId);
    const first = await charged(provider, wish);
    expect(first).toMatchObject({ type: 'paid', trusted: true, live: true, received: wish.price, ref: { paymentId: wish.paymentId } });
    expect((await charged(provider, wish))?.chargeId).toBe(first?.chargeId);
    expect(await bookOf(shop, wish.paymentId)).toEqual({ received: '299.00', refunded: '0.00' });
  });

  it.each(methods)('at %s that the bank declines says so, and takes nothing', async (provider) => {
    const wish = charge(provider === 'stripe' ? 'cus_1:pm_declined' : 'declined');
    const event = await charged(provider, wish);
    expect(event?.type).toBe('failed');
    expect(event?.chargeId).toBeUndefined();
    const { received } = await bookOf(shop, wish.paymentId);
    expect(['0.00', '?']).toContain(received);
  });

  it.each(methods)('at %s whose answer is lost is unknown, and the same call says what became of it', async (provider, label) => {
    const { methodId } = await agreed(provider, label);
    const wish = charge(methodId);
    await fault(shop, { target: provider, mode: 'drop', count: 1 });
    await expect(charged(provider, wish)).rejects.toMatchObject({ code: 'ProviderUnknownOutcome' });
    await fault(shop, { target: provider, mode: null });
    expect(await charged(provider, wish)).toMatchObject({ type: 'paid', received: wish.price });
    expect(await bookOf(shop, wish.paymentId)).toEqual({ received: '299.00', refunded: '0.00' });
  });

  it.each(methods)('at %s is seen and forgotten in the bot, in one tap', async (provider, label) => {
    const { buyer, userId } = await agreed(provider, label);
    await buyer.say('/balance');
    await buyer.see(/Сохранено для продления/);
    await buyer.press(/✖️ Забыть/);
    await buyer.see(/Списаний этим способом больше не будет/);
    expect(await shop.db('saved_methods').where({ user_id: userId }).whereNull('forgotten_at')).toEqual([]);
    await buyer.say('/balance');
    const screen = await buyer.see(/Баланс/);
    expect(screen.buttons.flat().map((button) => button.text)).not.toContainEqual(expect.stringMatching(/Забыть/));
  });
});
