const ru = {
  button: '⚙️ Пауза и тариф',
  title: ({ plan, end }: { plan: string; end: string }) => `<b>${plan}</b>\nДействует до ${end}\n\nЧто сделать с подпиской?`,
  pause: '⏸ Поставить на паузу',
  resume: '▶️ Возобновить',
  paused: ({ until }: { until: string }) =>
    `⏸ Доступ закрыт, дни не тратятся. Подписка возобновится сама ${until}, или раньше — кнопкой ниже.`,
  askPause: ({ longest }: { longest: string }) =>
    `⏸ <b>Пауза</b>\n\nДоступ закроется сразу, а оплаченные дни сохранятся. Возобновить можно в любой момент; через ${longest} подписка возобновится сама.`,
  shortPause: ({ shortest }: { shortest: string }) => `\n\nЕсли пауза длится меньше, чем ${shortest}, дни не прибавятся.`,
  pausesLeft: ({ left }: { left: number }) => `\nОсталось пауз: ${left}.`,
  yesPause: '⏸ Да, поставить на паузу',
  pauseBegun: ({ until }: { until: string }) => `⏸ Подписка на паузе, дни сохранены. Возобновится сама ${until}.`,
  resumed: ({ end }: { end: string }) => `▶️ Подписка снова работает. Действует до ${end}. В приложении ничего менять не нужно.`,
  move: '🔀 Сменить тариф',
  chooseMove:
    '🔀 <b>На какой тариф перейти?</b>\n\nОставшиеся дни пересчитаем по ценам тарифов: их стоимость сохранится, доплачивать не нужно.',
  noMoves: 'Других тарифов, на которые можно перейти, сейчас нет.',
  offer: (shown: { from: string; fromEnd: string; to: string; toEnd: string; days: string; devices: string; traffic: string }) =>
    `🔀 <b>${shown.from} → ${shown.to}</b>\n\nСейчас: до ${shown.fromEnd}\nПосле смены: до ${shown.toEnd} (${shown.days})\nУстройства: ${shown.devices}\nТрафик: ${shown.traffic}\n\nСмена сразу, ссылка прежняя.`,
  offerRenews: ({ amount, source }: { amount: string; source: string }) =>
    `\n\n🔁 Автопродление остаётся включённым, теперь по цене нового тарифа: ${amount} ${source}.`,
  anyNumber: 'без ограничений',
  yesMove: ({ end }: { end: string }) => `Перейти, до ${end}`,
  moved: ({ plan, end }: { plan: string; end: string }) => `🔀 Готово: ${plan}, действует до ${end}. В приложении ничего менять не нужно.`,
  later: '⏳ Делаем. Это займёт чуть больше времени, чем обычно; нажимать ещё раз не нужно.',
};

const en: typeof ru = {
  button: '⚙️ Pause and plan',
  title: ({ plan, end }) => `<b>${plan}</b>\nValid until ${end}\n\nWhat should happen to the subscription?`,
  pause: '⏸ Pause',
  resume: '▶️ Resume',
  paused: ({ until }) =>
    `⏸ Access is off and no days are spent. The subscription resumes by itself on ${until}, or earlier with the button below.`,
  askPause: ({ longest }) =>
    `⏸ <b>Pause</b>\n\nAccess is switched off at once, and the days you paid for are kept. Resume at any moment; after ${longest} the subscription resumes by itself.`,
  shortPause: ({ shortest }) => `\n\nA pause of less than ${shortest} adds no days.`,
  pausesLeft: ({ left }) => `\nPauses left: ${left}.`,
  yesPause: '⏸ Yes, pause it',
  pauseBegun: ({ until }) => `⏸ The subscription is paused, its days are kept. It resumes by itself on ${until}.`,
  resumed: ({ end }) => `▶️ The subscription works again. It is valid until ${end}. Nothing has to be changed in the app.`,
  move: '🔀 Change the plan',
  chooseMove:
    '🔀 <b>Which plan would you like?</b>\n\nThe days that are left are converted by the prices of the plans: they keep their worth, there is nothing to pay.',
  noMoves: 'There is no other plan to change to right now.',
  offer: ({ from, fromEnd, to, toEnd, days, devices, traffic }) =>
    `🔀 <b>${from} → ${to}</b>\n\nNow: until ${fromEnd}\nAfterwards: until ${toEnd} (${days})\nDevices: ${devices}\nTraffic: ${traffic}\n\nIt changes at once, the link stays the same.`,
  offerRenews: ({ amount, source }) => `\n\n🔁 Automatic renewal stays on, now at the price of the new plan: ${amount} ${source}.`,
  anyNumber: 'unlimited',
  yesMove: ({ end }) => `Change, until ${end}`,
  moved: ({ plan, end }) => `🔀 Done: ${plan}, valid until ${end}. Nothing has to be changed in the app.`,
  later: '⏳ Working on it. It takes a little longer than usual; there is no need to press again.',
};

/** What an owner can do with a subscription. */
export const ownership = { ru, en };
