import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop } from '../../sandbox/demoShop';
import { latestPayment } from '../support/buying';
import { post } from '../support/facts';
import { feedLinks } from '../support/panels';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const choosingShop = demoShop
  .replace('price: 299\n', 'price: 299\n    locations: 1\n')
  .replace('price: 799\n', 'price: 799\n    capacity: 1\n    single: true\n')
  .replace('inbounds: [2]\n', 'inbounds: [2]\n    capacity: 1\n');

describe('places of servers and plans', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: choosingShop });
  });
  afterAll(() => shop.close());

  const paid = new Set<string>();

  async function pay(telegramId: number): Promise<string> {
    const payment = await until('there is a page', async () => {
      const latest = await latestPayment(shop, telegramId);
      return latest?.state === 'pending' && !paid.has(latest.id) ? latest : undefined;
    });
    paid.add(payment.id);
    await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
    await until(
      'it is delivered',
      async () => (await shop.db('orders').where({ id: payment.order_id, fulfilment: 'fulfilled' })).length === 1,
    );
    const order: { subscription_id: string } = await shop.db('orders').where({ id: payment.order_id }).first('subscription_id');
    const { token }: { token: string } = await shop.db('subscriptions').where({ id: order.subscription_id }).first('token');
    return token;
  }

  async function names(token: string): Promise<readonly (string | undefined)[]> {
    return (await feedLinks(shop, token)).map((link) => link.split('#')[1]);
  }

  it('lets the buyer choose the server of a plan that leaves it open, and keeps it over a change of the way to pay and a renewal', async () => {
    const buyer = shop.buyer(78_001);
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.see(/Где будет ваш сервер/);
    await buyer.press(/Германия/);
    await buyer.press(/Telegram Stars/);
    await buyer.press(/Другой способ оплаты/);
    await buyer.press(/Карта или СБП/);
    await buyer.see(/Ждём оплату/);
    const token = await pay(78_001);
    expect(await names(token)).toEqual(['🇩🇪 Германия']);
    await buyer.say('/my');
    await buyer.press(/^Продлить/);
    expect(await names(await pay(78_001))).toEqual(['🇩🇪 Германия']);
    expect(await shop.db('vpn_keys')).toHaveLength(1);
  });

  it('offers no server that is full, and says that a plan without a place is sold out', async () => {
    const second = shop.buyer(78_002);
    await second.say('/start');
    await second.press(/^1 месяц/);
    const screen = await second.see(/Где будет ваш сервер/);
    expect(screen.buttons.flat().map((button) => button.text)).toEqual(['🇳🇱 Нидерланды', '‹ Назад']);
    await second.press(/Назад/);
    await second.press(/^3 месяца — /);
    await second.press(/Карта или СБП/);
    const token = await pay(78_002);
    // Its other server is full.
    expect(await names(token)).toEqual(['🇳🇱 Нидерланды']);
    const third = shop.buyer();
    await third.say('/start');
    await third.press(/^3 месяца — мест нет/);
    await third.see(/На этом тарифе сейчас нет мест/);
  });

  it('renews, where nobody has two of a plan, the one that is there: by a press on the plan, and though no place is left', async () => {
    const owner = shop.buyer(78_002);
    const subscriptions = (): Promise<readonly { id: string; token: string; ends_at: Date }[]> =>
      shop.db('subscriptions').join('users', 'users.id', 'subscriptions.user_id').where({ telegram_id: 78_002 }).select('subscriptions.*');
    const [before] = await subscriptions();
    await owner.say('/my');
    await owner.press(/Купить ещё одну/);
    await owner.press(/^3 месяца — мест нет/);
    await owner.press(/Карта или СБП/);
    expect(await pay(78_002)).toBe(before?.token);
    const after = await subscriptions();
    expect(after.map(({ id }) => id)).toEqual([before?.id]);
    expect(after[0]?.ends_at.getTime()).toBeGreaterThan(before?.ends_at.getTime() ?? Infinity);
  });
});
