import { Context, type Telegram } from 'telegraf';
import type { Update } from 'telegraf/types';
import type { Clock } from '../clock';
import type { Db } from '../db/connection';
import type { StoredUser } from '../db/users';
import type { Policy } from '../domain/policy';
import type { ShopSettings } from '../domain/shop';
import type { TelegramSender } from '../telegram/sender';
import type { Shop } from '../temporal/shop';
import { isShopError } from '../errors';
import { createAnswers, type Answers } from './answers';
import type { Press } from './callbackData';
import type { Screen } from './views/screen';

/** What features may use; built once. */
export interface BotDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly shop: Shop;
  readonly sender: TelegramSender;
  readonly telegram: Telegram;
  readonly settings: () => Promise<ShopSettings>;
  readonly policy: Policy;
  /** Whether somebody new was banned before their data was deleted. */
  readonly wasBanned: (telegramId: number) => Promise<boolean>;
  /** Stores the payment in an update and tells the workflow; false when it has none. */
  readonly recordPayment: (update: unknown) => Promise<boolean>;
  readonly log: { warn(fields: object, message: string): void };
}

/** One update with its user and settings. */
export class ShopContext extends Context {
  /** Set by the first step for every update that reaches a feature. */
  user: StoredUser;
  settings: ShopSettings;
  press: Press | undefined;
  answers: Answers = createAnswers([]);

  constructor(update: Update, telegram: Telegram, me: Context['botInfo']) {
    super(update, telegram, me);
    this.user = { id: 0, telegramId: undefined, language: 'en', isBanned: false, lastMethod: undefined, email: undefined };
    this.settings = { name: '', publicUrl: '', currency: 'RUB', timeZone: 'UTC', orderMs: 0, graceMs: 0 };
  }
}

/** Message the pressed button stands on. */
export function pressedMessage(ctx: ShopContext): number | undefined {
  return ctx.callbackQuery?.message?.message_id;
}

type Sending = Pick<BotDeps, 'sender'>;

async function answer(ctx: ShopContext, send: (chatId: number) => Promise<void>): Promise<void> {
  const chatId = ctx.user.telegramId;
  if (chatId === undefined) return;
  try {
    await send(chatId);
  } catch (error) {
    // A buyer who has just blocked the bot gets no answer, and that is all.
    if (!isShopError(error, 'TelegramUnreachable')) throw error;
  }
}

/** Shows a screen in a new message. */
export function say(deps: Sending, ctx: ShopContext, screen: Screen): Promise<void> {
  return answer(ctx, (chatId) => ctx.answers.say(deps.sender, chatId, screen));
}

/** Shows a screen: in the pressed message where it can be edited, else in a new one. */
export function show(deps: Sending, ctx: ShopContext, screen: Screen): Promise<void> {
  const messageId = pressedMessage(ctx);
  if (messageId === undefined || screen.photo !== undefined) return say(deps, ctx, screen);
  return answer(ctx, async (chatId) => {
    if ((await deps.sender.edit(chatId, messageId, screen)) === 'gone') await ctx.answers.say(deps.sender, chatId, screen);
  });
}

/** Key of the request that this update makes: the same update, the same key. */
export function requestKey(ctx: ShopContext): string {
  return `tg-${ctx.update.update_id}`;
}
