import type { FeedStatus } from '../domain/feedRecord';
import type { Language } from '../domain/language';

/** Why a feed has no server to show: the subscription's state, or an app that none of its servers fits. */
export type Notice = Exclude<FeedStatus, 'live'> | 'nothing_fits' | 'old_app';

/** What the one entry of a feed without servers says; it stands in the app's list of servers, so it is short. */
const notices: Readonly<Record<Language, Readonly<Record<Notice, string>>>> = {
  ru: {
    lapsed: '⛔ Подписка закончилась — продлите в боте',
    paused: '⏸ Подписка на паузе',
    revoked: '⛔ Подписка отозвана — напишите в поддержку',
    banned: '⛔ Доступ закрыт — напишите в поддержку',
    preparing: '⏳ Доступ включается — обновите через минуту',
    traffic_used: '📊 Трафик израсходован — подробнее в боте',
    device_limit: '📵 Слишком много устройств — удалите лишнее в боте',
    device_unknown: '📵 Приложение не сообщает устройство — возьмите Happ',
    nothing_fits: '📱 Это приложение не подходит — возьмите Happ',
    old_app: '⬆️ Обновите приложение — версия слишком старая',
  },
  en: {
    lapsed: '⛔ Subscription ended: renew it in the bot',
    paused: '⏸ Subscription paused',
    revoked: '⛔ Subscription revoked: write to support',
    banned: '⛔ Access closed: write to support',
    preparing: '⏳ Access is turning on: update in a minute',
    traffic_used: '📊 Traffic used up: see the bot',
    device_limit: '📵 Too many devices: remove one in the bot',
    device_unknown: '📵 The app does not name its device: take Happ',
    nothing_fits: '📱 This app does not fit: take Happ',
    old_app: '⬆️ Update the app: this version is too old',
  },
};

/** Text of the entry that explains why there are no servers. */
export function noticeFor(notice: Notice, language: Language): string {
  return notices[language][notice];
}
