import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import { methodButton, payOrder, triable } from '../../sandbox/once';
import { providerCodes } from '../../src/payments/blocks';
import { until } from '../support/until';
import { post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';

/** Ways to pay whose provider answers questions about a payment. */
const askable = ['yookassa', 'cryptopay', 'heleket', 'ton', 'platega', 'cloudpayments', 'stripe'];

describe('every way to pay', () => {
  let shop: TestShop;
  let lastId = 31_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
    await until('the coin has a price', async () => {
      const row: object | undefined = await shop.db('rates').first('unit_price');
      return row;
    });
  });
  afterAll(() => shop.close());

  async function buy(provider: string): Promise<{ id: number; charges: readonly { amount_minor: number; currency: string }[] }> {
    lastId += 1;
    const id = lastId;
    const buyer = shop.buyer(id);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(methodButton(provider));
    await buyer.see(/Ждём оплату/);
    await payOrder({ sandboxUrl: shop.sandbox.url, provider }, { buyer, id });
    await buyer.see(/Доступ открыт до/);
    const charges = await shop
      .db('charges')
      .join('payments', 'payments.id', 'charges.payment_id')
      .join('users', 'users.id', 'payments.user_id')
      .where({ 'users.telegram_id': id })
      .select('charges.amount_minor', 'charges.currency');
    return { id, charges };
  }

  async function webhooks(provider: string, on: boolean): Promise<void> {
    await post(`${shop.sandbox.url}/sandbox/${provider}/settings`, { webhooks: on });
  }

  it('is one that can be tried in the sandbox', () => {
    expect(new Set(triable.map((word) => word.split('_')[0]))).toEqual(new Set(providerCodes));
  });

  it.each(triable)('%s: bought through the bot and the page, told by webhook', async (provider) => {
    const { charges } = await buy(provider);
    expect(charges).toHaveLength(1);
    expect(charges[0]?.amount_minor).toBeGreaterThan(0);
  });

  it.each(askable)('%s: bought with all its webhooks off', async (provider) => {
    await webhooks(provider, false);
    const { charges } = await buy(provider);
    expect(charges).toHaveLength(1);
    await webhooks(provider, true);
  });

  it('every provider account holds what the provider itself has in its book', async () => {
    const books = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as {
      provider: string;
      currency: string;
      received: string;
      refunded: string;
    }[];
    const digits = (currency: string): number => (currency === 'TON' ? 9 : 2);
    for (const provider of askable) {
      const theirs = books
        .filter((book) => book.provider === provider)
        .reduce((sum, book) => sum + Math.round((Number(book.received) - Number(book.refunded)) * 10 ** digits(book.currency)), 0);
      const rows: readonly { from_account: string; amount_minor: number }[] = await shop
        .db('transactions')
        .where({ from_account: `provider:${provider}` })
        .orWhere({ to_account: `provider:${provider}` });
      const ours = rows.reduce((sum, row) => sum + (row.from_account === `provider:${provider}` ? row.amount_minor : -row.amount_minor), 0);
      expect({ provider, minor: ours }).toEqual({ provider, minor: theirs });
    }
  });
});
