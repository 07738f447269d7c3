import { describe, expect, it } from '@jest/globals';
import { expectAccepted } from '../../../test/support/screens';
import { languages } from '../../domain/language';
import { defaultPausePolicy } from '../../domain/pause';
import type { Plan } from '../../domain/plan';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { decodePress } from '../callbackData';
import { autoScreen, doneScreen, manageScreen, moveScreen, movesScreen, pauseScreen } from './ownershipScreens';
import { noticeFor } from './notices';
import type { Screen } from './screen';
import { subscriptionScreen } from './subscriptionScreens';

const nasty = '<b>&"Тариф"</b>';
const now = new Date('2026-12-01T09:30:00Z');
const endsAt = new Date('2026-12-24T10:00:00Z');
const plan: Plan = {
  id: 'p'.repeat(24),
  title: { ru: nasty, en: nasty },
  period: { value: 1, unit: 'year' },
  price: { minor: 249_000, currency: 'RUB' },
  serverIds: ['nl'],
  choosesServer: false,
  soldOut: false,
};

function kindsOf(screen: Screen): readonly (string | undefined)[] {
  expectAccepted(screen);
  return screen.keyboard.flat().map((button) => ('callback' in button ? decodePress(button.callback)?.kind : 'url'));
}

describe.each(languages)('what an owner can do, in %s', (language) => {
  const data: SubscriptionScreenData = {
    id: `sub_${'b'.repeat(20)}`,
    language,
    timeZone: 'Europe/Moscow',
    status: 'active',
    planId: 'month',
    planTitle: { ru: nasty, en: nasty },
    planForSale: true,
    endsAt,
    pausedUntil: undefined,
    traffic: undefined,
    deviceLimit: 3,
    servers: [],
    feedUrl: 'https://s.example/sub/t',
    openUrl: 'https://s.example/open/app/t',
  };

  it('is accepted by Telegram and leads to where it says', () => {
    expect(kindsOf(manageScreen(data))).toEqual(['pause', 'auto', 'moves', 'sub']);
    const kept = [{ id: `svm_${'c'.repeat(20)}`, title: nasty }];
    expect(kindsOf(autoScreen(data, plan.price, kept))).toEqual(['autoOn', 'autoOn', 'manage']);
    expect(kindsOf(pauseScreen(data, defaultPausePolicy, 2))).toEqual(['pauseOk', 'manage']);
    expect(kindsOf(movesScreen(data, [plan]))).toEqual(['move', 'manage']);
    expect(kindsOf(movesScreen(data, []))).toEqual(['manage']);
    expect(kindsOf(moveScreen(data, { plan, endsAt, tag: 'abcd' }, now))).toEqual(['moveOk', 'moves']);
    expect(kindsOf(doneScreen(data, nasty.replaceAll(/[<>&"]/g, '')))).toEqual(['sub']);
  });

  it('a subscription that renews itself says when and with what, and ends that in one press', () => {
    const autoRenewal = { at: endsAt, amount: plan.price, title: nasty };
    const screen = subscriptionScreen({ ...data, autoRenewal }, undefined, now);
    expect(kindsOf(screen)).toContain('autoOff');
    expect(screen.html).toMatch(language === 'ru' ? /24 декабря 2026 спишем 2[\s\S]490/ : /2,490[\s\S]* on 24 December 2026/);
    expect(kindsOf(subscriptionScreen(data, undefined, now))).not.toContain('autoOff');
    expect(kindsOf(manageScreen({ ...data, autoRenewal }))).not.toContain('auto');
    const offer = { plan: { ...plan, price: { minor: 79_900, currency: 'RUB' } }, endsAt, tag: 'abcd' };
    const move = moveScreen({ ...data, autoRenewal }, offer, now);
    expectAccepted(move);
    expect(move.html).toMatch(/🔁.*799/);
    expect(moveScreen(data, offer, now).html).not.toContain('🔁');
    for (const title of [null, 'Visa']) {
      const params = { amount: plan.price, title, timeZone: 'UTC' };
      const day = '2026-12-24T00:00:00Z';
      const texts = [
        noticeFor({ kind: 'renewal_ahead', params: { ...params, at: day } }, language).html,
        noticeFor({ kind: 'auto_renewed', params: { ...params, endsAt: day } }, language).html,
        noticeFor({ kind: 'renewal_declined', params: { ...params, nextAt: day } }, language).html,
        noticeFor({ kind: 'renewal_declined', params: { ...params, nextAt: null } }, language).html,
      ];
      expect(new Set(texts).size).toBe(4);
      for (const text of texts) expect(text).toMatch(title === null ? /баланс|balance/ : /Visa/);
    }
  });

  it('stands on the subscription while it is live, and going on while it is paused', () => {
    expect(kindsOf(subscriptionScreen(data, undefined, now))).toContain('manage');
    const paused = kindsOf(subscriptionScreen({ ...data, status: 'paused', pausedUntil: endsAt }, undefined, now));
    expect(paused).toContain('resume');
    expect(paused).not.toContain('manage');
    expect(kindsOf(subscriptionScreen({ ...data, status: 'lapsed' }, undefined, now))).not.toContain('manage');
  });
});
