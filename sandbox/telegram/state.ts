/** A button as a bot sent it. */
export interface SentButton {
  readonly text: string;
  readonly callback_data?: string;
  readonly url?: string;
}

export interface ChatMessage {
  id: number;
  from: 'bot' | 'user';
  /** Telegram's HTML as the bot sent it; plain text of a user. */
  html: string;
  buttons: SentButton[][];
  photo: boolean;
  edited: boolean;
  /** What it said before, the oldest first; absent until it is edited. */
  earlier?: string[];
  at: string;
}

export interface SandboxUser {
  id: number;
  firstName: string;
  languageCode: string;
  blocked: boolean;
  messages: ChatMessage[];
}

export interface StarsInvoice {
  slug: string;
  title: string;
  description: string;
  payload: string;
  amount: number;
  /** Seconds, for a subscription. */
  period: number | undefined;
}

export interface StarCharge {
  id: string;
  userId: number;
  amount: number;
  payload: string;
  date: number;
  refunded: boolean;
  /** Seconds, for a charge of a subscription. */
  period: number | undefined;
}

/** Everything the simulated Telegram remembers. */
export interface TelegramBook {
  users: Record<string, SandboxUser>;
  updates: { update_id: number; [field: string]: unknown }[];
  nextUpdateId: number;
  nextMessageId: number;
  invoices: StarsInvoice[];
  charges: StarCharge[];
  /** Payloads of the subscriptions that are not charged any more. */
  stopped: string[];
  commands: Record<string, { command: string; description: string }[]>;
  calls: { method: string; at: number; chatId: number | undefined }[];
  webhook: { url: string; secret: string } | undefined;
  /** Channels where the bot is an administrator, with their members, by @name or id. */
  channels: Record<string, number[]>;
}

export function emptyBook(): TelegramBook {
  return {
    users: {},
    updates: [],
    nextUpdateId: 1_000,
    nextMessageId: 1,
    invoices: [],
    charges: [],
    stopped: [],
    commands: {},
    calls: [],
    webhook: undefined,
    channels: {},
  };
}

/** How the Bot API refuses: `{"ok":false,"error_code","description"}`. */
export class Refusal extends Error {
  readonly code: number;
  readonly retryAfter: number | undefined;

  constructor(code: number, description: string, retryAfter?: number) {
    super(description);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
