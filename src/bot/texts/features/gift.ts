const ru = {
  button: '🎁 Подарить',
  choose:
    '🎁 <b>Подарок</b>\n\nВыберите тариф. После оплаты вы получите ссылку: кто первым её откроет, у того и начнётся подписка. Отправляйте её только тому, кому дарите.',
  none: 'Сейчас подарить нечего. Загляните чуть позже.',
  list: '🎁 <b>Ваши подарки</b>',
  open: ({ plan, link }: { plan: string; link: string }) => `${plan} — ждёт, пока его откроют:\n<code>${link}</code>`,
  taken: ({ plan }: { plan: string }) => `${plan} — открыт`,
  takenBack: ({ plan }: { plan: string }) => `${plan} — оплата возвращена`,
  more: 'Подарить ещё',
  mine: '🎁 Мои подарки',
  ready: ({ plan }: { plan: string }) => `<b>${plan}</b>\n\n✅ Подарок оплачен. Ссылка для того, кому вы его дарите, — по кнопке ниже.`,
  started: '🎁 Подарок ваш! Включаем доступ, ссылка для подключения придёт сюда через минуту.',
  yours: 'Это ваш собственный подарок. Отправьте ссылку тому, кому дарите, — или оставьте себе.',
  keep: 'Оставить себе',
  opened: ({ plan }: { plan: string }) => `🎁 Ваш подарок «${plan}» открыли.`,
  refunded: '↩️ Оплата подарка возвращена тому, кто его сделал, поэтому доступ по нему закрыт.',
  later: '⏳ Открываем подарок. Ответ придёт в этот чат сам, нажимать ещё раз не нужно.',
};

const en: typeof ru = {
  button: '🎁 Give',
  choose:
    '🎁 <b>A gift</b>\n\nChoose a plan. Once it is paid you get a link: the subscription starts for whoever opens it first. Send it only to whom it is for.',
  none: 'There is nothing to give at the moment. Look in a little later.',
  list: '🎁 <b>Your gifts</b>',
  open: ({ plan, link }) => `${plan}: waits to be opened\n<code>${link}</code>`,
  taken: ({ plan }) => `${plan}: opened`,
  takenBack: ({ plan }) => `${plan}: refunded`,
  more: 'Give another',
  mine: '🎁 My gifts',
  ready: ({ plan }) => `<b>${plan}</b>\n\n✅ The gift is paid. The link for whom it is for is behind the button.`,
  started: '🎁 The gift is yours! Access is turning on; the link to connect comes here in a minute.',
  yours: 'This is your own gift. Send the link to whom it is for, or keep it.',
  keep: 'Keep it',
  opened: ({ plan }) => `🎁 Your gift "${plan}" was opened.`,
  refunded: '↩️ The gift was refunded to who made it, so its access is closed.',
  later: '⏳ We are opening the gift. The answer comes here by itself, there is no need to press again.',
};

/** Gifts by link. */
export const gift = { ru, en };
