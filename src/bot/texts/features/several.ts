const ru = {
  choose: '<b>Ваши подписки</b>\n\nУ каждой своя ссылка и свой срок. ⭐ — основная: ей достаются подаренные дни.',
  isDefault: '⭐ Основная подписка: ей достаются подаренные дни.',
  make: '⭐ Сделать основной',
};

const en: typeof ru = {
  choose: '<b>Your subscriptions</b>\n\nEach has its own link and its own end. ⭐ is the main one: days that are given to you go there.',
  isDefault: '⭐ Main subscription: days that are given to you go here.',
  make: '⭐ Make it the main one',
};

/** A user with several subscriptions. */
export const several = { ru, en };
