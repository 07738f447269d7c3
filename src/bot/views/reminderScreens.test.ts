import { describe, expect, it } from '@jest/globals';
import { expectAccepted } from '../../../test/support/screens';
import { languages, type Language } from '../../domain/language';
import { defaultReminderPolicy, dueAt, type ReminderKind, type ShopDay } from '../../domain/reminder';
import { reminderScreen } from './reminderScreens';

const hourMs = 3_600_000;
const timeZone = 'Europe/Moscow';
const endsAt = new Date('2026-12-01T19:30:00Z');
const day: ShopDay = { timeZone, quiet: undefined };
const quietNights: ShopDay = { timeZone, quiet: { fromMinute: 22 * 60, toMinute: 9 * 60 } };

const closed = {
  ru: /Доступ закрыт: подписка закончилась 1 декабря 2026\./,
  en: /Access is closed: the subscription ended on 1 December 2026\./,
};
const open = {
  ru: (until: string) => new RegExp(`Подписка закончилась 1 декабря 2026, но доступ пока открыт: до ${until}\\.`),
  en: (until: string) => new RegExp(`Your subscription ended on 1 December 2026; access is still open until ${until}\\.`),
};

/** What is written when the reminder of that kind is due, or so much later. */
function written(language: Language, kind: ReminderKind, shop: { graceHours: number; day: ShopDay; lateMs?: number }): string {
  const subject = { userId: 1, endsAt, since: new Date(0), startedAt: new Date(0) };
  const due = dueAt(kind, subject, { policy: { ...defaultReminderPolicy, spreadMs: 0 }, day: shop.day });
  const screen = reminderScreen({
    kind,
    language,
    timeZone,
    planTitle: { ru: '<Месяц>', en: '<Month>' },
    subscription: { id: `sub_${'b'.repeat(20)}`, endsAt, openUrl: 'https://s.example/open/app/t' },
    offer: { price: { minor: 29_900, currency: 'RUB' }, method: 'yookassa' },
    graceMs: shop.graceHours * hourMs,
    now: new Date((due?.getTime() ?? Number.NaN) + (shop.lateMs ?? 0)),
  });
  expectAccepted(screen);
  return screen.html;
}

describe.each(languages)('a reminder after the end, in %s', (language) => {
  it('a day later says that access is closed where there is no grace, or a shorter one', () => {
    expect(written(language, 'missed', { graceHours: 0, day })).toMatch(closed[language]);
    expect(written(language, 'missed', { graceHours: 24, day })).toMatch(closed[language]);
  });

  it('a day later says until when access stays where grace is longer, and no more once it is over', () => {
    const until = language === 'ru' ? '4 декабря 2026, 22:30' : '4 December 2026, 22:30';
    expect(written(language, 'missed', { graceHours: 72, day })).toMatch(open[language](until));
    expect(written(language, 'missed', { graceHours: 72, day, lateMs: 48 * hourMs - 1 })).toMatch(open[language](until));
    expect(written(language, 'missed', { graceHours: 72, day, lateMs: 48 * hourMs })).toMatch(closed[language]);
  });

  it('that quiet hours put off says what is true when it comes', () => {
    expect(written(language, 'missed', { graceHours: 30, day })).not.toMatch(closed[language]);
    expect(written(language, 'missed', { graceHours: 30, day: quietNights })).toMatch(closed[language]);
    const until = language === 'ru' ? '3 декабря 2026, 10:30' : '3 December 2026, 10:30';
    expect(written(language, 'missed', { graceHours: 36, day: quietNights })).toMatch(open[language](until));
  });

  it('does not wait for the return of somebody who is still connected', () => {
    const until = language === 'ru' ? '31 декабря 2026, 22:30' : '31 December 2026, 22:30';
    expect(written(language, 'come_back', { graceHours: 720, day })).toMatch(open[language](until));
    expect(written(language, 'come_back', { graceHours: 0, day })).toMatch(language === 'ru' ? /Давно не виделись/ : /It has been a while/);
  });

  it('at the end says that it has ended, and whether access goes on', () => {
    expect(written(language, 'ended', { graceHours: 0, day })).toMatch(
      language === 'ru' ? /Подписка закончилась\. Продлите/ : /has ended\. Renew it/,
    );
    expect(written(language, 'ended', { graceHours: 6, day })).toMatch(
      language === 'ru' ? /до 2 декабря 2026, 04:30/ : /until 2 December 2026, 04:30/,
    );
  });
});
