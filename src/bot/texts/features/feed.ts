import type { OutsideTexts } from '../../../domain/outsideTexts';

const ru: OutsideTexts['feed'] = {
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
};

const en: OutsideTexts['feed'] = {
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
};

/** What the one entry of a feed without servers says. */
export const feed = { ru, en };
