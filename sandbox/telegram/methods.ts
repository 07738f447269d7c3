import { randomUUID } from 'node:crypto';
import { checkText, readKeyboard } from './rules';
import { Refusal, type ChatMessage, type SandboxUser, type TelegramBook } from './state';

/** What a method works with. */
export interface MethodContext {
  readonly book: TelegramBook;
  readonly flood: (chatId: number) => void;
  readonly photos: Map<number, Buffer>;
  readonly answered: (id: string, text: string, alert: boolean) => boolean;
  readonly preCheckout: (id: string, ok: boolean, message: string) => boolean;
  readonly publicUrl: () => string;
  readonly username: string;
  readonly changed: (userId: number) => void;
}

type Fields = Readonly<Record<string, unknown>>;
type Method = (context: MethodContext, fields: Fields, files: Readonly<Record<string, Buffer>>) => unknown;

function chatOf(context: MethodContext, fields: Fields): SandboxUser {
  const user = context.book.users[String(fields['chat_id'])];
  if (user === undefined) throw new Refusal(400, 'Bad Request: chat not found');
  if (user.blocked) throw new Refusal(403, 'Forbidden: bot was blocked by the user');
  return user;
}

function shown(context: MethodContext, user: SandboxUser, message: ChatMessage): object {
  return {
    message_id: message.id,
    from: { id: 1, is_bot: true, first_name: 'Shop', username: context.username },
    chat: { id: user.id, type: 'private', first_name: user.firstName },
    date: Math.floor(Date.parse(message.at) / 1000),
    ...(message.photo
      ? { caption: message.html, photo: [{ file_id: `photo-${message.id}`, file_unique_id: `p${message.id}`, width: 512, height: 512 }] }
      : { text: message.html }),
  };
}

function add(context: MethodContext, user: SandboxUser, message: Pick<ChatMessage, 'html' | 'buttons' | 'photo'>): ChatMessage {
  const id = context.book.nextMessageId;
  context.book.nextMessageId += 1;
  const added: ChatMessage = { id, from: 'bot', edited: false, at: new Date().toISOString(), ...message };
  user.messages.push(added);
  context.changed(user.id);
  return added;
}

function sendMessage(context: MethodContext, fields: Fields): object {
  const user = chatOf(context, fields);
  const html = String(fields['text'] ?? '');
  checkText(html, fields['parse_mode'], 4096);
  const buttons = readKeyboard(fields['reply_markup']);
  context.flood(user.id);
  return shown(context, user, add(context, user, { html, buttons, photo: false }));
}

function sendPhoto(context: MethodContext, fields: Fields, files: Readonly<Record<string, Buffer>>): object {
  const user = chatOf(context, fields);
  const caption = String(fields['caption'] ?? '');
  if (caption !== '') checkText(caption, fields['parse_mode'], 1024);
  const known = typeof fields['photo'] === 'string' && /^photo-\d+$/.test(fields['photo']);
  const file = Object.values(files)[0];
  if (known) return shown(context, user, add(context, user, { html: caption, buttons: readKeyboard(fields['reply_markup']), photo: true }));
  if (file === undefined || file.subarray(1, 4).toString('latin1') !== 'PNG') throw new Refusal(400, 'Bad Request: IMAGE_PROCESS_FAILED');
  context.flood(user.id);
  const message = add(context, user, { html: caption, buttons: readKeyboard(fields['reply_markup']), photo: true });
  context.photos.set(message.id, file);
  return shown(context, user, message);
}

function messageOf(user: SandboxUser, fields: Fields): ChatMessage {
  const message = user.messages.find((entry) => entry.id === Number(fields['message_id']) && entry.from === 'bot');
  if (message === undefined) throw new Refusal(400, 'Bad Request: message to edit not found');
  return message;
}

