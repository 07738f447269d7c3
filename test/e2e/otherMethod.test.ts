import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { methodButton } from '../../sandbox/once';
import { latestPayment, openPayment, type OpenedPayment } from '../support/buying';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

/** Providers at which an invoice that nobody is shown any more can be closed. */
const closing = ['cryptopay', 'cloudpayments', 'stripe'];

describe('E6: another way to pay the same order', () => {
  let shop: TestShop;
  let telegramId = 53_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
  });
  afterAll(() => shop.close());

  interface Person {
    readonly telegramId: number;
    readonly buyer: ReturnType<TestShop['buyer']>;
  }

  function person(): Person {
    telegramId += 1;
    return { telegramId, buyer: shop.buyer(telegramId) };
  }

  async function pageOf(paymentId: string): Promise<string> {
    const row: { pay_url: string } = await shop.db('payments').where({ id: paymentId }).first('pay_url');
    return row.pay_url;
  }

  async function shown(who: Person): Promise<readonly (string | undefined)[]> {
    const buttons = (await who.buyer.chat()).flatMap((message) => message.buttons.flat());
    return buttons.filter((button) => button.text.startsWith('Оплатить')).map((button) => button.url);
  }

  async function bookOf(paymentId: string): Promise<readonly string[]> {
    const books = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as { reference: string; status: string }[];
    return books.filter((book) => book.reference === paymentId).map((book) => book.status);
  }

  async function switchTo(who: Person, provider: string): Promise<OpenedPayment> {
    const before = await latestPayment(shop, who.telegramId);
    await who.buyer.press(/Другой способ/);
    await who.buyer.press(methodButton(provider));
    return until(`another attempt at ${provider} is open`, async () => {
      const payment = await latestPayment(shop, who.telegramId);
      return payment !== undefined && payment.id !== before?.id && payment.state === 'pending' ? payment : undefined;
    });
  }

  it.each(closing)('%s: what is not shown any more is closed at the provider, and coming back makes a new invoice', async (provider) => {
    const who = person();
    const first = await openPayment(shop, { ...who, provider });
    const second = await switchTo(who, 'yookassa');
    expect(second.order_id).toBe(first.order_id);
    await until('the first invoice is closed', async () => !(await bookOf(first.id)).includes('open'));
    expect(await bookOf(second.id)).toEqual(['open']);
    const third = await switchTo(who, provider);
    const page = await pageOf(third.id);
    await until('the new invoice is shown', async () => (await shown(who)).includes(page));
    expect(await shown(who)).toEqual([page]);
    expect(await bookOf(third.id)).toEqual(['open']);
  });

  it('yookassa: what cannot be closed stays, and coming back shows the same page again', async () => {
    const who = person();
    const first = await openPayment(shop, { ...who, provider: 'yookassa' });
    await switchTo(who, 'platega');
    await who.buyer.press(/Другой способ/);
    await who.buyer.press(methodButton('yookassa'));
    const page = await pageOf(first.id);
    await until('the first page is shown again', async () => (await shown(who)).includes(page));
    expect(await shown(who)).toEqual([page]);
    expect(await bookOf(first.id)).toEqual(['open']);
  });

  it('a cancelled order is closed at the provider too', async () => {
    const who = person();
    const payment = await openPayment(shop, { ...who, provider: 'stripe' });
    await who.buyer.press(/Отменить/);
    await until('the invoice is closed', async () => (await bookOf(payment.id)).join() === 'expired');
    expect(await shown(who)).toEqual([]);
  });
});
