import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { languages } from '../../domain/language';
import type { SubscriptionScreenData } from '../../domain/subscription';
import type { ShownPaymentState } from '../../domain/paymentLine';
import { trialPlanId } from '../../domain/trial';
import { stageRank, type OrderScreenData, type OrderStage } from '../../domain/order';
import { parseHtml } from '../../../sandbox/telegram/rules';
import { expectAccepted } from '../../../test/support/screens';
import { decodePress, encodePress } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import { devicesScreen } from './devicesScreen';
import { keptMethodScreen, noticeFor, type PlainNotice } from './notices';
import { orderScreen } from './orderScreen';
import { readyScreen } from './readyScreen';
import { balanceScreen, plansScreen } from './shopScreens';
import { subscriptionScreen } from './subscriptionScreens';
import { joinScreen, trialStartedScreen } from './trialScreens';

const nasty = '<b>&"Тариф"</b>'.repeat(4);
const now = new Date('2026-12-01T09:30:00Z');
const stages = Object.keys(stageRank) as OrderStage[];

function data(stage: OrderStage, language: 'ru' | 'en'): OrderScreenData {
  return {
    orderId: `ord_${'a'.repeat(20)}`,
    language,
    timeZone: 'Europe/Moscow',
    planTitle: { ru: nasty, en: nasty },
    price: { minor: 29_900, currency: 'RUB' },
    stage,
    renewsSubscription: false,
    kind: 'plan',
    isGift: false,
    fromBalance: { minor: 100, currency: 'RUB' },
    payment: {
      paymentId: `pay_${'c'.repeat(20)}`,
      provider: 'yookassa',
      payUrl: 'https://pay.example/1',
      instructions: undefined,
      asked: { minor: 29_900, currency: 'RUB' },
      held: { minor: 100, currency: 'RUB' },
      transfer: undefined,
    },
    otherMethods: true,
    expiresAt: new Date('2026-12-01T10:00:00Z'),
    subscription: {
      id: `sub_${'b'.repeat(20)}`,
      endsAt: new Date('2026-12-24T10:00:00Z'),
      feedUrl: 'https://s.example/sub/t',
      openUrl: 'https://s.example/open/app/t',
    },
  };
}

