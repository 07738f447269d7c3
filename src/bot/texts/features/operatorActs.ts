const ru = {
  granted: ({ days, end }: { days: string; end: string }) => `🎁 Вам добавлено: ${days}. Подписка действует до ${end}.`,
  grantedWhy: ({ days, end, reason }: { days: string; end: string; reason: string }) =>
    `🎁 Вам добавлено: ${days}. Подписка действует до ${end}.\n${reason}`,
  revoked: '⛔ Подписка отозвана, доступ закрыт.\n\nЕсли это ошибка, напишите в поддержку.',
  revokedWhy: ({ reason }: { reason: string }) =>
    `⛔ Подписка отозвана, доступ закрыт.\n${reason}\n\nЕсли это ошибка, напишите в поддержку.`,
};

const en: typeof ru = {
  granted: ({ days, end }) => `🎁 You have got ${days} more. Your subscription goes on until ${end}.`,
  grantedWhy: ({ days, end, reason }) => `🎁 You have got ${days} more. Your subscription goes on until ${end}.\n${reason}`,
  revoked: '⛔ Your subscription is revoked and its access closed.\n\nIf that is a mistake, write to support.',
  revokedWhy: ({ reason }) =>
    `⛔ Your subscription is revoked and its access closed.\n${reason}\n\nIf that is a mistake, write to support.`,
};

/** What a buyer reads of an operator's doings. */
export const operatorActs = { ru, en };
