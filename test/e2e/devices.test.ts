import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPayment, atProvider } from '../support/buying';
import { until } from '../support/until';
import { openTestShop, type TestShop } from '../support/shop';

describe('a buyer with more devices than the plan has, and one whose link got about', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop();
  });
  afterAll(() => shop.close());

  it('sees them in the bot, removes one, and the next one gets its place', async () => {
    const buyer = shop.buyer(7_101);
    const payment = await openPayment(shop, { buyer, telegramId: 7_101, provider: 'yookassa' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    const link = await buyer.seeLink();
    const download = async (hwid: string): Promise<string | null> => {
      const headers = { 'user-agent': 'Happ/3.1.0', 'x-hwid': hwid, 'x-device-os': 'iOS', 'x-ver-os': '18.5', 'x-device-model': hwid };
      const reply = await fetch(link, { headers });
      expect(reply.status).toBe(200);
      return reply.headers.get('x-hwid-limit');
    };
    for (const hwid of ['iPhone-1', 'iPhone-2', 'iPhone-3', 'iPhone-1']) expect(await download(hwid)).toBeNull();
    expect(await download('iPhone-4')).toBe('true');
    await buyer.say('/my');
    await buyer.press(/Устройства/);
    await buyer.see(/Устройства: 3 из 3[^]*iPhone-2 · iOS 18\.5/);
    await buyer.press(/✖️ 2\. iPhone-2/);
    await buyer.see(/Устройства: 2 из 3/);
    expect(await download('iPhone-4')).toBeNull();
    expect(await download('iPhone-2')).toBe('true');
  });

  it('gets a new link in two presses, and the old one opens nothing any more', async () => {
    const buyer = shop.buyer(7_102);
    const payment = await openPayment(shop, { buyer, telegramId: 7_102, provider: 'yookassa' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    const old = await buyer.seeLink();
    const status = async (link: string): Promise<number> => (await fetch(link, { headers: { 'user-agent': 'Happ/3.1.0' } })).status;
    expect(await status(old)).toBe(200);
    await buyer.say('/my');
    await buyer.press(/Сменить ссылку/);
    await buyer.see(/Старая ссылка сразу перестанет/);
    expect(await status(old)).toBe(200);
    await buyer.press(/Да, сменить/);
    const replaced = await until('the new link is shown', async () => {
      const shown = await buyer.seeLink();
      return shown === old ? undefined : shown;
    });
    await until('the old one is unknown', async () => (await status(old)) === 404, 1_000);
    expect(await status(replaced)).toBe(200);
  });
});
