import type { FeedRecord } from '../domain/feedRecord';
import type { Language } from '../domain/language';

type Notice = Exclude<FeedRecord['status'], 'live'>;

/** What the one entry of a feed without servers says; it stands in the app's list of servers, so it is short. */
const notices: Readonly<Record<Language, Readonly<Record<Notice, string>>>> = {
  ru: {
    lapsed: '⛔ Подписка закончилась — продлите в боте',
    paused: '⏸ Подписка на паузе',
    revoked: '⛔ Подписка отозвана — напишите в поддержку',
    banned: '⛔ Доступ закрыт — напишите в поддержку',
    preparing: '⏳ Доступ включается — обновите через минуту',
  },
  en: {
    lapsed: '⛔ Subscription ended: renew it in the bot',
    paused: '⏸ Subscription paused',
    revoked: '⛔ Subscription revoked: write to support',
    banned: '⛔ Access closed: write to support',
    preparing: '⏳ Access is turning on: update in a minute',
  },
};

/** Text of the entry that explains why there are no servers. */
export function noticeFor(status: Notice, language: Language): string {
  return notices[language][status];
}
