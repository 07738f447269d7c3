const ru = {
  button: '👥 Пригласить друга',
  screen: ({ link }: { link: string }) => `👥 <b>Пригласите друга</b>\n\nВаша ссылка (нажмите, чтобы скопировать):\n<code>${link}</code>`,
  forReferrer: ({ reward }: { reward: string }) => `\n\nКогда друг впервые оплатит подписку, вы получите ${reward}.`,
  forFriend: ({ reward }: { reward: string }) => `\nДруг тоже получит ${reward}.`,
  onlyFriend: ({ reward }: { reward: string }) => `\n\nКогда друг впервые оплатит подписку, он получит ${reward}.`,
  counts: ({ invited, bought }: { invited: number; bought: number }) => `\n\nПришли по ссылке: ${invited}\nКупили: ${bought}`,
  earned: ({ amount }: { amount: string }) => `\nПолучено на баланс: ${amount}`,
  earnedDays: ({ days }: { days: string }) => `\nПолучено: ${days}`,
  share: '📨 Отправить другу',
  shareText: ({ shop }: { shop: string }) => `${shop} — быстрый VPN для телефона и компьютера`,
  off: 'Сейчас приглашения не награждаются.',
  welcome: ({ reward }: { reward: string }) => `🎁 Вас пригласил друг: после первой оплаты вы получите ${reward}.`,
  rewarded: ({ reward }: { reward: string }) => `🎁 Ваш друг оплатил подписку. Вам: ${reward}. Спасибо!`,
  friendRewarded: ({ reward }: { reward: string }) => `🎁 Подарок за приглашение друга: ${reward}.`,
  takenBack: ({ reward }: { reward: string }) => `↩️ Оплата вашего друга возвращена, поэтому награда за неё (${reward}) снята.`,
  friendTakenBack: ({ reward }: { reward: string }) => `↩️ Оплата возвращена, поэтому и подарок за приглашение (${reward}) снят.`,
  balance: ({ amount }: { amount: string }) => `${amount} на баланс`,
};

const en: typeof ru = {
  button: '👥 Invite a friend',
  screen: ({ link }) => `👥 <b>Invite a friend</b>\n\nYour link (tap to copy):\n<code>${link}</code>`,
  forReferrer: ({ reward }) => `\n\nWhen your friend pays for a subscription for the first time, you get ${reward}.`,
  forFriend: ({ reward }) => `\nYour friend gets ${reward} too.`,
  onlyFriend: ({ reward }) => `\n\nA friend who pays for a subscription for the first time gets ${reward}.`,
  counts: ({ invited, bought }) => `\n\nCame with your link: ${invited}\nBought: ${bought}`,
  earned: ({ amount }) => `\nEarned to your balance: ${amount}`,
  earnedDays: ({ days }) => `\nEarned: ${days}`,
  share: '📨 Send to a friend',
  shareText: ({ shop }) => `${shop}: a fast VPN for phone and computer`,
  off: 'Invitations are not rewarded at the moment.',
  welcome: ({ reward }) => `🎁 A friend has invited you: after your first payment you get ${reward}.`,
  rewarded: ({ reward }) => `🎁 Your friend has paid for a subscription. For you: ${reward}. Thank you!`,
  friendRewarded: ({ reward }) => `🎁 A present for coming with a friend's link: ${reward}.`,
  takenBack: ({ reward }) => `↩️ Your friend's payment was refunded, so the reward for it (${reward}) is taken back.`,
  friendTakenBack: ({ reward }) => `↩️ The payment was refunded, so the present for it (${reward}) is taken back.`,
  balance: ({ amount }) => `${amount} on the balance`,
};

/** Inviting friends. */
export const referral = { ru, en };
