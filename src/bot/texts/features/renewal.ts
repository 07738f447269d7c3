const ru = {
  ahead: (shown: { amount: string; method: string | undefined; at: string }) =>
    `🔁 ${shown.at} продлим подписку: спишем ${shown.amount} ${shown.method === undefined ? 'с баланса' : `(${shown.method})`}. Отключить автопродление можно одним нажатием: /my`,
  renewed: (shown: { amount: string; method: string | undefined; end: string }) =>
    `🔁 Подписка продлена до ${shown.end}. Списано ${shown.amount} ${shown.method === undefined ? 'с баланса' : `(${shown.method})`}. Отключить автопродление: /my`,
  declined: (shown: { amount: string; method: string | undefined; next: string | undefined }) =>
    `⚠️ Не получилось списать ${shown.amount} ${shown.method === undefined ? 'с баланса: на нём не хватает денег' : `(${shown.method})`}. ${
      shown.next === undefined ? 'Это была последняя попытка, автопродление отключено.' : `Следующая попытка — ${shown.next}.`
    } Продлить самому можно в любой момент: /my`,
  planGone: (end: string) =>
    `⚠️ Ваш тариф больше не продаётся, поэтому автопродление отключено. Подписка действует до ${end}, дальше выберите другой тариф: /my`,
  line: (shown: { amount: string; method: string | undefined; at: string | undefined }) =>
    `🔁 Автопродление: ${shown.at === undefined ? 'списываем' : `${shown.at} спишем`} ${shown.amount} ${shown.method === undefined ? 'с баланса' : `(${shown.method})`}`,
  off: '✖️ Отключить автопродление',
  on: '🔁 Включить автопродление',
  consent: (price: string) =>
    `🔁 <b>Автопродление</b>\n\nВы разрешаете продлевать подписку на тот же срок по цене тарифа на день списания; сейчас это ${price}. Первая попытка — за день до конца; если не получится, повторим в день окончания, через день и через три дня после него. О первом списании предупредим заранее. Отключить можно одним нажатием в «Моя подписка»: после этого списаний не будет.`,
  fromBalance: 'Согласен, с баланса',
  byMethod: (title: string) => `Согласен, ${title}`,
  isOn: (at: string) => `🔁 Автопродление включено. Первое списание ${at}.`,
  isOff: 'Автопродление отключено, списаний больше не будет. Оплаченные дни остаются.',
};

const en: typeof ru = {
  ahead: ({ amount, method, at }) =>
    `🔁 On ${at} we renew your subscription: ${amount} ${method === undefined ? 'from the balance' : `by ${method}`}. One press switches automatic renewal off: /my`,
  renewed: ({ amount, method, end }) =>
    `🔁 Your subscription is renewed until ${end}. Charged: ${amount} ${method === undefined ? 'from the balance' : `by ${method}`}. To switch automatic renewal off: /my`,
  declined: ({ amount, method, next }) =>
    `⚠️ ${amount} could not be charged ${method === undefined ? 'from the balance: it has too little' : `by ${method}`}. ${
      next === undefined ? 'This was the last try, automatic renewal is off.' : `The next try is on ${next}.`
    } You can renew by yourself at any moment: /my`,
  planGone: (end) =>
    `⚠️ Your plan is not sold any more, so automatic renewal is off. The subscription is valid until ${end}; choose another plan after that: /my`,
  line: ({ amount, method, at }) =>
    `🔁 Automatic renewal: ${amount} ${method === undefined ? 'from the balance' : `by ${method}`} ${at === undefined ? 'is being charged' : `on ${at}`}`,
  off: '✖️ Switch automatic renewal off',
  on: '🔁 Switch automatic renewal on',
  consent: (price) =>
    `🔁 <b>Automatic renewal</b>\n\nYou allow the subscription to be renewed for the same period at the plan's price on the day of the charge; today it is ${price}. The first try is a day before the end; if it fails, we try again on the last day, a day and three days after it. You are told before the first charge. One press in "My subscription" switches it off, and nothing is charged after that.`,
  fromBalance: 'I agree, from the balance',
  byMethod: (title) => `I agree, ${title}`,
  isOn: (at) => `🔁 Automatic renewal is on. The first charge is on ${at}.`,
  isOff: 'Automatic renewal is off, nothing more is charged. The days you paid for stay.',
};

/** Subscriptions that renew themselves. */
export const renewal = { ru, en };
