import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subscriptionForDays } from '../../src/db/subscriptions';
import { orderByCard, panelClients, post } from '../support/facts';
import { openTestShop, quick, type TestShop } from '../support/shop';
import { until } from '../support/until';

type Buyer = ReturnType<TestShop['buyer']>;

const dayMs = 86_400_000;

interface Row {
  readonly id: string;
  readonly token: string;
  readonly ends_at: Date;
  readonly plan_id: string;
  readonly paused_at: Date | null;
}

describe('what an owner does with a subscription in the bot', () => {
  let shop: TestShop;
  beforeAll(async () => {
    const pause = { shortestMs: 0, longestMs: 3_000, count: 2, windowMs: 365 * dayMs };
    shop = await openTestShop({ tuning: { policy: { ...quick.policy, pause } } });
  });
  afterAll(() => shop.close());

  async function owner(): Promise<{ buyer: Buyer; row: () => Promise<Row>; isOpen: () => Promise<boolean> }> {
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const { user_id: userId }: { user_id: number } = await shop.db('payments').where({ id: paymentId }).first('user_id');
    const row = (): Promise<Row> => shop.db('subscriptions').where({ user_id: userId }).first();
    const account: { uuid: string } = await shop
      .db('panel_accounts')
      .where({ subscription_id: (await row()).id })
      .first('uuid');
    const isOpen = async (): Promise<boolean> =>
      (await panelClients(shop)).some((client) => client.id === account.uuid && client.enable && client.expiryTime > Date.now());
    await until('the panel lets the buyer in', isOpen);
    return { buyer, row, isOpen };
  }

  async function manage(buyer: Buyer, button: RegExp): Promise<void> {
    await buyer.say('/my');
    await buyer.press(/Пауза и тариф/);
    await buyer.press(button);
  }

  it('a pause shuts access on the panel and in the feed, and a press opens both with the time it took', async () => {
    const { buyer, row, isOpen } = await owner();
    const before = await row();
    await manage(buyer, /Поставить на паузу/);
    await buyer.see(/Осталось пауз: 2/);
    await buyer.press(/Да, поставить на паузу/);
    await buyer.see(/Подписка на паузе, дни сохранены/);
    await until('the panel is shut', async () => !(await isOpen()));
    const feed = await (await fetch(`${shop.apiUrl}/sub/${before.token}`, { headers: { 'user-agent': 'v2rayNG/1.9' } })).text();
    expect(decodeURIComponent(Buffer.from(feed, 'base64').toString())).toMatch(/пауз/i);
    await buyer.say('/my');
    await buyer.see(/⏸ На паузе/);
    await buyer.press(/Возобновить/);
    await buyer.see(/Подписка снова работает/);
    await until('the panel is open again', isOpen);
    const after = await row();
    expect(after.paused_at).toBeNull();
    expect(after.ends_at.getTime()).toBeGreaterThan(before.ends_at.getTime());
  });

  it('a pause ends by itself, is told, and the last one is the last', async () => {
    const { buyer, row, isOpen } = await owner();
    const before = await row();
    for (const left of [2, 1]) {
      await manage(buyer, /Поставить на паузу/);
      await buyer.see(new RegExp(`Осталось пауз: ${left}`));
      await buyer.press(/Да, поставить на паузу/);
      await buyer.see(/Подписка на паузе, дни сохранены/);
      await until('the pause is over', async () => (await row()).paused_at === null);
    }
    await until(
      'both were told',
      async () => (await buyer.chat()).filter((message) => /Пауза закончилась/.test(message.html)).length === 2,
    );
    expect((await row()).ends_at.getTime() - before.ends_at.getTime()).toBeGreaterThanOrEqual(2 * 3_000);
    await until('the panel is open again', isOpen);
    await manage(buyer, /Поставить на паузу/);
    await buyer.see(/больше не осталось/);
  });

  it('another plan is shown with its end first, and is then what the panel and the screen say', async () => {
    const { buyer, row } = await owner();
    const before = await row();
    await manage(buyer, /Сменить тариф/);
    await buyer.press(/^1 год/);
    await buyer.see(/1 месяц → 1 год[^]*Устройства: 5/);
    expect((await row()).plan_id).toBe('month');
    await buyer.press(/^Перейти, до/);
    await buyer.see(/Готово: 1 год/);
    const after = await row();
    expect(after.plan_id).toBe('year');
    const [left, right] = [before, after].map(({ ends_at: endsAt }) => endsAt.getTime() - Date.now());
    // 299 for a month against 2490 for a year: a day of the one is worth 1.44 of the other.
    expect((right ?? 0) / (left ?? 1)).toBeCloseTo((299 * 12) / 2_490, 3);
    await until('the panel has the new end', async () => {
      const { uuid }: { uuid: string } = await shop.db('panel_accounts').where({ subscription_id: after.id }).first('uuid');
      const client = (await panelClients(shop)).find((entry) => entry.id === uuid);
      return client?.enable === true && Math.abs(client.expiryTime - after.ends_at.getTime()) < 1_000;
    });
    await buyer.say('/my');
    await buyer.see(/<b>1 год<\/b>/);
  });

  it('of two subscriptions the other becomes the main one by one press, and is the one that gets days', async () => {
    const { buyer, row } = await owner();
    const month = await row();
    const { user_id: userId }: { user_id: number } = await shop.db('subscriptions').where({ id: month.id }).first('user_id');
    await buyer.say('/my');
    await buyer.press(/Купить ещё одну/);
    await buyer.press(/^1 год/);
    await buyer.press(/Карта или СБП/);
    const paymentId = await until('the payment has its page', async () => {
      const row: { id: string } | undefined = await shop.db('payments').where({ user_id: userId, state: 'pending' }).first('id');
      return row?.id;
    });
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await until('there are two', async () => (await shop.db('subscriptions').where({ user_id: userId })).length === 2);
    await buyer.say('/my');
    await buyer.see(/Ваши подписки/);
    await buyer.press(/^1 месяц · /);
    await buyer.press(/Сделать основной/);
    await buyer.see(/<b>1 месяц<\/b>[^]*⭐ Основная подписка/);
    await buyer.say('/my');
    const list = await buyer.see(/Ваши подписки/);
    expect(list.buttons.flat().map(({ text }) => text.replace(/ · .*/, ''))).toEqual([
      '⭐ 1 месяц',
      '1 год',
      '🛒 Купить ещё одну',
      '👛 Баланс и платежи',
    ]);
    const given = await subscriptionForDays(shop.db, { userId, planIds: [], endedAfter: new Date() });
    expect(given?.id).toBe(month.id);
  });
});
