import { describe, expect, it } from '@jest/globals';
import { expectAccepted } from '../../../test/support/screens';
import type { Extra } from '../../domain/extra';
import { languages } from '../../domain/language';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { extraMethodsScreen, extraReadyScreen, extrasScreen } from './extraScreens';

const nasty = '<b>&"Ещё"</b>';
const price = { minor: 9_900, currency: 'RUB' };
const id = 'the-longest-id-of-an-ext';
const more: Extra = { id, title: { ru: nasty, en: nasty }, price, adds: { trafficBytes: 1024 ** 3 } };
const two: Extra = { id: 'two', title: { ru: nasty, en: nasty }, price, adds: { devices: 2 } };
const methods = [
  { provider: 'cloudpayments', choice: undefined },
  { provider: 'yookassa', choice: 'sbp' },
];

describe.each(languages)('screens of extras in %s', (language) => {
  const data: SubscriptionScreenData = {
    id: `sub_${'b'.repeat(20)}`,
    language,
    timeZone: 'Europe/Moscow',
    status: 'active',
    planId: 'month',
    planTitle: { ru: nasty, en: nasty },
    planForSale: true,
    pausedUntil: undefined,
    endsAt: new Date('2026-12-24T10:00:00Z'),
    traffic: { limitBytes: 1, usedBytes: 0, resets: 'period', isUsedUp: false },
    deviceLimit: 3,
    servers: [],
    feedUrl: 'https://s.example/sub/t',
    openUrl: 'https://s.example/open/app/t',
  };
  const balance = { minor: 0, currency: 'RUB' };

  it('are accepted by Telegram, and say how long what is for sale lasts', () => {
    for (const list of [[], [more], [two], [more, two]]) expectAccepted(extrasScreen(data, list));
    const devicesOnly = extrasScreen(data, [two]).html;
    expect(devicesOnly).toMatch(/24 (декабря|December) 2026/);
    expect(devicesOnly).not.toMatch(/не переносится|carried over/);
    expect(extrasScreen(data, [more]).html).toMatch(/не переносится|carried over/);
    expectAccepted(extraReadyScreen({ language, planTitle: more.title }));
  });

  it('offer every way to pay, the balance only where it suffices', () => {
    const poor = extraMethodsScreen(data, more, { methods, balance });
    const rich = extraMethodsScreen(data, more, { methods, balance: price });
    for (const screen of [poor, rich, extraMethodsScreen(data, two, { methods: [], balance })]) expectAccepted(screen);
    expect([poor.keyboard.length, rich.keyboard.length]).toEqual([3, 4]);
  });
});
