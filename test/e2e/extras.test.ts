import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop } from '../../sandbox/demoShop';
import { fault, orderByCard, panelClients, post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const gigabyte = 1024 ** 3;
const shopFile = demoShop
  .replace('price: 299\n', 'price: 299\n    traffic: 10 GB\n')
  .replace(
    'trial:\n',
    'extras:\n  - { id: more, title: 50 ГБ, traffic: 50 GB, price: 99 }\n  - { id: two, title: 2 устройства, devices: 2, price: 79 }\ntrial:\n',
  );

interface Limited {
  readonly totalGB?: number;
  readonly limitIp?: number;
}

describe('more for a subscription', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile });
  });
  afterAll(() => shop.close());

  // The panel's own fields: bytes, whatever the name says, and devices.
  async function onPanel(): Promise<readonly (readonly number[])[]> {
    return (await panelClients(shop)).map((client) => [((client as Limited).totalGB ?? 0) / gigabyte, (client as Limited).limitIp ?? 0]);
  }

  async function untilPanel(limits: readonly number[]): Promise<void> {
    await until(`the panel has ${limits.join(' GB and ')} devices`, async () => {
      const found = await onPanel();
      return found.length === 2 && found.every((client) => client.join() === limits.join());
    });
  }

  async function page(count: number): Promise<string> {
    return until('the order has its page', async () => {
      const rows: readonly { id: string }[] = await shop.db('payments').whereNotNull('pay_url').orderBy('created_at', 'desc').select('id');
      return rows.length === count ? rows[0]?.id : undefined;
    });
  }

  it('is bought by the same few taps, and reaches the panel though that was down when it was paid', async () => {
    const buyer = shop.buyer(85_001);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await untilPanel([10, 3]);

    await buyer.say('/my');
    await buyer.press(/Добавить трафик или устройства/);
    await buyer.see(/Что добавить к подписке «1 месяц»[^]*не переносится[^]*Дополнительные устройства работают до/);
    await buyer.press(/^50 ГБ — 99/);
    await buyer.press(/Карта или СБП/);
    const traffic = await page(2);
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    await post(`${shop.sandbox.url}/sandbox/payments/${traffic}/pay`);
    await buyer.see(/50 ГБ[^]*Сервер временно не отвечает/);
    expect(await onPanel()).toEqual([
      [10, 3],
      [10, 3],
    ]);
    await fault(shop, { target: 'panel:main', mode: null });
    await untilPanel([60, 3]);
    await buyer.see(/50 ГБ<\/b> — добавлено к вашей подписке/);
    await buyer.say('/my');
    await buyer.see(/Трафик: 0 ГБ из 60 ГБ/);

    await buyer.press(/Добавить трафик или устройства/);
    await buyer.press(/^2 устройства — 79/);
    await buyer.press(/Карта или СБП/);
    const devices = await page(3);
    await post(`${shop.sandbox.url}/sandbox/payments/${devices}/pay`);
    await buyer.see(/2 устройства<\/b> — добавлено/);
    await untilPanel([60, 5]);

    await post(`${shop.sandbox.url}/sandbox/payments/${devices}/refund`);
    await untilPanel([60, 3]);
    const orders: readonly { kind: string; fulfilment: string }[] = await shop
      .db('orders')
      .orderBy('created_at')
      .select('kind', 'fulfilment');
    expect(orders).toEqual([
      { kind: 'plan', fulfilment: 'fulfilled' },
      { kind: 'extra', fulfilment: 'fulfilled' },
      { kind: 'extra', fulfilment: 'revoked' },
    ]);
  });

  it('is offered only where a limit can be raised', async () => {
    const buyer = shop.buyer(85_002);
    await buyer.say('/start');
    await buyer.press(/^🎁 Попробовать бесплатно/);
    await buyer.see(/Доступ открыт до/);
    await buyer.say('/my');
    const screen = await buyer.see(/Пробный период/);
    expect(screen.buttons.flat().map((button) => button.text)).not.toContainEqual(expect.stringContaining('Добавить трафик'));
  });
});