describe.each(languages)('screens in %s', (language) => {
  it.each(stages)('of an order at the stage %s are accepted by Telegram', (stage) =>
    expectAccepted(orderScreen(data(stage, language), now)),
  );

  it('of an order that was given back say that access is closed only where nothing else keeps it open', () => {
    const texts = textsFor(language).order;
    const order = data('refunded', language);
    const { subscription } = order;
    if (subscription === undefined) throw new Error('no subscription');
    const plan = escapeHtml(nasty);
    const over = { ...order, subscription: { ...subscription, endsAt: now } };
    expect(orderScreen(over, now).html).toBe(texts.refunded({ plan }));
    const callbacks = (shown: OrderScreenData): string => JSON.stringify(orderScreen(shown, now).keyboard);
    expect(callbacks(over)).toContain(encodePress({ kind: 'plans', args: [] }));
    expect(callbacks(order)).toContain(encodePress({ kind: 'subs', args: [] }));
    expect(orderScreen(order, now).html).toBe(
      texts.refundedGoesOn({ plan, end: language === 'ru' ? '24 декабря 2026' : '24 December 2026' }),
    );
    const topup = orderScreen({ ...order, kind: 'topup' }, now);
    expectAccepted(topup);
    expect(topup.html).toBe(texts.refundedTopup({ amount: formatMoney(order.price, language) }));
  });

  it('of a transfer by hand and of one by wallet are accepted, with everything that has to be copied', () => {
    const { payment, ...rest } = data('waiting', language);
    if (payment === undefined) throw new Error('no payment');
    const transfer = { kind: 'transfer', way: 'card', number: nasty, holder: nasty, bank: nasty } as const;
    const link = 'ton://transfer/UQ?amount=1&text=pay_1';
    const ton = { kind: 'ton', address: 'UQ-address', amount: '1.196', ticker: 'TON', comment: 'pay_1', link } as const;
    expectAccepted(orderScreen({ ...rest, payment: { ...payment, instructions: transfer, transfer: 'awaiting' } }, now));
    const wallet = orderScreen({ ...rest, payment: { ...payment, instructions: ton } }, now);
    expectAccepted(wallet);
    for (const text of ['<code>UQ-address</code>', '<code>1.196 TON</code>', '<code>pay_1</code>']) expect(wallet.html).toContain(text);
  });

  it('of devices are accepted, and every one can be removed', () => {
    const subscription: SubscriptionScreenData = {
      id: `sub_${'b'.repeat(20)}`,
      language,
      timeZone: 'Europe/Moscow',
      status: 'active',
      planId: 'month',
      planTitle: { ru: nasty, en: nasty },
      planForSale: true,
      pausedUntil: undefined,
      endsAt: new Date('2026-12-24T10:00:00Z'),
      traffic: undefined,
      deviceLimit: 20,
      servers: [],
      feedUrl: 'https://s.example/sub/t',
      openUrl: 'https://s.example/open/app/t',
    };
    const since = new Date('2026-11-26T10:00:00Z');
    const device = { id: `dev_${'d'.repeat(20)}`, os: nasty.slice(0, 60), osVersion: nasty.slice(0, 60), model: nasty.slice(0, 60), since };
    const screen = devicesScreen(
      subscription,
      50,
      Array.from({ length: 50 }, () => device),
    );
    expectAccepted(screen);
    const presses = screen.keyboard.flat().map((button) => ('callback' in button ? decodePress(button.callback) : undefined));
    expect(presses.filter((press) => press?.kind === 'dropDevice' && press.args[1] === device.id)).toHaveLength(50);
    expectAccepted(devicesScreen(subscription, 3, []));
    expect(devicesScreen(subscription, 3, [{ ...device, os: undefined, osVersion: undefined, model: undefined }]).html).toMatch(
      language === 'ru' ? /1 из 3.*1\. Устройство — с 26 ноября 2026/s : /1 of 3.*1\. Device — since 26 November 2026/s,
    );
    const callbacks = (data: SubscriptionScreenData): string => JSON.stringify(subscriptionScreen(data, undefined, now).keyboard);
    expect(callbacks(subscription)).toContain(encodePress({ kind: 'devices', args: [subscription.id] }));
    expect(callbacks({ ...subscription, deviceLimit: undefined })).not.toContain('devices');
  });

  it('of every piece of news are accepted', () => {
    const amount = { minor: 29_900, currency: 'RUB' };
    const all: readonly PlainNotice[] = [
      { kind: 'credited_second', params: { amount } },
      { kind: 'credited_late', params: { amount } },
      { kind: 'underpaid', params: { received: amount, rest: amount } },
      { kind: 'overpaid', params: { amount } },
      { kind: 'released', params: { amount } },
      { kind: 'topped_up', params: { amount } },
      { kind: 'refunded', params: { amount, destination: 'balance' } },
      { kind: 'refunded', params: { amount, destination: 'provider' } },
      { kind: 'disputed', params: {} },
      { kind: 'dispute_won', params: {} },
      { kind: 'transfer_declined', params: { reason: nasty } },
      { kind: 'corrected', params: { amount, sign: -1, reason: nasty } },
      { kind: 'method_saved', params: { title: nasty } },
      { kind: 'renewal_stopped', params: {} },
    ];
    for (const notice of all) expectAccepted(noticeFor(notice, language));
  });

  it('of the balance say what becomes of money for a payment that was replaced, where there is one', () => {
    const texts = textsFor(language);
    const line = { planTitle: nasty, asked: { minor: 29_900, currency: 'RUB' }, day: '1' };
    const screen = (states: readonly ShownPaymentState[]): string => {
      const payments = states.map((state) => ({ ...line, state }));
      const shown = balanceScreen({ language, balance: line.asked, canTopUp: true, invites: true, saved: [], payments });
      expectAccepted(shown);
      return shown.html;
    };
    expect(screen(['pending', 'replaced'])).toContain(` · ${texts.paymentStates.replaced}\n\n${texts.paymentsReplaced}`);
    expect(screen(['pending', 'checking', 'cancelled'])).not.toContain(texts.paymentsReplaced);
  });

  it('of a trial are accepted', () => {
    expectAccepted(trialStartedScreen(language));
    expectAccepted(joinScreen(language, { chat: '@news', url: 'https://t.me/news' }));
    const plan = {
      id: trialPlanId,
      title: { ru: nasty, en: nasty },
      price: { minor: 0, currency: 'RUB' },
      serverIds: [],
      choosesServer: false,
    };
    const trial = { ...plan, period: { value: 3, unit: 'day' }, soldOut: false } as const;
    const screen = plansScreen({ language, shop: { name: nasty }, plans: [trial], owns: false, note: undefined, trial });
    expectAccepted(screen);
    expect(screen.keyboard[0]?.[0]?.label).toMatch(language === 'ru' ? /бесплатно: 3 дня$/ : /free: 3 days$/);
  });

  it('with the link are accepted too', () => {
    expectAccepted(readyScreen(data('ready', language)));
    expectAccepted(readyScreen({ ...data('ready', language), renewsSubscription: true }));
  });
});

