import type { Telegram } from 'telegraf';
import { toTelegramError } from './sender';

/** Whether a person is in a channel or group (Bot API, getChatMember: the bot has to be an administrator there). Throws `ShopError` `Telegram…`. */
export async function isMember(telegram: Telegram, chat: string, telegramId: number): Promise<boolean> {
  try {
    const member = await telegram.getChatMember(chat, telegramId);
    if (member.status === 'restricted') return member.is_member;
    return ['creator', 'administrator', 'member'].includes(member.status);
  } catch (error) {
    throw toTelegramError(error);
  }
}
