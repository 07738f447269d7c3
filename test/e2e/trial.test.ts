import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop } from '../../sandbox/demoShop';
import { fault, orderByCard, panelClients, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const label = '🎁 Попробовать бесплатно: 3 дня';
const tryIt = /^🎁 Попробовать бесплатно: 3 дня/;

async function userOf(shop: TestShop, telegramId: number): Promise<number> {
  const user: { id: number } = await shop.db('users').where({ telegram_id: telegramId }).first('id');
  return user.id;
}

async function handled(shop: TestShop, telegramId: number): Promise<void> {
  await until('every press is handled', async () => {
    const open: unknown = await shop.db('telegram_updates').where({ telegram_user_id: telegramId }).whereNull('handled_at').first();
    return open === undefined;
  });
}

async function links(shop: TestShop, telegramId: number): Promise<readonly string[]> {
  const chat = await shop.buyer(telegramId).chat();
  return chat.flatMap((message) => (message.html.includes('🎉') ? [/<code>(.*?)<\/code>/.exec(message.html)?.[1] ?? ''] : []));
}

describe('a trial', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  it('takes three taps from /start to the page that opens the app, with a link that works', async () => {
    const buyer = shop.buyer(8_101);
    let taps = 0;
    const tap = async <T>(act: Promise<T>): Promise<T> => {
      taps += 1;
      return act;
    };
    await tap(buyer.say('/start'));
    await tap(buyer.press(tryIt));
    const link = await buyer.seeLink();
    const page = await tap(buyer.press(/Подключить/));
    expect(taps).toBe(3);
    expect((await fetch(page ?? '')).status).toBe(200);
    const feed = await fetch(link);
    const nodes = Buffer.from(await feed.text(), 'base64')
      .toString('utf8')
      .split('\n');
    expect([feed.status, nodes.length]).toEqual([200, 2]);
    const days: { rows: { kind: string; days: number }[] } = await shop.db.raw(
      'select kind, round(extract(epoch from end_after - created_at) / 86400)::int as days from grants',
    );
    expect(days.rows).toEqual([{ kind: 'trial', days: 3 }]);
    const subscription: { ends_at: Date } = await shop.db('subscriptions').first('ends_at');
    expect((await panelClients(shop)).map((client) => [client.enable, client.expiryTime])).toEqual([
      [true, subscription.ends_at.getTime()],
      [true, subscription.ends_at.getTime()],
    ]);
  });

  it('stays one when it is pressed 20 times on two devices', async () => {
    const buyer = shop.buyer(8_102);
    await buyer.say('/start');
    await buyer.see(/Выберите тариф/);
    await buyer.say('/start');
    const screens = await until('both devices show the button', async () => {
      const found = (await buyer.chat()).filter((message) => message.buttons.flat().some((button) => button.text === label));
      return found.length === 2 ? found : undefined;
    });
    const presses = Array.from({ length: 20 }, (_, index) =>
      post(`${shop.sandbox.url}/sandbox/users/8102/presses`, { messageId: screens[index % 2]?.id, button: label }),
    );
    await Promise.all(presses);
    await buyer.see(/Доступ открыт до/);
    await handled(shop, 8_102);
    const userId = await userOf(shop, 8_102);
    const subscriptions: readonly { id: string }[] = await shop.db('subscriptions').where({ user_id: userId });
    expect(subscriptions).toHaveLength(1);
    expect(await shop.db('grants').where({ subscription_id: subscriptions[0]?.id })).toHaveLength(1);
    expect(await shop.db('trials').where({ user_id: userId })).toHaveLength(1);
    expect(await links(shop, 8_102)).toHaveLength(1);
  });

  it('is not given again to a person who was deleted and came back', async () => {
    const before = await userOf(shop, 8_102);
    await shop.db('users').where({ id: before }).update({ telegram_id: null });
    const buyer = shop.buyer(8_102);
    await buyer.say('/start');
    const menu = await until('the button is offered anew', async () =>
      (await buyer.chat()).find((message) => message.buttons.flat().some((button) => button.text === label)),
    );
    await post(`${shop.sandbox.url}/sandbox/users/8102/presses`, { messageId: menu.id, button: label });
    await buyer.see(/он один на человека/);
    const after = await userOf(shop, 8_102);
    expect(after).not.toBe(before);
    expect(await shop.db('subscriptions').where({ user_id: after })).toHaveLength(0);
  });

  it('goes on as the subscription that is bought first: the link stays, and no trial day is lost', async () => {
    const buyer = shop.buyer(8_103);
    await buyer.say('/start');
    await buyer.press(tryIt);
    await buyer.see(/Доступ открыт до/);
    const [link] = await links(shop, 8_103);
    await buyer.press(/Моя подписка/);
    await buyer.see(/Пробный период/);
    await buyer.press(/^🛒 Купить$/);
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП/);
    await buyer.see(/Ждём оплату/);
    const userId = await userOf(shop, 8_103);
    const payment: { id: string } = await shop.db('payments').where({ user_id: userId }).first('id');
    await post(`${shop.sandbox.url}/sandbox/payments/${payment.id}/pay`);
    const renewed = await buyer.see(/Продлено до/);
    expect(renewed.html).toContain(link);
    const grants: readonly { kind: string; end_before: Date | null; end_after: Date }[] = await shop
      .db('grants')
      .join('subscriptions', 'subscriptions.id', 'grants.subscription_id')
      .where({ user_id: userId })
      .orderBy('sequence')
      .select('kind', 'end_before', 'end_after');
    expect(grants.map((grant) => grant.kind)).toEqual(['trial', 'renewal']);
    expect(grants[1]?.end_before).toEqual(grants[0]?.end_after);
  });

  it('is refused to somebody who bought before', async () => {
    const buyer = shop.buyer(8_104);
    await buyer.say('/start');
    const menu = await buyer.see(/Выберите тариф/);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await untilFulfilled(shop, 2);
    // The first menu became the order; its button is pressed all the same, as a slow phone would.
    const data = Buffer.from('1:trial').toString();
    const update = {
      callback_query: {
        id: 'old-press',
        from: { id: 8_104, is_bot: false, first_name: 'A', language_code: 'ru' },
        message: { message_id: menu.id, chat: { id: 8_104, type: 'private' }, date: 1, text: 'x' },
        chat_instance: '1',
        data,
      },
    };
    await post(`${shop.sandbox.url}/sandbox/telegram/updates`, { update });
    await buyer.see(/он один на человека/);
    expect(await shop.db('trials').where({ user_id: await userOf(shop, 8_104) })).toHaveLength(0);
  });

  it('sends its link once more, and no oftener, when the answers to it are lost', async () => {
    const buyer = shop.buyer(8_105);
    await buyer.say('/start');
    await buyer.see(/Выберите тариф/);
    await handled(shop, 8_105);
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'drop', count: 2 });
    await buyer.press(tryIt);
    const userId = await userOf(shop, 8_105);
    await until('the link was tried twice', async () => {
      const notice: { sends: number } | undefined = await shop
        .db('notices')
        .where({ user_id: userId, kind: 'access_ready' })
        .first('sends');
      return notice?.sends === 2;
    });
    await until('it was sent twice', async () => (await links(shop, 8_105)).length === 2);
    await shop.temporal.workflow.getHandle(`user-${userId}`).signal('resync', { v: 1 });
    await buyer.say('/help');
    await buyer.see(/Как подключиться/);
    expect(await links(shop, 8_105)).toHaveLength(2);
  });
});

describe('a trial for members of a channel', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: demoShop.replace('  days: 3\n', '  days: 3\n  channel: "@swallow_news"\n') });
  });
  afterAll(() => shop.close());

  it('is refused while the bot cannot see its members, and the operator is told what to do', async () => {
    const buyer = shop.buyer(8_201);
    await buyer.say('/start');
    await buyer.press(tryIt);
    await buyer.see(/не получается проверить/);
    const alert: { text: string } | undefined = await shop.db('alerts').where({ key: 'trial:channel' }).first('text');
    expect(alert?.text).toContain('Make it an administrator');
  });

  it('begins once the channel was joined', async () => {
    const channel = `${shop.sandbox.url}/sandbox/channels/@swallow_news/members`;
    await post(channel);
    const buyer = shop.buyer(8_202);
    await buyer.say('/start');
    await buyer.press(tryIt);
    await buyer.see(/для подписчиков/);
    expect(await buyer.press(/Открыть канал/)).toBe('https://t.me/swallow_news');
    await post(channel, { userId: 8_202 });
    await buyer.press(/Я подписался/);
    await buyer.see(/Доступ открыт до/);
    expect(await shop.db('subscriptions')).toHaveLength(1);
  });
});
