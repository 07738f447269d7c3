const ru = {
  ahead: ({ amount, source, at }: { amount: string; source: string; at: string }) =>
    `🔁 ${at} продлим подписку: спишем ${amount} ${source}. Отключить автопродление можно одним нажатием: /my`,
  renewed: ({ amount, source, end }: { amount: string; source: string; end: string }) =>
    `🔁 Подписка продлена до ${end}. Списано ${amount} ${source}. Отключить автопродление: /my`,
  declined: ({ amount, source, next }: { amount: string; source: string; next: string }) =>
    `⚠️ Не получилось списать ${amount} ${source}. Следующая попытка — ${next}. Продлить самому можно в любой момент: /my`,
  declinedLast: ({ amount, source }: { amount: string; source: string }) =>
    `⚠️ Не получилось списать ${amount} ${source}. Это была последняя попытка, автопродление отключено. Продлить самому можно в любой момент: /my`,
  planGone: ({ end }: { end: string }) =>
    `⚠️ Ваш тариф больше не продаётся, поэтому автопродление отключено. Подписка действует до ${end}, дальше выберите другой тариф: /my`,
  line: ({ amount, source, at }: { amount: string; source: string; at: string }) => `🔁 Автопродление: ${at} спишем ${amount} ${source}`,
  lineNow: ({ amount, source }: { amount: string; source: string }) => `🔁 Автопродление: списываем ${amount} ${source}`,
  sourceBalance: 'с баланса',
  sourceTooLittle: 'с баланса: на нём не хватает денег',
  sourceMethod: ({ method }: { method: string }) => `(${method})`,
  off: '✖️ Отключить автопродление',
  on: '🔁 Включить автопродление',
  consent: ({ price }: { price: string }) =>
    `🔁 <b>Автопродление</b>\n\nВы разрешаете продлевать подписку на тот же срок по цене тарифа на день списания; сейчас это ${price}. Первая попытка — за день до конца; если не получится, повторим в день окончания, через день и через три дня после него. О первом списании предупредим заранее. Отключить можно одним нажатием в «Моя подписка»: после этого списаний не будет.`,
  fromBalance: 'Согласен, с баланса',
  byMethod: ({ title }: { title: string }) => `Согласен, ${title}`,
  isOn: ({ at }: { at: string }) => `🔁 Автопродление включено. Первое списание ${at}.`,
  kept: ({ title, amount, at }: { title: string; amount: string; at: string }) =>
    `💾 ${title}: способ оплаты сохранён для продления.\n\n🔁 Автопродление включено: первое списание — ${at}, ${amount}. Отключить можно кнопкой под этим сообщением, а позже — в «Моя подписка».`,
  keptOwnPace: ({ title, at }: { title: string; at: string }) =>
    `💾 ${title}: способ оплаты сохранён для продления.\n\n🔁 Автопродление включено: следующее списание, на ту же сумму, — ${at}. Его делает сам Telegram. Отключить можно кнопкой под этим сообщением, а позже — командой /balance или в настройках Telegram.`,
  isOff: 'Автопродление отключено, списаний больше не будет. Оплаченные дни остаются.',
  stopped: '🔁 Автопродление этой подписки отключено: списаний больше не будет.',
};

const en: typeof ru = {
  ahead: ({ amount, source, at }) =>
    `🔁 On ${at} we renew your subscription: ${amount} ${source}. One press switches automatic renewal off: /my`,
  renewed: ({ amount, source, end }) =>
    `🔁 Your subscription is renewed until ${end}. Charged: ${amount} ${source}. To switch automatic renewal off: /my`,
  declined: ({ amount, source, next }) =>
    `⚠️ ${amount} could not be charged ${source}. The next try is on ${next}. You can renew by yourself at any moment: /my`,
  declinedLast: ({ amount, source }) =>
    `⚠️ ${amount} could not be charged ${source}. This was the last try, automatic renewal is off. You can renew by yourself at any moment: /my`,
  planGone: ({ end }) =>
    `⚠️ Your plan is not sold any more, so automatic renewal is off. The subscription is valid until ${end}; choose another plan after that: /my`,
  line: ({ amount, source, at }) => `🔁 Automatic renewal: ${amount} ${source} on ${at}`,
  lineNow: ({ amount, source }) => `🔁 Automatic renewal: ${amount} ${source} is being charged`,
  sourceBalance: 'from the balance',
  sourceTooLittle: 'from the balance: it has too little',
  sourceMethod: ({ method }) => `by ${method}`,
  off: '✖️ Switch automatic renewal off',
  on: '🔁 Switch automatic renewal on',
  consent: ({ price }) =>
    `🔁 <b>Automatic renewal</b>\n\nYou allow the subscription to be renewed for the same period at the plan's price on the day of the charge; today it is ${price}. The first try is a day before the end; if it fails, we try again on the last day, a day and three days after it. You are told before the first charge. One press in "My subscription" switches it off, and nothing is charged after that.`,
  fromBalance: 'I agree, from the balance',
  byMethod: ({ title }) => `I agree, ${title}`,
  isOn: ({ at }) => `🔁 Automatic renewal is on. The first charge is on ${at}.`,
  kept: ({ title, amount, at }) =>
    `💾 ${title} is kept for renewals.\n\n🔁 Automatic renewal is on: the first charge is ${amount} on ${at}. The button below switches it off, and later “My subscription” does.`,
  keptOwnPace: ({ title, at }) =>
    `💾 ${title} is kept for renewals.\n\n🔁 Automatic renewal is on: Telegram itself charges the same amount next on ${at}. The button below switches it off, and later /balance or Telegram's settings do.`,
  isOff: 'Automatic renewal is off, nothing more is charged. The days you paid for stay.',
  stopped: '🔁 Automatic renewal of this subscription is off: nothing more is charged.',
};

/** Subscriptions that renew themselves. */
export const renewal = { ru, en };
