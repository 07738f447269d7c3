const ru = {
  button: '➕ Добавить трафик или устройства',
  title: ({ plan }: { plan: string }) => `➕ <b>Что добавить к подписке «${plan}»?</b>`,
  traffic:
    'Трафик добавится к текущему периоду: до его обновления (с новым месяцем трафика или с продлением) или до конца подписки. Неиспользованный не переносится, поэтому добавляйте его, когда он нужен.',
  devices: ({ end }: { end: string }) => `Дополнительные устройства работают до ${end}. Продление и смена тарифа их не отменяют.`,
  none: 'К этой подписке сейчас нечего добавить.',
  ready: ({ extra }: { extra: string }) => `<b>${extra}</b>\n\n✅ Добавлено.`,
  added: ({ extra }: { extra: string }) => `➕ <b>${extra}</b> — добавлено к вашей подписке. В приложении ничего менять не нужно.`,
};

const en: typeof ru = {
  button: '➕ Add traffic or devices',
  title: ({ plan }) => `➕ <b>What should be added to “${plan}”?</b>`,
  traffic:
    'Traffic is added to the present period: until it starts anew (with the next month of traffic or with a renewal), or until the subscription ends. What is left of it is not carried over, so add it when you need it.',
  devices: ({ end }) => `Extra devices work until ${end}. A renewal or a change of plan does not end them.`,
  none: 'There is nothing to add to this subscription right now.',
  ready: ({ extra }) => `<b>${extra}</b>\n\n✅ Added.`,
  added: ({ extra }) => `➕ <b>${extra}</b> has been added to your subscription. Nothing has to be changed in the app.`,
};

/** More traffic or devices for a subscription that is there. */
export const extras = { ru, en };