it('a text of a person cannot become markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHtml(text)).not.toMatch(/[<>]/);
      expect(() => parseHtml(`<b>${escapeHtml(text)}</b>`)).not.toThrow();
    }),
  );
});

it('amounts are written as readers of the language write them', () => {
  expect(formatMoney({ minor: 29_900, currency: 'RUB' }, 'ru').replace(/\s/g, ' ')).toBe('299 ₽');
  expect(formatMoney({ minor: 350, currency: 'USD' }, 'en')).toBe('$3.50');
  expect(formatMoney({ minor: 150, currency: 'XTR' }, 'en')).toBe('⭐ 150');
  expect(formatMoney({ minor: 29_950, currency: 'RUB' }, 'ru').replace(/\s/g, ' ')).toBe('299,50 ₽');
  expect(formatMoney({ minor: 1_196_000_000, currency: 'TON' }, 'ru').replace(/\s/g, ' ')).toBe('1,196 TON');
  expect(formatMoney({ minor: 1_200_000_000, currency: 'TON' }, 'en').replace(/\s/g, ' ')).toMatch(/1\.20/);
});

it('both languages have the same commands, refusals and states, and no empty text', () => {
  const leaves = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
  const [ru, en] = [textsFor('ru'), textsFor('en')];
  for (const texts of [ru, en])
    expect(leaves(texts).every((leaf) => typeof leaf === 'function' || (typeof leaf === 'string' && leaf.trim() !== ''))).toBe(true);
  expect(Object.keys(ru.commands)).toEqual(Object.keys(en.commands));
});

describe('news', () => {
  it('are written in their own words, also where a screen has a text of the same name', () => {
    const params = { amount: { minor: 167, currency: 'XTR' }, endsAt: '2027-01-26T03:00:00Z', timeZone: 'UTC' };
    expect(noticeFor({ kind: 'renewed', params }, 'ru').html).toMatch(/Списано ⭐ 167\. Подписка продлена до 26 января 2027/);
    expect(noticeFor({ kind: 'renewed', params }, 'en').html).toMatch(/⭐ 167 charged\. Your subscription now runs until/);
  });
});

describe('news of a way of paying that was kept', () => {
  const at = new Date('2026-12-26T22:00:00Z');
  const amount = { minor: 29_900, currency: 'RUB' };
  const shop = { by: 'shop', subscriptionId: `sub_${'b'.repeat(20)}`, amount, at } as const;
  const provider = { by: 'provider', methodId: `svm_${'c'.repeat(20)}`, at } as const;

  it.each([
    ['ru', shop, /Автопродление включено: первое списание — 27 декабря 2026, 299\s₽/],
    ['en', shop, /Automatic renewal is on: the first charge is ₽299 on 27 December 2026/],
    ['ru', provider, /Автопродление включено: следующее списание, на ту же сумму, — 27 декабря 2026\. Его делает сам Telegram/],
    ['en', provider, /Automatic renewal is on: Telegram itself charges the same amount next on 27 December 2026/],
  ] as const)('says in %s that renewal is on, when it is charged first, and ends it in one press', (language, renewal, words) => {
    const screen = keptMethodScreen({ language, timeZone: 'Europe/Moscow', title: nasty, renewal });
    expectAccepted(screen);
    expect(screen.html).toMatch(words);
    const [[off] = []] = screen.keyboard;
    expect(off?.label).toBe(textsFor(language).renewal.off);
    const press = off !== undefined && 'callback' in off ? decodePress(off.callback) : undefined;
    expect(press).toEqual(
      renewal.by === 'shop' ? { kind: 'autoOff', args: [renewal.subscriptionId] } : { kind: 'forget', args: [renewal.methodId] },
    );
  });
});

describe('callback data', () => {
  it('fits into 64 bytes and is read back', () => {
    const press = { kind: 'renew', args: [`sub_${'z'.repeat(20)}`, 'cloudpayments', 'y'] } as const;
    const text = encodePress({ kind: press.kind, args: [...press.args] });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64);
    expect(decodePress(text)).toEqual(press);
  });

  it('of buttons from before a way of paying had a manner is still read', () => {
    expect(decodePress('1:buy:month:yookassa')).toEqual({ kind: 'buy', args: ['month', 'yookassa', 'n'] });
    expect(decodePress('1:plan:month')).toEqual({ kind: 'plan', args: ['month', 'n'] });
  });

  it.each(['', '1', '0:home', '1:nothing', '1:sub:short', '1:constructor', '1:lang:de', '1:home:extra'])(
    'of another kind ("%s") is nothing',
    (text) => {
      expect(decodePress(text)).toBeUndefined();
    },
  );
});
