import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderByCard, post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';

const secret = 'tg_hook_secret_01';

describe('a bot that Telegram calls', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ environment: { TELEGRAM_WEBHOOK_SECRET: secret } });
  });
  afterAll(() => shop.close());

  it('sells as one that polls', async () => {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
  });

  it.each([undefined, '', 'TG_hook_secret_01', `${secret} `.trimEnd().slice(1)])(
    'TG-1: refuses an update with the secret %p, and stores nothing',
    async (given) => {
      const before = (await shop.db('telegram_updates')).length;
      const headers = given === undefined ? {} : { 'x-telegram-bot-api-secret-token': given };
      expect(await post(`${shop.apiUrl}/telegram`, { update_id: 9_000_001 }, headers)).toBe(401);
      expect(await shop.db('telegram_updates')).toHaveLength(before);
    },
  );

  it('stores an update before it answers, and takes a repeated one once', async () => {
    const headers = { 'x-telegram-bot-api-secret-token': secret };
    for (let copy = 0; copy < 2; copy += 1) expect(await post(`${shop.apiUrl}/telegram`, { update_id: 9_000_002 }, headers)).toBe(200);
    expect(await shop.db('telegram_updates').where({ update_id: 9_000_002 })).toHaveLength(1);
    expect(await post(`${shop.apiUrl}/telegram`, { update: 'none' }, headers)).toBe(400);
  });
});