function editMessageText(context: MethodContext, fields: Fields): object {
  const user = chatOf(context, fields);
  const message = messageOf(user, fields);
  if (message.photo) throw new Refusal(400, 'Bad Request: there is no text in the message to edit');
  const html = String(fields['text'] ?? '');
  checkText(html, fields['parse_mode'], 4096);
  const buttons = readKeyboard(fields['reply_markup']);
  if (message.html === html && JSON.stringify(message.buttons) === JSON.stringify(buttons)) {
    throw new Refusal(400, 'Bad Request: message is not modified: specified new message content and reply markup are exactly the same');
  }
  const earlier = [...(message.earlier ?? []), message.html];
  Object.assign(message, { html, buttons, edited: true, earlier });
  context.changed(user.id);
  return shown(context, user, message);
}

function editMessageReplyMarkup(context: MethodContext, fields: Fields): object {
  const user = chatOf(context, fields);
  const message = messageOf(user, fields);
  message.buttons = readKeyboard(fields['reply_markup']);
  context.changed(user.id);
  return shown(context, user, message);
}

function deleteMessage(context: MethodContext, fields: Fields): boolean {
  const user = chatOf(context, fields);
  const id = Number(fields['message_id']);
  if (!user.messages.some((message) => message.id === id)) throw new Refusal(400, 'Bad Request: message to delete not found');
  user.messages = user.messages.filter((message) => message.id !== id);
  context.changed(user.id);
  return true;
}

