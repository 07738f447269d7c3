import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../sandbox/buyer';
import { demoShop } from '../../sandbox/demoShop';
import { atProvider, balanceOf, latestPayment, type OpenedPayment } from '../support/buying';
import { runCommand, type CommandAnswer } from '../support/commands';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('what brings buyers', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: `${demoShop}\nreferral: { referrer: 50, friend: 3 days }\n` });
  });
  afterAll(() => shop.close());

  const run = (...words: readonly string[]): Promise<CommandAnswer> => runCommand(shop, ...words);

  /** Buys the plan of a month from the list that is shown; gives its payment. */
  async function buyMonth(buyer: Buyer, telegramId: number, then = /Доступ открыт до/): Promise<OpenedPayment> {
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/);
    const payment = await until('the payment is open', async () => {
      const found = await latestPayment(shop, telegramId);
      return found?.state === 'pending' ? found : undefined;
    });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(then);
    return payment;
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
    expect((await buyMonth(buyer, 71_001)).asked_minor).toBe(23_920);
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
    await buyer.see(/плюс 7 дней/);
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

  it('referral: a friend comes with the link, pays, both are rewarded and told; a refund takes it back from both', async () => {
    const referrer = shop.buyer(71_010);
    await referrer.say('/invite');
    const invitation = await referrer.see(/Пришли по ссылке: 0/);
    const payload = /start=(ref_[a-z0-9]{10})/.exec(invitation.html)?.[1] ?? '';
    const friend = shop.buyer(71_011);
    await friend.say(`/start ${payload}`);
    await friend.see(/Вас пригласил друг: после первой оплаты вы получите 3 дня/);
    const payment = await buyMonth(friend, 71_011);
    await friend.see(/Подарок за приглашение друга: 3 дня/);
    await referrer.see(/Ваш друг оплатил подписку\. Вам: 50\s₽ на баланс/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: 71_010 }).first('id');
    expect(await balanceOf(shop, user.id)).toBe(5_000);
    await referrer.say('/invite');
    await referrer.see(/Купили: 1\nПолучено на баланс: 50\s₽/);
    expect((await run('refund', payment.order_id)).refusal).toBeUndefined();
    await friend.see(/подарок за приглашение \(3 дня\) снят/);
    await referrer.see(/награда за неё \(50\s₽ на баланс\) снята/);
    expect(await balanceOf(shop, user.id)).toBe(0);
  });

  it('gift: bought in the bot, opened by a friend who gets access, dead for everybody else', async () => {
    const giver = shop.buyer(71_020);
    await giver.say('/gift');
    await giver.see(/кто первым её откроет/);
    await buyMonth(giver, 71_020, /Подарок оплачен/);
    await giver.press(/Мои подарки/);
    const gifts = await giver.see(/Ваши подарки/);
    const payload = /start=(gift_[a-z0-9]{20})/.exec(gifts.html)?.[1] ?? '';
    await giver.say(`/start ${payload}`);
    await giver.see(/Это ваш собственный подарок/);
    const friend = shop.buyer(71_021);
    await friend.say(`/start ${payload}`);
    await friend.see(/Подарок ваш/);
    await friend.see(/Доступ открыт до/);
    await giver.see(/Ваш подарок «1 месяц» открыли/);
    const other = shop.buyer(71_022);
    await other.say(`/start ${payload}`);
    await other.see(/Этот подарок уже открыли/);
    await other.say('/start gift_nothing');
    await other.see(/По этой ссылке подарка нет/);
    const [order]: { id: string }[] = await shop.db('orders').where({ is_gift: true });
    expect((await run('refund', order?.id ?? '')).refusal).toBeUndefined();
    await friend.see(/Оплата подарка возвращена/);
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
