import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../sandbox/buyer';
import { atProvider, latestPayment } from '../support/buying';
import { runCommand, type CommandAnswer } from '../support/commands';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('what brings buyers', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  const run = (...words: readonly string[]): Promise<CommandAnswer> => runCommand(shop, ...words);

  /** Buys the plan of a month from the list that is shown; gives the sum that was asked. */
  async function buyMonth(buyer: Buyer, telegramId: number): Promise<number> {
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/);
    const payment = await until('the payment is open', async () => {
      const found = await latestPayment(shop, telegramId);
      return found?.state === 'pending' ? found : undefined;
    });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    return payment.asked_minor;
  }

  it('promo: an operator makes a code, a buyer enters it, sees the lower price and pays it, once', async () => {
    expect((await run('promo', 'add', 'spring', '--percent', '20', '--uses', '1')).out).toMatch(/^SPRING is made/);
    const buyer = shop.buyer(71_001);
    await buyer.say('/start');
    await buyer.press(/Промокод/);
    await buyer.see(/Пришлите промокод/);
    await buyer.say('no such code');
    await buyer.see(/Такого промокода нет/);
    await buyer.say('/promo spring');
    await buyer.see(/SPRING<\/b> — скидка уже в ценах/);
    expect(await buyMonth(buyer, 71_001)).toBe(23_920);
    await buyer.say('/promo SPRING');
    await buyer.see(/Вы уже использовали этот промокод/);
    const other = shop.buyer(71_002);
    await other.say('/promo spring');
    await other.see(/Этот промокод уже разобрали/);
    expect((await run('promo', 'list')).out).toMatch(/^SPRING +-20 % +1 of 1 use\(s\), 1 per user; on\n$/);
    expect((await run('promo', 'end', 'spring')).refusal).toBeUndefined();
    expect((await run('promo', 'list')).out).toMatch(/; ended 20/);
  });

  it('promo: days go to the subscription at once, and to its panel', async () => {
    await run('promo', 'add', 'WEEK', '--days', '7');
    const buyer = shop.buyer(71_001);
    const before: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    await buyer.say('/promo week');
    await buyer.see(/добавлено 7 дн/);
    const after: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    expect(after.ends_at.getTime() - before.ends_at.getTime()).toBe(7 * 86_400_000);
    await until('the panel has the new end', async () => {
      const row: unknown = await shop
        .db('panel_accounts')
        .whereRaw('seen_version = desired_version')
        .where({ desired_ends_at: after.ends_at })
        .first('id');
      return row;
    });
  });

  it.each([
    [['add', 'A'], /a code is 3 to 32 letters/],
    [['add', 'ABC'], /say what the code gives, one of/],
    [['add', 'ABC', '--percent', '20', '--days', '3'], /say what the code gives, one of/],
    [['add', 'ABC', '--percent', '100'], /--percent has to be a whole number from 1 to 99, not "100"/],
    [['add', 'ABC', '--amount', '10,5'], /--amount has to be a plain amount of RUB/],
    [['add', 'ABC', '--amount', '100000'], /takes nothing off any plan, or all of its price/],
    [['add', 'ABC', '--days', '3', '--until', '31.01.2027'], /--until has to be a day like 2027-01-31/],
    [['add', 'ABC', '--days', '3', '--from', '2027-02-01', '--until', '2027-01-31'], /--until has to be the day of --from or later/],
    [['add', 'ABC', '--days', '3', '--plans', 'moon'], /no plan moon is for sale; there are month, quarter, year/],
    [['add', 'SPRING', '--days', '3'], /there is a code SPRING already, or was/],
    [['end', 'NOTHING'], /no code NOTHING goes on/],
  ])('promo %j is refused with what would be right', async (words, sentence) => {
    expect((await run('promo', ...words)).refusal).toMatch(sentence);
  });
});
