import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop } from '../../sandbox/demoShop';
import type { Buyer } from '../../sandbox/buyer';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import { createShop } from '../../src/temporal/shop';
import { atProvider, balanceOf, openPayment, type OpenedPayment } from '../support/buying';
import { post } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { until } from '../support/until';

const operatorId = 900;

describe('operators in the bot', () => {
  let shop: TestShop;
  let operator: Buyer;
  let lastId = 71_000;
  beforeAll(async () => {
    shop = await openTestShop({ shopFile: fullShop });
    operator = shop.buyer(operatorId);
    await operator.say('/start');
    await operator.see(/Выберите тариф/);
  });
  afterAll(() => shop.close());

  async function opened(provider: string): Promise<{ buyer: Buyer; telegramId: number; payment: OpenedPayment }> {
    lastId += 1;
    const telegramId = lastId;
    const buyer = shop.buyer(telegramId);
    return { buyer, telegramId, payment: await openPayment(shop, { buyer, telegramId, provider }) };
  }

  async function audited(action: string, target: string): Promise<readonly { actor: string }[]> {
    return shop.db('audit_log').where({ action, target }).select('actor');
  }

  /** A press as it comes from a second phone, or from somebody who made it up. */
  async function pressAs(telegramId: number, data: string): Promise<void> {
    const message = (await shop.buyer(telegramId).chat()).at(-1);
    await post(`${shop.sandbox.url}/sandbox/telegram/updates`, {
      update: {
        callback_query: {
          id: 'second',
          from: { id: telegramId, is_bot: false, first_name: 'A' },
          chat_instance: '1',
          data,
          message: { message_id: message?.id ?? 1, chat: { id: telegramId, type: 'private' }, date: 1, text: 'x' },
        },
      },
    });
  }

  it('find a transfer with its proof, take it once, and a second press says who did', async () => {
    const { buyer, payment } = await opened('manual');
    await buyer.sendPhoto();
    await buyer.see(/Спасибо, получили/);
    await buyer.press(/Я перевёл деньги/);
    await operator.see(/Transfer to check/);
    await operator.say('/operator');
    await operator.press(/^🏦 Переводы \(1\)/);
    await operator.press(/Снимок/);
    await until('the proof is shown', async () => (await operator.chat()).some((message) => message.html === payment.id));
    await operator.see(/Сообщил .* есть снимок/);
    const { version }: { version: number } = await shop.db('transfers').where({ payment_id: payment.id }).first('version');
    await operator.press(/Деньги пришли/);
    await buyer.see(/Доступ открыт до/);
    await operator.see(/✅ Over: Transfer to check/);
    await pressAs(operatorId, `1:opsDecide:${payment.id}:yes:${version}`);
    await operator.see(/Это уже решено\. approved by operator:900 at \d{4}/);
    expect(await shop.db('charges').where({ payment_id: payment.id })).toHaveLength(1);
    expect(await audited('transfer.approved', payment.id)).toEqual([{ actor: `operator:${operatorId}` }]);
  });

  it('decline a transfer with a reason that the buyer reads', async () => {
    const { buyer, payment } = await opened('manual');
    await buyer.press(/Я перевёл деньги/);
    await buyer.see(/Проверяем перевод/);
    await operator.say('/operator');
    await operator.press(/^🏦 Переводы \(1\)/);
    await operator.press(/Не найден/);
    await operator.see(/Что написать покупателю/);
    await operator.say('Перевод <не> пришёл до вечера');
    await buyer.see(/Ваш перевод не найден[^]*Перевод &lt;не&gt; пришёл до вечера/);
    expect(await audited('transfer.declined', payment.id)).toHaveLength(1);
    expect(await balanceOf(shop, payment.user_id)).toBe(0);
  });

  it('take a transfer that a slow bank brings after it was declined, and old ones keep no amount for ever', async () => {
    const { buyer, payment } = await opened('manual');
    await buyer.press(/Я перевёл деньги/);
    await buyer.see(/Проверяем перевод/);
    const port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
    const decide = (verdict: 'approved' | 'declined'): Promise<{ outcome: string }> =>
      port.decideTransfer({ userId: payment.user_id, key: `${verdict}-${payment.id}`, paymentId: payment.id, verdict, actor: 'test' });
    expect((await decide('declined')).outcome).toBe('done');
    await buyer.see(/Заказ отменён/);
    expect((await decide('approved')).outcome).toBe('done');
    await buyer.see(/Доступ открыт до/);
    expect(await shop.db('charges').where({ payment_id: payment.id })).toHaveLength(1);
    await shop.db.raw(
      `insert into payments select (jsonb_populate_record(null::payments, to_jsonb(p) || jsonb_build_object('id', 'pay_' || places.name || n,
         'asked_minor', 29900 + n, 'attempt', 100 + n + length(places.name) * 1000, 'state', 'expired', 'external_id', null, 'place', places.name,
         'created_at', now() - interval '40 days'))).* from payments p, generate_series(1, 99) n, (values ('main'), ('phone')) places (name)
       where p.id = ? on conflict do nothing`,
      [payment.id],
    );
    const next = await opened('manual');
    await next.buyer.press(/Отменить заказ/);
    await next.buyer.see(/Заказ отменён/);
    const closed: { state: string } = await shop.db('payments').where({ id: next.payment.id }).first('state');
    expect(closed.state).toBe('expired');
  });

  it('give money that was put aside to its buyer, once, and leave what cannot be valued', async () => {
    const foreign = await opened('yookassa');
    await atProvider(shop, { action: 'pay', paymentId: foreign.payment.id, body: { currency: 'USD' } });
    const entry = async (paymentId: string): Promise<{ id: string; resolved_at: Date | null } | undefined> =>
      shop.db('quarantine').where({ payment_id: paymentId }).first();
    await until('the dollars are put aside', async () => (await entry(foreign.payment.id)) !== undefined);
    await operator.say('/operator');
    await operator.press(/^🧾 Отложено \(1\)/);
    await operator.press(/На баланс покупателя/);
    await operator.see(/keep it, and correct the balance/);
    await operator.say('/operator');
    await operator.press(/^🧾 Отложено \(1\)/);
    await operator.press(/Оставить, решено/);
    await until('it is decided', async () => (await entry(foreign.payment.id))?.resolved_at !== null);
    expect(await balanceOf(shop, foreign.payment.user_id)).toBe(0);
    const id = (await entry(foreign.payment.id))?.id ?? '';
    expect(await audited('quarantine.keep', id)).toEqual([{ actor: `operator:${operatorId}` }]);

    // An invoice of Crypto Pay is paid exactly: another sum was asked by somebody else.
    const short = await opened('cryptopay');
    await atProvider(shop, { action: 'pay', paymentId: short.payment.id, body: { amount: '100.00' } });
    const made = await until('the roubles are put aside', () => entry(short.payment.id));
    await operator.say('/operator');
    await operator.press(/^🧾 Отложено \(1\)/);
    await operator.press(/На баланс покупателя/);
    await short.buyer.see(/100.*лежат на вашем балансе/);
    expect(await balanceOf(shop, short.payment.user_id)).toBe(10_000);
    await pressAs(operatorId, `1:opsEntry:${made.id}:credit`);
    await operator.see(/Это уже решено/);
    expect(await balanceOf(shop, short.payment.user_id)).toBe(10_000);
    expect(await audited('quarantine.credit', made.id)).toHaveLength(1);
  });

  it('give the money of an order back: to the balance at once, by hand where the provider has no way', async () => {
    const bought = await opened('cryptopay');
    await atProvider(shop, { action: 'pay', paymentId: bought.payment.id });
    await bought.buyer.see(/Доступ открыт до/);
    await operator.say(`/refund ${bought.payment.order_id}`);
    await operator.press(/Всё, тем же способом/);
    await operator.see(/by hand/);
    await operator.say('/operator');
    await operator.press(/^↩️ Возвраты \(1\)/);
    await operator.press(/Я отправил деньги/);
    await bought.buyer.see(/возвращаются к вам/);
    const refund: { id: string } = await shop.db('refunds').where({ payment_id: bought.payment.id }).first('id');
    expect(await audited('refund.requested', bought.payment.order_id)).toEqual([{ actor: `operator:${operatorId}` }]);
    expect(await audited('refund.by_hand', refund.id)).toEqual([{ actor: `operator:${operatorId}` }]);

    const other = await opened('yookassa');
    await atProvider(shop, { action: 'pay', paymentId: other.payment.id });
    await other.buyer.see(/Доступ открыт до/);
    await operator.say(`/refund ${other.payment.order_id}`);
    await operator.press(/Всё, на баланс/);
    await other.buyer.see(/возвращены на баланс/);
    expect(await balanceOf(shop, other.payment.user_id)).toBe(29_900);
    await operator.say('/refund ord_unknown');
    await operator.see(/Какой заказ/);
  });

  it('are the only ones: a buyer who forges a press or a command changes nothing', async () => {
    const { buyer, telegramId, payment } = await opened('yookassa');
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
    await pressAs(telegramId, `1:opsGive:${payment.order_id}:full:balance`);
    await buyer.say(`/refund ${payment.order_id}`);
    await buyer.say('/operator');
    await until('all of it was answered', async () => {
      const rows: readonly object[] = await shop.db('telegram_updates').where({ telegram_user_id: telegramId }).whereNull('handled_at');
      return rows.length === 0;
    });
    expect(await shop.db('refunds').where({ payment_id: payment.id })).toEqual([]);
    expect((await buyer.chat()).some((entry) => /Для операторов/.test(entry.html))).toBe(false);
  });
});
