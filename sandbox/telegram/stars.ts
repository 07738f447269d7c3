import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import { readJsonBody } from '../body';
import type { SandboxUser, StarsInvoice, TelegramBook } from './state';

export interface StarsParts {
  readonly book: () => TelegramBook;
  readonly userOf: (id: number) => SandboxUser;
  readonly push: (update: Record<string, unknown>) => void;
  /** A person and a chat as updates show them. */
  readonly from: (user: SandboxUser) => object;
  readonly chat: (user: SandboxUser) => object;
  /** Asks the bot whether a payment may go on. */
  readonly checkout: (query: Record<string, unknown>) => Promise<{ ok: boolean; message: string }>;
}

interface Paying {
  readonly user: SandboxUser;
  readonly invoice: StarsInvoice;
  readonly total: number;
  /** Telegram loses the update. */
  readonly lost: boolean;
  readonly isRenewal: boolean;
}

function charge(parts: StarsParts, { user, invoice, total, lost, isRenewal }: Paying): void {
  const book = parts.book();
  const date = Math.floor(Date.now() / 1000);
  const { payload, period } = invoice;
  const made = { id: `stx-${randomUUID()}`, userId: user.id, amount: total, payload, date, refunded: false, period };
  book.charges.push(made);
  const recurring =
    period === undefined
      ? {}
      : { is_recurring: true, subscription_expiration_date: date + period, ...(isRenewal ? {} : { is_first_recurring: true }) };
  const successful = {
    currency: 'XTR',
    total_amount: total,
    invoice_payload: payload,
    telegram_payment_charge_id: made.id,
    provider_payment_charge_id: '',
    ...recurring,
  };
  const messageId = book.nextMessageId;
  book.nextMessageId += 1;
  if (lost) return;
  parts.push({
    message: { message_id: messageId, from: parts.from(user), chat: parts.chat(user), date, successful_payment: successful },
  });
}

/** What buyers do with Stars: pay an invoice, and what Telegram does by itself with a subscription. */
export function createStarsRoutes(parts: StarsParts): Router {
  const router = new Router();
  const find = (word: unknown): StarsInvoice | undefined => parts.book().invoices.find((entry) => String(word).endsWith(entry.slug));

  router.post('/sandbox/users/:id/stars-payments', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const user = parts.userOf(Number(ctx['params']['id']));
    const invoice = find(body['slug'] ?? body['url']);
    if (invoice === undefined) return;
    const total = typeof body['amount'] === 'number' ? body['amount'] : invoice.amount;
    const currency = typeof body['currency'] === 'string' ? body['currency'] : 'XTR';
    const query = { from: parts.from(user), currency, total_amount: total, invoice_payload: invoice.payload };
    const verdict = await parts.checkout(query);
    if (verdict.ok) charge(parts, { user, invoice, total, lost: body['lost'] === true, isRenewal: false });
    ctx.body = verdict;
  });

  // Telegram charges the next period without asking the bot.
  router.post('/sandbox/users/:id/stars-renewals', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const user = parts.userOf(Number(ctx['params']['id']));
    const invoice = find(body['url']);
    if (invoice?.period === undefined) return;
    const isStopped = parts.book().stopped.includes(invoice.payload);
    if (!isStopped) charge(parts, { user, invoice, total: invoice.amount, lost: body['lost'] === true, isRenewal: true });
    ctx.body = { charged: !isStopped };
  });

  // The buyer stops it in Telegram's own settings, or it could not be charged.
  router.post('/sandbox/users/:id/stars-subscriptions', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const user = parts.userOf(Number(ctx['params']['id']));
    const invoice = find(body['url']);
    if (invoice?.period === undefined) return;
    const state = String(body['state']);
    if (state !== 'active') parts.book().stopped.push(invoice.payload);
    parts.push({ subscription: { user: parts.from(user), invoice_payload: invoice.payload, state } });
    ctx.body = { state };
  });

  router.get('/sandbox/stars/:slug', (ctx) => {
    ctx.body = find(ctx['params']['slug']);
  });
  router.get('/sandbox/stars', (ctx) => {
    const { charges, stopped, invoices } = parts.book();
    ctx.body = { charges, stopped, invoices };
  });
  return router;
}
