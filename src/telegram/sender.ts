import { Input, Telegram, TelegramError } from 'telegraf';
import type { InlineKeyboardButton } from 'telegraf/types';
import type { Screen } from '../bot/views/screen';
import { ShopError } from '../errors';
import type { Gate, Urgency } from './rate';

export interface TelegramOptions {
  readonly apiRoot: string;
  readonly token: string;
}

/** Sends screens to chats, within Telegram's limits. Throws `ShopError` with one of the `Telegram…` codes. */
export interface TelegramSender {
  /** Sends a new message and returns its id. */
  send(chatId: number, screen: Screen): Promise<number>;
  /** Edits a message; `gone` when it cannot be edited any more. The same content again is `edited`. */
  edit(chatId: number, messageId: number, screen: Screen): Promise<'edited' | 'gone'>;
  /** Sends a plain text to an operators' chat. */
  tell(chatId: number, text: string): Promise<void>;
}

const neverLeft = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Telegraf's client for this token; texts of its errors have the token removed. */
export function createTelegram(options: TelegramOptions): Telegram {
  return new Telegram(options.token, { apiRoot: options.apiRoot, webhookReply: false });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

/** Any failure of a call as a `ShopError`; the texts of Telegram are kept, those of the network are not. */
export function toTelegramError(error: unknown): ShopError {
  if (error instanceof ShopError) return error;
  if (!(error instanceof TelegramError)) {
    const code = codeOf(error);
    return new ShopError(neverLeft.has(code) ? 'TelegramUnavailable' : 'TelegramUnknownOutcome', {
      message: `Telegram gave no answer (${code})`,
    });
  }
  const { error_code: status, description, parameters } = error.response;
  if (status === 429) {
    return new ShopError('TelegramRateLimited', { message: 'Telegram asks to wait', retryAfterMs: (parameters?.retry_after ?? 1) * 1_000 });
  }
  if (status === 403 || /chat not found|user is deactivated/i.test(description)) {
    return new ShopError('TelegramUnreachable', { message: `the chat cannot be reached (${status})` });
  }
  if (status >= 500) return new ShopError('TelegramUnknownOutcome', { message: `Telegram answered ${status}` });
  return new ShopError('TelegramRejected', { message: `Telegram refused a message: ${description}` });
}

function keyboardOf(screen: Screen): { inline_keyboard: InlineKeyboardButton[][] } {
  return {
    inline_keyboard: screen.keyboard.map((row) =>
      row.map((button): InlineKeyboardButton =>
        'url' in button ? { text: button.label, url: button.url } : { text: button.label, callback_data: button.callback },
      ),
    ),
  };
}

/** Makes a sender of messages of that urgency. */
export function createTelegramSender(telegram: Telegram, how: { readonly gate: Gate; readonly urgency: Urgency }): TelegramSender {
  async function guarded<T>(chatId: number, call: () => Promise<T>): Promise<T> {
    await how.gate(chatId, how.urgency);
    try {
      return await call();
    } catch (error) {
      throw toTelegramError(error);
    }
  }

  return {
    send: (chatId, screen) =>
      guarded(chatId, async () => {
        const extra = { parse_mode: 'HTML', reply_markup: keyboardOf(screen) } as const;
        const { file, photo } = screen;
        const caption = { ...extra, caption: screen.html };
        if (file?.kind === 'document') return (await telegram.sendDocument(chatId, file.id, caption)).message_id;
        const picture = file === undefined ? (photo === undefined ? undefined : Input.fromBuffer(photo, 'qr.png')) : file.id;
        if (picture !== undefined) return (await telegram.sendPhoto(chatId, picture, caption)).message_id;
        return (await telegram.sendMessage(chatId, screen.html, { ...extra, link_preview_options: { is_disabled: true } })).message_id;
      }),
    async edit(chatId, messageId, screen) {
      const extra = { parse_mode: 'HTML', reply_markup: keyboardOf(screen), link_preview_options: { is_disabled: true } } as const;
      try {
        await guarded(chatId, () => telegram.editMessageText(chatId, messageId, undefined, screen.html, extra));
        return 'edited';
      } catch (error) {
        const text = error instanceof ShopError && error.code === 'TelegramRejected' ? error.message : '';
        if (/message is not modified/i.test(text)) return 'edited';
        if (/message to edit not found|message can't be edited|there is no text in the message/i.test(text)) return 'gone';
        throw error;
      }
    },
    tell: (chatId, text) => guarded(chatId, async () => void (await telegram.sendMessage(chatId, text))),
  };
}
