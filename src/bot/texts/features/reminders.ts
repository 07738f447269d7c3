const ru = {
  soon: 'меньше чем через час',
  before: ({ plan, left, end }: { plan: string; left: string; end: string }) =>
    `⏳ <b>${plan}</b>\n\nПодписка заканчивается ${left}: ${end}. Продлите заранее — оставшиеся дни не пропадут, а ссылка останется прежней.`,
  ended: ({ plan }: { plan: string }) => `🔴 <b>${plan}</b>\n\nПодписка закончилась. Продлите — и та же ссылка заработает снова.`,
  endedInGrace: ({ plan, until }: { plan: string; until: string }) =>
    `🟡 <b>${plan}</b>\n\nПодписка закончилась, но доступ ещё работает: до ${until}. Продлите, чтобы он не прервался.`,
  stillOpen: ({ plan, end, until }: { plan: string; end: string; until: string }) =>
    `🟡 <b>${plan}</b>\n\nПодписка закончилась ${end}, но доступ пока открыт: до ${until}. Продлите до этого времени — перерыва не будет, и в приложении ничего менять не нужно.`,
  missed: ({ plan, end }: { plan: string; end: string }) =>
    `🔴 <b>${plan}</b>\n\nДоступ закрыт: подписка закончилась ${end}. Ссылка и настройки сохранены — после продления в приложении ничего менять не нужно.`,
  comeBack: ({ plan }: { plan: string }) =>
    `👋 <b>${plan}</b>\n\nДавно не виделись. Ваша ссылка ещё ждёт вас: продлите — и она заработает сразу.`,
  neverConnected: ({ plan, end }: { plan: string; end: string }) =>
    `📲 <b>${plan}</b>\n\nДоступ открыт до ${end}, но к нему ещё ни разу не подключались. Нажмите «Подключить» — приложение настроится само. Не получается? Напишите нам, поможем.`,
  choosePlan: '🛒 Выбрать тариф',
};

const en: typeof ru = {
  soon: 'in less than an hour',
  before: ({ plan, left, end }) =>
    `⏳ <b>${plan}</b>\n\nYour subscription ends ${left}: ${end}. Renew it now: no day that is left is lost, and the link stays the same.`,
  ended: ({ plan }) => `🔴 <b>${plan}</b>\n\nYour subscription has ended. Renew it, and the same link works again.`,
  endedInGrace: ({ plan, until }) =>
    `🟡 <b>${plan}</b>\n\nYour subscription has ended; access still works until ${until}. Renew it, and it goes on.`,
  stillOpen: ({ plan, end, until }) =>
    `🟡 <b>${plan}</b>\n\nYour subscription ended on ${end}; access is still open until ${until}. Renew before then, and it goes on without a break: there is nothing to change in the app.`,
  missed: ({ plan, end }) =>
    `🔴 <b>${plan}</b>\n\nAccess is closed: the subscription ended on ${end}. Your link and settings are kept, so after a renewal there is nothing to change in the app.`,
  comeBack: ({ plan }) => `👋 <b>${plan}</b>\n\nIt has been a while. Your link is still waiting: renew, and it works at once.`,
  neverConnected: ({ plan, end }) =>
    `📲 <b>${plan}</b>\n\nYour access is open until ${end}, but nothing has connected to it yet. Press “Connect” and the app sets itself up. Any trouble? Write to us, we help.`,
  choosePlan: '🛒 Choose a plan',
};

/** What the shop writes about an end of its own accord. */
export const reminders = { ru, en };
