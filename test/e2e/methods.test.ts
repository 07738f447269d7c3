import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { atProvider, latestPayment } from '../support/buying';
import { fault } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

// The rule of the plan beats the one of the server, which beats the switch.
const shopFile = fullShop
  .replace('    price: 299\n', '    price: 299\n    payments: { platega: true, cryptopay: true, yoomoney: false }\n')
  .replace('    country: NL\n', '    country: NL\n    payments: { platega: false, stripe: false, heleket: true }\n')
  .replace('  cryptopay:\n', '  cryptopay:\n    enabled: false\n')
  .replace('  heleket:\n', '  heleket:\n    enabled: false\n')
  .replace('    sbp: true\n', '    sbp: true\n    receipt: { vatCode: 1 }\n');

describe('the ways to pay that a buyer sees', () => {
  let shop: TestShop;
  let telegramId = 91_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile });
    await until('the coin has a price', () => shop.db('rates').first('unit_price'));
  });
  afterAll(() => shop.close());

  function person(): { buyer: ReturnType<TestShop['buyer']>; telegramId: number } {
    telegramId += 1;
    return { buyer: shop.buyer(telegramId), telegramId };
  }

  async function offered(buyer: ReturnType<TestShop['buyer']>, plan: RegExp): Promise<readonly string[]> {
    await buyer.say('/start');
    await buyer.see(/Выберите тариф/);
    await buyer.press(plan);
    const screen = await buyer.see(/Как удобнее оплатить/);
    return screen.buttons.flat().map((button) => button.text);
  }

  const names = (buttons: readonly string[], ...labels: readonly RegExp[]): readonly boolean[] =>
    labels.map((label) => buttons.some((text) => label.test(text)));

  it('follow the rule of the plan, then of the server, then the switch', async () => {
    const month = await offered(person().buyer, /^1 месяц/);
    expect(names(month, /Platega/, /@CryptoBot/, /ЮMoney/, /Stripe/, /любой кошелёк/)).toEqual([true, true, false, false, true]);
    const quarter = await offered(person().buyer, /^3 месяца/);
    expect(names(quarter, /Platega/, /@CryptoBot/, /ЮMoney/, /Stripe/, /любой кошелёк/)).toEqual([false, false, true, false, true]);
  });

  it('have the one used last on top', async () => {
    const { buyer, telegramId: id } = person();
    expect((await offered(buyer, /^1 месяц/))[0]).toMatch(/Карта или СБП/);
    await buyer.press(/@CryptoBot/);
    await until('the order is open', async () => (await latestPayment(shop, id))?.state === 'pending');
    await until('it is on top', async () => /@CryptoBot/.test((await offered(buyer, /^1 месяц/))[0] ?? ''));
  });

  it('leave out one whose credentials are refused, and the operators read why; it comes back by itself', async () => {
    await fault(shop, { target: 'platega', mode: 'http401' });
    const told = async (): Promise<{ text: string } | undefined> => shop.db('alerts').where({ key: 'provider:platega' }).first('text');
    expect((await until('the operators are told', told)).text).toMatch(/platega.*refused the credentials.*doctor/i);
    expect(names(await offered(person().buyer, /^1 месяц/), /Platega/)).toEqual([false]);
    await fault(shop, { target: 'platega', mode: null });
    await until(
      'it works again',
      async () => (await shop.db('payment_methods').where({ provider: 'platega' }).whereNull('trouble')).length === 1,
    );
    expect(names(await offered(person().buyer, /^1 месяц/), /Platega/)).toEqual([true]);
  });

  it('ask once for an e-mail where a receipt needs one, keep it, send it along, and let it be changed', async () => {
    const { buyer, telegramId: id } = person();
    await offered(buyer, /^1 месяц/);
    await buyer.press(/Карта или СБП$/);
    await buyer.see(/Куда отправить чек/);
    expect(await latestPayment(shop, id)).toBeUndefined();
    await buyer.say('not an address');
    await buyer.see(/не похоже на адрес почты/);
    await buyer.say('buyer@example.com');
    await buyer.see(/Ждём оплату/);
    const payment = await until('the payment is open', () => latestPayment(shop, id));
    const receipt = async (paymentId: string): Promise<unknown> => {
      const books = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as {
        reference: string;
        extra: { receiptTo?: string };
      }[];
      return books.find((entry) => entry.reference === paymentId)?.extra.receiptTo;
    };
    expect(await receipt(payment.id)).toBe('buyer@example.com');
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    await buyer.say('/email');
    await buyer.see(/Чеки приходят на buyer@example.com/);
    await buyer.say('other@example.com');
    await buyer.see(/Чеки придут на other@example.com/);
    await buyer.say('/start');
    await buyer.press(/Купить ещё/);
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП$/);
    const second = await until('the second payment is open', async () => {
      const found = await latestPayment(shop, id);
      return found?.id === payment.id ? undefined : found;
    });
    await until('it has an invoice', async () => (await shop.db('payments').where({ id: second.id, state: 'pending' })).length === 1);
    expect(await receipt(second.id)).toBe('other@example.com');
  });
});
