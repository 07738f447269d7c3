import type { FeedStatus } from '../../domain/feedRecord';
import type { Language } from '../../domain/language';

export interface Words {
  readonly title: string;
  readonly subscription: string;
  readonly statuses: Readonly<Record<FeedStatus, string>>;
  /** What a person can do where there is nothing to connect to. */
  readonly advice: Readonly<Partial<Record<FeedStatus, string>>>;
  readonly timeLeft: string;
  readonly days: (count: number) => string;
  readonly until: (day: string) => string;
  readonly ended: (day: string) => string;
  readonly graceLeft: string;
  readonly traffic: string;
  readonly unlimited: string;
  readonly unlimitedNote: string;
  readonly trafficLeft: (limit: string) => string;
  readonly trafficWhole: string;
  readonly units: readonly [gigabytes: string, megabytes: string];
  readonly connect: string;
  readonly platform: string;
  readonly open: (app: string) => string;
  readonly openNote: string;
  readonly more: string;
  readonly otherSystems: string;
  readonly notInstalled: string;
  readonly otherDevice: string;
  readonly scan: string;
  readonly qrLabel: string;
  readonly link: string;
  readonly linkNote: string;
  readonly copy: string;
  readonly copied: string;
  readonly secret: string;
  readonly support: string;
  /** Name of the other language, in that language. */
  readonly otherLanguage: string;
  readonly missing: string;
  readonly missingText: string;
  readonly preview: string;
  readonly previewText: string;
}

const ruDays: Readonly<Record<string, string>> = { one: 'день', few: 'дня', many: 'дней' };
const ruPlural = new Intl.PluralRules('ru');

export const words: Readonly<Record<Language, Words>> = {
  ru: {
    title: 'Подключение',
    subscription: 'Ваша подписка',
    statuses: {
      live: 'Активна',
      preparing: 'Включается',
      lapsed: 'Закончилась',
      paused: 'На паузе',
      traffic_used: 'Трафик закончился',
      revoked: 'Отозвана',
      banned: 'Доступ закрыт',
      device_limit: 'Активна',
      device_unknown: 'Активна',
    },
    advice: {
      preparing: 'Доступ включается, обычно это минута. Добавить подписку в приложение можно уже сейчас.',
      lapsed: 'Продлите подписку в боте — та же ссылка заработает снова, настраивать заново ничего не нужно.',
      paused: 'Когда пауза закончится, доступ вернётся сам: та же ссылка, те же настройки.',
      traffic_used: 'Трафик по подписке израсходован. Подробнее — в боте, в разделе «Моя подписка».',
      revoked: 'Эта подписка больше не действует. Если это ошибка, напишите в поддержку.',
      banned: 'Доступ закрыт. Если это ошибка, напишите в поддержку.',
    },
    timeLeft: 'Осталось',
    days: (count) => `${count}\u00a0${ruDays[ruPlural.select(count)] ?? 'дня'}`,
    until: (day) => `до ${day}`,
    ended: (day) => `закончилась ${day}`,
    graceLeft: 'срок вышел, доступ пока работает — продлите в боте',
    traffic: 'Трафик',
    unlimited: 'Без лимита',
    unlimitedNote: 'сколько угодно',
    trafficLeft: (limit) => `осталось из ${limit}`,
    trafficWhole: 'в подписке',
    units: ['ГБ', 'МБ'],
    connect: 'Подключите устройство',
    platform: 'Система',
    open: (app) => `Открыть в ${app}`,
    openNote: 'Подписка добавится в приложение сама',
    more: 'Ещё приложения',
    otherSystems: 'Для других систем',
    notInstalled: 'Ничего не открылось? Установите приложение из магазина, вернитесь сюда и нажмите ещё раз.',
    otherDevice: 'Другое устройство',
    scan: 'Наведите на код камеру телефона или сканер в приложении',
    qrLabel: 'QR-код со ссылкой подписки',
    link: 'Ссылка подписки',
    linkNote: 'Подходит любому приложению: вставьте её как подписку',
    copy: 'Скопировать ссылку',
    copied: 'Скопировано',
    secret: 'Ссылка — это ваш доступ. Не пересылайте её.',
    support: 'Написать в поддержку',
    otherLanguage: 'English',
    missing: 'Ссылка не работает',
    missingText: 'Возможно, её заменили. Откройте бота и возьмите новую в разделе «Моя подписка».',
    preview: 'Подключение к VPN',
    previewText: 'Откройте ссылку в браузере — подписка добавится в приложение.',
  },
  en: {
    title: 'Connect',
    subscription: 'Your subscription',
    statuses: {
      live: 'Active',
      preparing: 'Turning on',
      lapsed: 'Ended',
      paused: 'Paused',
      traffic_used: 'Traffic used up',
      revoked: 'Revoked',
      banned: 'Access closed',
      device_limit: 'Active',
      device_unknown: 'Active',
    },
    advice: {
      preparing: 'Access is turning on, usually within a minute. You can add the subscription to your app already.',
      lapsed: 'Renew it in the bot, and the same link works again: nothing to set up anew.',
      paused: 'When the pause ends, access comes back by itself: same link, same settings.',
      traffic_used: 'The traffic of the subscription is used up. See “My subscription” in the bot.',
      revoked: 'This subscription is no longer valid. If that is a mistake, write to support.',
      banned: 'Access is closed. If that is a mistake, write to support.',
    },
    timeLeft: 'Time left',
    days: (count) => `${count}\u00a0${count === 1 ? 'day' : 'days'}`,
    until: (day) => `until ${day}`,
    ended: (day) => `ended on ${day}`,
    graceLeft: 'time is up, access still works: renew in the bot',
    traffic: 'Traffic',
    unlimited: 'Unlimited',
    unlimitedNote: 'as much as you like',
    trafficLeft: (limit) => `left of ${limit}`,
    trafficWhole: 'in the subscription',
    units: ['GB', 'MB'],
    connect: 'Connect your device',
    platform: 'System',
    open: (app) => `Open in ${app}`,
    openNote: 'The subscription adds itself to the app',
    more: 'More apps',
    otherSystems: 'For other systems',
    notInstalled: 'Nothing opened? Install the app from its store, come back and press again.',
    otherDevice: 'Another device',
    scan: 'Point your phone’s camera or the app’s scanner at the code',
    qrLabel: 'QR code with the subscription link',
    link: 'Subscription link',
    linkNote: 'Fits every app: paste it as a subscription',
    copy: 'Copy the link',
    copied: 'Copied',
    secret: 'This link is your access. Do not pass it on.',
    support: 'Write to support',
    otherLanguage: 'Русский',
    missing: 'This link does not work',
    missingText: 'It may have been replaced. Open the bot and take the new one from “My subscription”.',
    preview: 'Connect to the VPN',
    previewText: 'Open the link in a browser, and the subscription adds itself to the app.',
  },
};