function answerCallbackQuery(context: MethodContext, fields: Fields): boolean {
  const known = context.answered(
    String(fields['callback_query_id']),
    String(fields['text'] ?? ''),
    String(fields['show_alert']) === 'true',
  );
  if (!known) throw new Refusal(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
  return true;
}

function readPrice(fields: Fields): number {
  const prices: unknown = typeof fields['prices'] === 'string' ? JSON.parse(fields['prices']) : fields['prices'];
  const price: unknown = Array.isArray(prices) && prices.length === 1 ? prices[0] : undefined;
  const amount = typeof price === 'object' && price !== null && 'amount' in price ? Number(price.amount) : 0;
  if (!Number.isInteger(amount) || amount < 1) throw new Refusal(400, 'Bad Request: STARS_INVOICE_INVALID');
  return amount;
}

/** Seconds of the only period, and the highest price in Stars (Bot API, createInvoiceLink). */
const onlyPeriod = 2_592_000;
const highestSubscription = 10_000;

function createInvoiceLink(context: MethodContext, fields: Fields): string {
  const title = String(fields['title'] ?? '');
  const description = String(fields['description'] ?? '');
  const payload = String(fields['payload'] ?? '');
  if (fields['currency'] !== 'XTR' || (fields['provider_token'] ?? '') !== '') throw new Refusal(400, 'Bad Request: CURRENCY_INVALID');
  if (title.length < 1 || title.length > 32) throw new Refusal(400, 'Bad Request: INVOICE_TITLE_INVALID');
  if (description.length < 1 || description.length > 255) throw new Refusal(400, 'Bad Request: INVOICE_DESCRIPTION_INVALID');
  if (Buffer.byteLength(payload) < 1 || Buffer.byteLength(payload) > 128) throw new Refusal(400, 'Bad Request: INVOICE_PAYLOAD_INVALID');
  const period = fields['subscription_period'] === undefined ? undefined : Number(fields['subscription_period']);
  const amount = readPrice(fields);
  if (period !== undefined && (period !== onlyPeriod || amount > highestSubscription)) {
    throw new Refusal(400, 'Bad Request: SUBSCRIPTION_EXPORT_MISSING');
  }
  const slug = randomUUID();
  context.book.invoices.push({ slug, title, description, payload, amount, period });
  return `${context.publicUrl()}/stars/${slug}`;
}

function answerPreCheckoutQuery(context: MethodContext, fields: Fields): boolean {
  const ok = String(fields['ok']) === 'true';
  if (!context.preCheckout(String(fields['pre_checkout_query_id']), ok, String(fields['error_message'] ?? ''))) {
    throw new Refusal(400, 'Bad Request: query is too old and response timeout expired or query ID is invalid');
  }
  return true;
}

function refundStarPayment(context: MethodContext, fields: Fields): boolean {
  const charge = context.book.charges.find(
    (entry) => entry.id === fields['telegram_payment_charge_id'] && entry.userId === Number(fields['user_id']),
  );
  if (charge === undefined) throw new Refusal(400, 'Bad Request: CHARGE_NOT_FOUND');
  if (charge.refunded) throw new Refusal(400, 'Bad Request: CHARGE_ALREADY_REFUNDED');
  charge.refunded = true;
  return true;
}

function editUserStarSubscription(context: MethodContext, fields: Fields): boolean {
  const charge = context.book.charges.find(
    (entry) =>
      entry.id === fields['telegram_payment_charge_id'] && entry.userId === Number(fields['user_id']) && entry.period !== undefined,
  );
  if (charge === undefined) throw new Refusal(400, 'Bad Request: CHARGE_NOT_FOUND');
  context.book.stopped = context.book.stopped.filter((payload) => payload !== charge.payload);
  if (String(fields['is_canceled']) === 'true') context.book.stopped.push(charge.payload);
  return true;
}

function getStarTransactions(context: MethodContext, fields: Fields): object {
  const all = context.book.charges.flatMap((charge) => {
    const user = { id: charge.userId, is_bot: false, first_name: 'Buyer' };
    const again = charge.period === undefined ? {} : { subscription_period: charge.period };
    const party = { type: 'user', transaction_type: 'invoice_payment', user, invoice_payload: charge.payload, ...again };
    const base = { id: charge.id, amount: charge.amount, date: charge.date };
    return charge.refunded
      ? [
          { ...base, source: party },
          { ...base, receiver: party },
        ]
      : [{ ...base, source: party }];
  });
  const offset = Number(fields['offset'] ?? 0);
  return { transactions: all.slice(offset, offset + Number(fields['limit'] ?? 100)) };
}

function setMyCommands(context: MethodContext, fields: Fields): boolean {
  const commands: unknown = typeof fields['commands'] === 'string' ? JSON.parse(fields['commands']) : fields['commands'];
  if (Array.isArray(commands)) context.book.commands[String(fields['language_code'] ?? '')] = commands;
  return true;
}

function getChatMember(context: MethodContext, fields: Fields): object {
  const members = context.book.channels[String(fields['chat_id'])];
  if (members === undefined) throw new Refusal(400, 'Bad Request: chat not found');
  const id = Number(fields['user_id']);
  return { status: members.includes(id) ? 'member' : 'left', user: { id, is_bot: false, first_name: 'Buyer' } };
}

/** The methods of the Bot API that a shop calls. */
export const methods: Readonly<Record<string, Method>> = {
  getMe: (context) => ({ id: 1, is_bot: true, first_name: 'Shop', username: context.username, can_join_groups: false }),
  sendMessage,
  sendPhoto,
  editMessageText,
  editMessageReplyMarkup,
  deleteMessage,
  answerCallbackQuery,
  createInvoiceLink,
  answerPreCheckoutQuery,
  refundStarPayment,
  editUserStarSubscription,
  getStarTransactions,
  getMyStarBalance: (context) => ({
    amount: context.book.charges.filter((charge) => !charge.refunded).reduce((sum, charge) => sum + charge.amount, 0),
  }),
  setMyCommands,
  sendChatAction: () => true,
  getChatMember,
  setWebhook(context, fields) {
    const url = String(fields['url'] ?? '');
    context.book.webhook = url === '' ? undefined : { url, secret: String(fields['secret_token'] ?? '') };
    return true;
  },
  deleteWebhook(context) {
    context.book.webhook = undefined;
    return true;
  },
  setChatMenuButton: () => true,
};
