import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../sandbox/buyer';
import { fullShop } from '../../sandbox/demoShop';
import { openPayment } from '../support/buying';
import { fault } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

interface Update {
  readonly update_id: number;
  readonly put_offs: number;
  readonly error_code: string | null;
}

describe('an answer that Telegram does not take', () => {
  let shop: TestShop;
  let telegramId = 93_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop.replace('    sbp: true\n', '    sbp: true\n    receipt: { vatCode: 1 }\n') });
  });
  afterAll(() => shop.close());

  async function person(): Promise<{ buyer: Buyer; telegramId: number }> {
    telegramId += 1;
    const buyer = shop.buyer(telegramId);
    await buyer.say('/start');
    await buyer.see(/Выберите тариф/);
    return { buyer, telegramId };
  }

  const updates = (of: number): Promise<readonly Update[]> =>
    shop.db('telegram_updates').where({ telegram_user_id: of }).whereNotNull('handled_at').orderBy('update_id');
  const heard = async (buyer: Buyer, text: RegExp): Promise<number> =>
    (await buyer.chat()).filter((message) => message.from === 'bot' && text.test(message.html)).length;
  const facts = async (table: string, of: number): Promise<number> => {
    const user: { id: number } = await shop.db('users').where({ telegram_id: of }).first('id');
    return (await shop.db(table).where({ user_id: user.id })).length;
  };

  it('comes when Telegram takes it, before what follows in that chat, while another chat is served', async () => {
    const one = await person();
    const other = await person();
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'http429', count: 1, delayMs: 4_000 });
    await one.buyer.say('/help');
    await until('the answer is put off', () => shop.db('telegram_updates').where({ put_offs: 1 }).first('update_id'));
    await one.buyer.say('/terms');
    await other.buyer.say('/help');
    const meanwhile = await other.buyer.see(/Как подключиться/);
    const late = await one.buyer.see(/Как подключиться/);
    const next = await one.buyer.see(/Доступ выдаётся/);
    expect([meanwhile.id, late.id, next.id]).toEqual([meanwhile.id, late.id, next.id].toSorted((a, b) => a - b));
    await until('all is handled', async () => (await updates(one.telegramId)).length === 3);
    expect((await updates(one.telegramId)).map((update) => [update.put_offs, update.error_code])).toEqual([
      [0, null],
      [1, null],
      [0, null],
    ]);
    expect(await heard(one.buyer, /Как подключиться/)).toBe(1);
  });

  it('does what it answers once: a trial, and the order after an e-mail', async () => {
    const { buyer, telegramId: id } = await person();
    await fault(shop, { target: 'telegram', operation: 'editMessageText', mode: 'http429', count: 1 });
    // Returns only once the press is answered, and that is before its screen.
    await buyer.press(/Попробовать/);
    await buyer.see(/Пробный доступ ваш/);
    await until('the press is handled', async () => (await updates(id)).at(-1)?.put_offs === 1);
    expect([await facts('trials', id), await facts('subscriptions', id)]).toEqual([1, 1]);
    await buyer.seeLink();

    await buyer.say('/start');
    await buyer.press(/Купить/);
    await buyer.press(/^1 месяц/);
    await buyer.press(/Карта или СБП$/);
    await buyer.see(/Куда отправить чек/);
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'http429', count: 1 });
    await buyer.say('buyer@example.com');
    await buyer.see(/Ждём оплату/);
    await until('the text is handled', async () => (await updates(id)).at(-1)?.put_offs === 1);
    expect([await heard(buyer, /Чеки придут на buyer@example.com/), await facts('orders', id), await facts('payments', id)]).toEqual([
      1, 1, 1,
    ]);
  });

  it('keeps nobody from paying: the question before a payment waits for no answer, and is answered as soon as Telegram takes it', async () => {
    const { buyer, telegramId: id } = await person();
    const { id: paymentId } = await openPayment(shop, { buyer, telegramId: id, provider: 'stars' });
    const payment: { pay_url: string } = await shop.db('payments').where({ id: paymentId }).first('pay_url');
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'http429', count: 1, delayMs: 4_000 });
    await buyer.say('/help');
    await until('the answer is put off', async () => {
      const open: Update | undefined = await shop.db('telegram_updates').where({ telegram_user_id: id, put_offs: 1 }).first();
      return open !== undefined;
    });
    await fault(shop, { target: 'telegram', operation: 'answerPreCheckoutQuery', mode: 'http429', count: 1 });
    const body = JSON.stringify({ url: payment.pay_url });
    const verdict = await fetch(`${shop.sandbox.url}/sandbox/users/${id}/stars-payments`, { method: 'POST', body });
    expect(await verdict.json()).toMatchObject({ ok: true });
    await until('the payment is recorded', () => shop.db('charges').where({ payment_id: paymentId }).first('id'));
    expect(await heard(buyer, /Как подключиться/)).toBe(0);
    await buyer.see(/Доступ открыт до/);
    await buyer.see(/Как подключиться/);
  });

  it('is not doubled where it may have arrived', async () => {
    const { buyer, telegramId: id } = await person();
    await fault(shop, { target: 'telegram', operation: 'sendMessage', mode: 'drop', count: 1 });
    await buyer.say('/help');
    await buyer.say('/terms');
    await buyer.see(/Доступ выдаётся/);
    await until('both are handled', async () => (await updates(id)).length === 3);
    expect(await heard(buyer, /Как подключиться/)).toBe(1);
    expect((await updates(id))[1]).toMatchObject({ put_offs: 0, error_code: 'TelegramUnknownOutcome' });
    // An edit that may have arrived is made again: the second changes nothing.
    await fault(shop, { target: 'telegram', operation: 'editMessageText', mode: 'refuse', count: 1 });
    await buyer.press(/^1 месяц/);
    await buyer.see(/Как удобнее оплатить/);
    await until('the press is handled', async () => (await updates(id)).length === 4);
    expect((await updates(id))[3]).toMatchObject({ put_offs: 1, error_code: null });
  });
});
