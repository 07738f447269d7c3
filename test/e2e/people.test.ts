import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fault, orderByCard, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

describe('a buyer', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  async function answeredPress(telegramId: number, data: string): Promise<void> {
    const from = { id: telegramId, is_bot: false, first_name: 'A', language_code: 'ru' };
    const message = { message_id: 1, date: 1, chat: { id: telegramId, type: 'private' }, text: 'old' };
    await post(`${shop.sandbox.url}/sandbox/telegram/updates`, {
      update: { callback_query: { id: `stray-${telegramId}`, from, message, chat_instance: '1', data } },
    });
  }

  it('gets an answer to every command, to stray texts, and to buttons of another time', async () => {
    const buyer = shop.buyer(4_001);
    await buyer.say('/start');
    await buyer.see(/Выберите тариф/);
    for (const [command, answer] of [
      ['/my', /Выберите тариф/],
      ['/balance', /Баланс: 0/],
      ['/help', /Как подключиться/],
      ['/support', /Напишите нам/],
      ['/terms', /Доступ выдаётся/],
      ['/paysupport', /Деньги списались/],
      ['/language', /Выберите язык/],
      ['просто текст', /Я понимаю кнопки и команды/],
      ['/nothing', /Я понимаю кнопки и команды/],
    ] as const) {
      await buyer.say(command);
      await buyer.see(answer);
    }
    await answeredPress(4_001, '0:something-old');
    await buyer.see(/Эта кнопка устарела/);
  });

  it('chooses a language and keeps it', async () => {
    const buyer = shop.buyer(4_002);
    await buyer.say('/language');
    await buyer.press(/English/);
    await buyer.see(/English it is/);
    await buyer.say('/start');
    await buyer.see(/Choose a plan/);
    expect(await shop.db('users').where({ telegram_id: 4_002 }).first('language', 'language_chosen')).toEqual({
      language: 'en',
      language_chosen: true,
    });
  });

  it('cancels an order, and changes the method of another', async () => {
    const buyer = shop.buyer(4_003);
    await orderByCard(shop, buyer);
    await buyer.press(/Отменить заказ/);
    await buyer.see(/Заказ отменён/);
    await orderByCard(shop, buyer);
    await buyer.press(/Другой способ оплаты/);
    await buyer.press(/Telegram Stars/);
    await buyer.see(/⭐ 167/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: 4_003 }).first('id');
    const payments: readonly { provider: string; attempt: number }[] = await shop
      .db('payments')
      .where({ user_id: user.id })
      .orderBy('created_at')
      .select('provider', 'attempt');
    expect(payments).toEqual([
      { provider: 'yookassa', attempt: 1 },
      { provider: 'yookassa', attempt: 1 },
      { provider: 'stars', attempt: 2 },
    ]);
  });

  it('renews in one press with the method used last, and the end moves from the end', async () => {
    const buyer = shop.buyer(4_004);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await buyer.say('/my');
    await buyer.see(/🟢 Активна/);
    await buyer.press(/^Продлить — 299/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: 4_004 }).first('id');
    const renewal = await until('the renewal has its page', async () => {
      const rows: readonly { id: string }[] = await shop
        .db('payments')
        .where({ user_id: user.id })
        .whereNotNull('pay_url')
        .orderBy('created_at', 'desc')
        .select('id');
      return rows.length === 2 ? rows[0] : undefined;
    });
    await post(`${shop.sandbox.url}/sandbox/payments/${renewal.id}/pay`);
    await buyer.see(/Продлено до/);
    const grants: readonly { kind: string; end_before: Date | null; end_after: Date }[] = await shop
      .db('grants')
      .join('subscriptions', 'subscriptions.id', 'grants.subscription_id')
      .where({ user_id: user.id })
      .orderBy('sequence')
      .select('grants.*');
    expect(grants.map((grant) => grant.kind)).toEqual(['purchase', 'renewal']);
    expect(grants[1]?.end_before).toEqual(grants[0]?.end_after);
  });

  it('who is banned is told so, may not buy, and the feed says why', async () => {
    const buyer = shop.buyer(4_005);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    const link = await buyer.seeLink();
    await shop.db('users').where({ telegram_id: 4_005 }).update({ is_banned: true });
    await buyer.say('/start');
    await buyer.see(/Доступ к магазину для вас закрыт/);
    const feed = await fetch(link);
    expect(feed.status).toBe(200);
    expect(decodeURIComponent(Buffer.from(await feed.text(), 'base64').toString('utf8'))).toContain('Доступ закрыт');
  });

  it('who blocks the bot gets what was paid for all the same, and finds everything on return', async () => {
    const buyer = shop.buyer(4_006);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/users/4006/block`);
    const fulfilled = (await shop.db('orders').where({ fulfilment: 'fulfilled' })).length;
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await untilFulfilled(shop, fulfilled + 1);
    await until(
      'the shop knows',
      async () => (await shop.db('users').where({ telegram_id: 4_006 }).first('blocked_at')).blocked_at !== null,
    );
    await post(`${shop.sandbox.url}/sandbox/users/4006/unblock`);
    await buyer.say('/start');
    await buyer.see(/🟢 Активна/);
    await until(
      'the shop knows again',
      async () => (await shop.db('users').where({ telegram_id: 4_006 }).first('blocked_at')).blocked_at === null,
    );
  });

  it('is told when the provider gives no invoice, and nothing stays open', async () => {
    await fault(shop, { target: 'yookassa', mode: 'http500', operation: 'create', count: 2 });
    const buyer = shop.buyer(4_007);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/);
    await buyer.see(/Платёжная система сейчас не отвечает/);
    const user: { id: number } = await shop.db('users').where({ telegram_id: 4_007 }).first('id');
    expect(await shop.db('orders').where({ user_id: user.id }).select('state', 'closed_reason')).toEqual([
      { state: 'cancelled', closed_reason: 'invoice_failed' },
    ]);
  });
});
