import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { languages } from '../../domain/language';
import { stageRank, type OrderScreenData, type OrderStage } from '../../domain/order';
import { parseHtml, readKeyboard } from '../../../sandbox/telegram/rules';
import { decodePress, encodePress } from '../callbackData';
import { en } from '../texts/en';
import { ru } from '../texts/ru';
import { escapeHtml, formatMoney } from './format';
import { orderScreen } from './orderScreen';
import { readyScreen } from './readyScreen';
import type { Screen } from './screen';

const nasty = '<b>&"Тариф"</b>'.repeat(4);
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
    payment: { paymentId: 'pay_1', provider: 'yookassa', payUrl: 'https://pay.example/1', asked: { minor: 29_900, currency: 'RUB' } },
    otherProviders: ['stars'],
    expiresAt: new Date('2026-12-01T10:00:00Z'),
    subscription: {
      id: `sub_${'b'.repeat(20)}`,
      endsAt: new Date('2026-12-24T10:00:00Z'),
      feedUrl: 'https://s.example/sub/t',
      openUrl: 'https://s.example/open/app/t',
    },
  };
}

/** What Telegram would say to a screen. */
function accepted(screen: Screen): void {
  expect(parseHtml(screen.html).length).toBeLessThanOrEqual(4_096);
  const rows = screen.keyboard.map((row) =>
    row.map((button) =>
      'url' in button ? { text: button.label, url: button.url } : { text: button.label, callback_data: button.callback },
    ),
  );
  expect(readKeyboard({ inline_keyboard: rows })).toHaveLength(rows.length);
}

describe.each(languages)('screens in %s', (language) => {
  it.each(stages)('of an order at the stage %s are accepted by Telegram', (stage) => accepted(orderScreen(data(stage, language))));

  it('with the link are accepted too', () => {
    accepted(readyScreen(data('ready', language)));
    accepted(readyScreen({ ...data('ready', language), renewsSubscription: true }));
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
});

it('both languages have the same commands, refusals and states, and no empty text', () => {
  const leaves = (value: unknown): unknown[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [value];
  for (const texts of [ru, en])
    expect(leaves(texts).every((leaf) => typeof leaf === 'function' || (typeof leaf === 'string' && leaf.trim() !== ''))).toBe(true);
  expect(ru.commands.map((entry) => entry.command)).toEqual(en.commands.map((entry) => entry.command));
});

describe('callback data', () => {
  it('fits into 64 bytes and is read back', () => {
    const press = { kind: 'renew', args: [`sub_${'z'.repeat(20)}`, 'yookassa'] } as const;
    const text = encodePress({ kind: press.kind, args: [...press.args] });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64);
    expect(decodePress(text)).toEqual(press);
  });

  it.each(['', '1', '0:home', '1:nothing', '1:sub:short', '1:constructor', '1:lang:de', '1:home:extra'])(
    'of another kind ("%s") is nothing',
    (text) => {
      expect(decodePress(text)).toBeUndefined();
    },
  );
});
