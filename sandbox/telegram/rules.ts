import { Refusal, type SentButton } from './state';

const tags = new Set(['b', 'strong', 'i', 'em', 'u', 's', 'code', 'pre', 'a', 'tg-spoiler', 'blockquote']);
const entity = /&(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);/gi;

/** Text as a reader sees it; refuses what Telegram's HTML parser refuses (Bot API, "HTML style"). */
export function parseHtml(html: string): string {
  const open: string[] = [];
  const text = html.replace(/<(\/?)([a-z][a-z0-9-]*)([^>]*)>/gi, (_all, slash: string, name: string) => {
    const tag = name.toLowerCase();
    if (!tags.has(tag)) throw new Refusal(400, `Bad Request: can't parse entities: Unsupported start tag "${tag}"`);
    if (slash === '') open.push(tag);
    else if (open.pop() !== tag)
      throw new Refusal(400, `Bad Request: can't parse entities: Unmatched end tag, expected another than "</${tag}>"`);
    return '';
  });
  if (open.length > 0)
    throw new Refusal(400, `Bad Request: can't parse entities: Can't find end tag corresponding to start tag "${open.at(-1)}"`);
  if (/[<>]/.test(text)) throw new Refusal(400, "Bad Request: can't parse entities: Unsupported start tag");
  return text.replace(entity, 'x');
}

/** Checks the length of a text or caption, counted after parsing. */
export function checkText(html: string, parseMode: unknown, most: number): void {
  const text = parseMode === 'HTML' ? parseHtml(html) : html;
  if (text.trim() === '') throw new Refusal(400, 'Bad Request: message text is empty');
  if (text.length > most)
    throw new Refusal(400, most === 1024 ? 'Bad Request: message caption is too long' : 'Bad Request: message is too long');
}

function checkButton(button: unknown): SentButton {
  if (
    typeof button !== 'object' ||
    button === null ||
    !('text' in button) ||
    typeof button.text !== 'string' ||
    button.text.trim() === ''
  ) {
    throw new Refusal(400, "Bad Request: can't parse inline keyboard button: Text must not be empty");
  }
  const data = 'callback_data' in button && typeof button.callback_data === 'string' ? button.callback_data : undefined;
  const url = 'url' in button && typeof button.url === 'string' ? button.url : undefined;
  if (data !== undefined && (Buffer.byteLength(data) < 1 || Buffer.byteLength(data) > 64))
    throw new Refusal(400, 'Bad Request: BUTTON_DATA_INVALID');
  // The real service wants a public host; here pages live on loopback, so any http address will do.
  if (url !== undefined && !/^(https?|tg):\/\/[^\s]+$/.test(url)) throw new Refusal(400, 'Bad Request: BUTTON_URL_INVALID');
  if (data === undefined && url === undefined) throw new Refusal(400, 'Bad Request: BUTTON_TYPE_INVALID');
  return { text: button.text, ...(data === undefined ? {} : { callback_data: data }), ...(url === undefined ? {} : { url }) };
}

/** Reads and checks an inline keyboard; none gives no rows. */
export function readKeyboard(markup: unknown): SentButton[][] {
  const value: unknown = typeof markup === 'string' && markup !== '' ? JSON.parse(markup) : markup;
  if (typeof value !== 'object' || value === null || !('inline_keyboard' in value) || !Array.isArray(value.inline_keyboard)) return [];
  const rows: unknown[] = value.inline_keyboard;
  const buttons = rows.map((row) => (Array.isArray(row) ? row.map((button: unknown) => checkButton(button)) : []));
  if (buttons.flat().length > 100) throw new Refusal(400, 'Bad Request: reply markup is too long');
  return buttons;
}

/** Flood control: about 30 messages a second over all chats, and in one chat 20 at once refilled by one a second. */
export function createFloodControl(now: () => number): (chatId: number) => void {
  const sent: number[] = [];
  const chats = new Map<number, { tokens: number; at: number }>();
  return (chatId) => {
    const at = now();
    while (sent.length > 0 && (sent[0] ?? at) <= at - 1_000) sent.shift();
    if (sent.length >= 30) throw new Refusal(429, 'Too Many Requests: retry after 1', 1);
    const bucket = chats.get(chatId) ?? { tokens: 20, at };
    const tokens = Math.min(20, bucket.tokens + (at - bucket.at) / 1_000);
    if (tokens < 1) throw new Refusal(429, 'Too Many Requests: retry after 1', 1);
    chats.set(chatId, { tokens: tokens - 1, at });
    sent.push(at);
  };
}
