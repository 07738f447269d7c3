const ruDays = (count: number): string => {
  const form = new Intl.PluralRules('ru').select(count);
  return `${count} ${form === 'one' ? 'день' : form === 'few' ? 'дня' : 'дней'}`;
};

const ru = {
  button: '⚙️ Пауза и тариф',
  title: (plan: string, end: string) => `<b>${plan}</b>\nДействует до ${end}\n\nЧто сделать с подпиской?`,
  pause: '⏸ Поставить на паузу',
  resume: '▶️ Возобновить',
  paused: (until: string) => `⏸ Доступ закрыт, дни не тратятся. Подписка возобновится сама ${until}, или раньше — кнопкой ниже.`,
  askPause: (shown: { longest: number; shortest: number; left: number }) =>
    `⏸ <b>Пауза</b>\n\nДоступ закроется сразу, а оплаченные дни сохранятся. Возобновить можно в любой момент; через ${ruDays(shown.longest)} подписка возобновится сама.${shown.shortest > 0 ? `\n\nПауза короче чем ${ruDays(shown.shortest)} дней не добавляет.` : ''}\nОсталось пауз: ${shown.left}.`,
  yesPause: '⏸ Да, поставить на паузу',
  pauseBegun: (until: string) => `⏸ Подписка на паузе, дни сохранены. Возобновится сама ${until}.`,
  resumed: (end: string) => `▶️ Подписка снова работает. Действует до ${end}. В приложении ничего менять не нужно.`,
  move: '🔀 Сменить тариф',
  chooseMove:
    '🔀 <b>На какой тариф перейти?</b>\n\nОставшиеся дни пересчитаем по ценам тарифов: их стоимость сохранится, доплачивать не нужно.',
  noMoves: 'Других тарифов, на которые можно перейти, сейчас нет.',
  offer: (shown: { from: string; fromEnd: string; to: string; toEnd: string; days: number; devices: string; traffic: string }) =>
    `🔀 <b>${shown.from} → ${shown.to}</b>\n\nСейчас: до ${shown.fromEnd}\nПосле смены: до ${shown.toEnd} (${ruDays(shown.days)})\nУстройства: ${shown.devices}\nТрафик: ${shown.traffic}\n\nСмена сразу, ссылка прежняя.`,
  anyNumber: 'без ограничений',
  yesMove: (end: string) => `Перейти, до ${end}`,
  moved: (plan: string, end: string) => `🔀 Готово: ${plan}, действует до ${end}. В приложении ничего менять не нужно.`,
  later: '⏳ Делаем. Это займёт чуть больше времени, чем обычно; нажимать ещё раз не нужно.',
};

const en: typeof ru = {
  button: '⚙️ Pause and plan',
  title: (plan, end) => `<b>${plan}</b>\nValid until ${end}\n\nWhat should happen to the subscription?`,
  pause: '⏸ Pause',
  resume: '▶️ Resume',
  paused: (until) =>
    `⏸ Access is off and no days are spent. The subscription resumes by itself on ${until}, or earlier with the button below.`,
  askPause: ({ longest, shortest, left }) =>
    `⏸ <b>Pause</b>\n\nAccess is switched off at once, and the days you paid for are kept. Resume at any moment; after ${longest} days the subscription resumes by itself.${shortest > 0 ? `\n\nA pause of less than ${shortest === 1 ? 'a day' : `${shortest} days`} adds no days.` : ''}\nPauses left: ${left}.`,
  yesPause: '⏸ Yes, pause it',
  pauseBegun: (until) => `⏸ The subscription is paused, its days are kept. It resumes by itself on ${until}.`,
  resumed: (end) => `▶️ The subscription works again. It is valid until ${end}. Nothing has to be changed in the app.`,
  move: '🔀 Change the plan',
  chooseMove:
    '🔀 <b>Which plan would you like?</b>\n\nThe days that are left are converted by the prices of the plans: they keep their worth, there is nothing to pay.',
  noMoves: 'There is no other plan to change to right now.',
  offer: ({ from, fromEnd, to, toEnd, days, devices, traffic }) =>
    `🔀 <b>${from} → ${to}</b>\n\nNow: until ${fromEnd}\nAfterwards: until ${toEnd} (${days} ${days === 1 ? 'day' : 'days'})\nDevices: ${devices}\nTraffic: ${traffic}\n\nIt changes at once, the link stays the same.`,
  anyNumber: 'unlimited',
  yesMove: (end) => `Change, until ${end}`,
  moved: (plan, end) => `🔀 Done: ${plan}, valid until ${end}. Nothing has to be changed in the app.`,
  later: '⏳ Working on it. It takes a little longer than usual; there is no need to press again.',
};

/** What an owner can do with a subscription. */
export const ownership = { ru, en };
