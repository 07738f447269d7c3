const ru = {
  button: '🎟 Промокод',
  ask: 'Пришлите промокод одним сообщением.',
  insteadOf: ({ price, listPrice }: { price: string; listPrice: string }) => `${price} вместо ${listPrice}`,
  struck: ({ price, listPrice }: { price: string; listPrice: string }) => `<s>${listPrice}</s> <b>${price}</b>`,
  applied: ({ code }: { code: string }) => `🎟 <b>${code}</b> — скидка уже в ценах.`,
  days: ({ days, end }: { days: string; end: string }) => `🎟 Готово: плюс ${days}. Подписка действует до ${end}.`,
  later: '⏳ Проверяем промокод. Ответ придёт в этот чат сам, присылать ещё раз не нужно.',
};

const en: typeof ru = {
  button: '🎟 Promo code',
  ask: 'Send the promo code as one message.',
  insteadOf: ({ price, listPrice }) => `${price} instead of ${listPrice}`,
  struck: ({ price, listPrice }) => `<s>${listPrice}</s> <b>${price}</b>`,
  applied: ({ code }) => `🎟 <b>${code}</b>: the prices have the discount in them.`,
  days: ({ days, end }) => `🎟 Done: ${days} more. Your subscription goes on until ${end}.`,
  later: '⏳ We are looking at the code. The answer comes here by itself, there is no need to send it again.',
};

/** Promo codes. */
export const promo = { ru, en };
