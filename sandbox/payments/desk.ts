import { setTimeout as wait } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody, readJsonBody } from '../body';
import { withFault, type Faults } from '../faults';
import { donePage, payPage } from './page';

/** One payment in a simulated provider's book. */
export interface Invoice {
  readonly id: string;
  readonly provider: string;
  /** The shop's own id of the payment. */
  readonly reference: string;
  /** What is asked, as a plain decimal. */
  readonly amount: string;
  readonly currency: string;
  readonly description: string;
  readonly returnUrl: string;
  status: 'open' | 'paid' | 'underpaid' | 'cancelled' | 'expired';
  /** What arrived and what went back, as plain decimals of the invoice's currency. */
  received: string;
  refunded: string;
  readonly test: boolean;
  readonly createdAt: string;
  /** Fields of the provider's own object. */
  readonly extra: Record<string, unknown>;
}

interface Delivery {
  readonly invoiceId: string;
  readonly event: string;
  readonly status: number;
}

interface Settings {
  webhooks: boolean;
  test: boolean;
  /** So many of the next charges of kept ways of paying are declined. */
  declines?: number;
}

interface Book {
  invoices: Invoice[];
  deliveries: Delivery[];
  settings: Record<string, Settings>;
}

/** A webhook on its way to the shop. */
export interface Message {
  readonly event: string;
  readonly slot?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a buyer (or a test) can do at a provider. */
export interface Till {
  readonly provider: string;
  /** Name on the pay page. */
  readonly brand: string;
  pay(invoice: Invoice, amount: string, currency: string): Promise<void> | void;
  cancel(invoice: Invoice, reason: string | undefined): Promise<void> | void;
  refund(invoice: Invoice, amount: string): Promise<void> | void;
  dispute?(invoice: Invoice, step: 'open' | 'won' | 'lost'): Promise<void> | void;
}

export interface DeskOptions {
  readonly publicUrl: () => string;
  /** Where webhooks of a provider go; undefined = nowhere. */
  readonly webhookUrl: (provider: string) => string | undefined;
  readonly faults: Faults;
  /** Whether new invoices are of a test. */
  readonly test: boolean;
  /** Waits between deliveries of a webhook that was not answered with 2xx. */
  readonly retryMs?: number;
}

/** The book of all simulated providers, their pay pages and the delivery of their webhooks. */
export interface Desk {
  readonly router: Router;
  add(invoice: Omit<Invoice, 'status' | 'received' | 'refunded' | 'test' | 'createdAt'>): Invoice;
  /** By the provider's id or the shop's. */
  find(id: string): Invoice | undefined;
  all(provider: string): readonly Invoice[];
  payUrl(invoice: Invoice): string;
  /** Delivers until the shop answers 2xx, or webhooks are switched off. */
  notify(invoice: Invoice, message: () => Message): void;
  /** Sends once and gives the answer, for questions a provider asks. */
  ask(provider: string, message: Message): Promise<{ status: number; text: string }>;
  isTest(provider: string): boolean;
  /** Whether the bank declines this charge of a way of paying that was kept; asked once for each. */
  declines(provider: string): boolean;
  /** A route of a provider's API, with its failures. */
  guard(provider: string, operation: string, work: (ctx: Context) => Promise<void> | void): (ctx: Context) => Promise<void>;
  open(till: Till): void;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  stop(): void;
}

const mostRetries = 200;

/** Adds or takes away plain decimals of at most nine digits after the point. */
export function sum(a: string, b: string, sign: 1 | -1 = 1): string {
  const units = (text: string): bigint => {
    const [whole = '0', fraction = ''] = text.split('.');
    return BigInt(`${whole}${fraction.padEnd(9, '0')}`);
  };
  const total = units(a) + BigInt(sign) * units(b);
  const digits = String(total < 0n ? -total : total).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '').padEnd(2, '0');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -9)}.${fraction}`;
}

/** Whether a plain decimal is at least another. */
export function covers(a: string, b: string): boolean {
  return !sum(a, b, -1).startsWith('-');
}

async function send(url: string, message: Message): Promise<{ status: number; text: string }> {
  try {
    const reply = await fetch(message.slot === undefined ? url : `${url}/${message.slot}`, {
      method: 'POST',
      headers: message.headers,
      body: message.body,
      redirect: 'manual',
    });
    return { status: reply.status, text: await reply.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

/** Makes the desk, with `/pay/<id>`, `/sandbox/payments` and `/sandbox/<provider>/settings`. */
export function createDesk(options: DeskOptions): Desk {
  let book: Book = { invoices: [], deliveries: [], settings: {} };
  const tills = new Map<string, Till>();
  const ending = new AbortController();
  const router = new Router();

  const settingsOf = (provider: string): Settings => (book.settings[provider] ??= { webhooks: true, test: options.test });
  const find = (id: string): Invoice | undefined => book.invoices.find((invoice) => invoice.id === id || invoice.reference === id);

  async function deliver(invoice: Invoice, message: () => Message): Promise<void> {
    for (let attempt = 0; attempt < mostRetries && !ending.signal.aborted; attempt += 1) {
      const url = options.webhookUrl(invoice.provider);
      if (!settingsOf(invoice.provider).webhooks || url === undefined) return;
      const made = message();
      const { status } = await send(url, made);
      book.deliveries.push({ invoiceId: invoice.id, event: made.event, status });
      if (status >= 200 && status < 300) return;
      await wait(options.retryMs ?? 1_000, undefined, { ref: false });
    }
  }

  async function act(invoice: Invoice, action: string, body: Record<string, unknown>): Promise<void> {
    const till = tills.get(invoice.provider);
    const amount = typeof body['amount'] === 'string' ? body['amount'] : undefined;
    const currency = typeof body['currency'] === 'string' ? body['currency'] : invoice.currency;
    if (action === 'pay') await till?.pay(invoice, amount ?? sum(invoice.amount, invoice.received, -1), currency);
    if (action === 'cancel') await till?.cancel(invoice, typeof body['reason'] === 'string' ? body['reason'] : undefined);
    if (action === 'refund') await till?.refund(invoice, amount ?? sum(invoice.received, invoice.refunded, -1));
    if (action === 'dispute' && till?.dispute !== undefined) {
      const step = body['step'];
      await till.dispute(invoice, step === 'won' || step === 'lost' ? step : 'open');
    }
  }

  router.get('/pay/:id', (ctx) => {
    const invoice = find(String(ctx['params']['id']));
    if (invoice === undefined) return;
    const brand = tills.get(invoice.provider)?.brand ?? invoice.provider;
    ctx.type = 'html';
    ctx.body = invoice.status === 'open' || invoice.status === 'underpaid' ? payPage(brand, invoice) : donePage(brand, invoice);
  });
  router.post('/pay/:id/:action', async (ctx) => {
    await readBody(ctx.req);
    const invoice = find(String(ctx['params']['id']));
    if (invoice === undefined) return;
    await act(invoice, ctx['params']['action'] === 'pay' ? 'pay' : 'cancel', { reason: 'general_decline' });
    ctx.redirect(`/pay/${invoice.id}`);
  });
  router.get('/sandbox/payments', (ctx) => {
    ctx.body = book.invoices.map((invoice) => ({
      ...invoice,
      deliveries: book.deliveries.filter((delivery) => delivery.invoiceId === invoice.id),
    }));
  });
  router.post('/sandbox/payments/:id/:action', async (ctx) => {
    const invoice = find(String(ctx['params']['id']));
    const body = await readJsonBody(ctx.req);
    if (invoice === undefined) return;
    await act(invoice, String(ctx['params']['action']), body);
    ctx.body = invoice;
  });
  router.post('/sandbox/:provider/settings', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const settings = settingsOf(String(ctx['params']['provider']));
    if (typeof body['webhooks'] === 'boolean') settings.webhooks = body['webhooks'];
    if (typeof body['test'] === 'boolean') settings.test = body['test'];
    if (typeof body['declines'] === 'number') settings.declines = body['declines'];
    ctx.body = settings;
  });

  return {
    router,
    find,
    add(fields) {
      const invoice: Invoice = {
        ...fields,
        status: 'open',
        received: '0.00',
        refunded: '0.00',
        test: settingsOf(fields.provider).test,
        createdAt: new Date().toISOString(),
      };
      book.invoices.push(invoice);
      return invoice;
    },
    all: (provider) => book.invoices.filter((invoice) => invoice.provider === provider),
    payUrl: (invoice) => `${options.publicUrl()}/pay/${invoice.id}`,
    notify: (invoice, message) => void deliver(invoice, message),
    async ask(provider, message) {
      const url = options.webhookUrl(provider);
      return url === undefined ? { status: 0, text: '' } : send(url, message);
    },
    isTest: (provider) => settingsOf(provider).test,
    declines(provider) {
      const settings = settingsOf(provider);
      const left = settings.declines ?? 0;
      settings.declines = Math.max(0, left - 1);
      return left > 0;
    },
    guard: (provider, operation, work) => (ctx) => withFault(ctx, options.faults.take(provider, operation), async () => work(ctx)),
    open(till) {
      tills.set(till.provider, till);
    },
    snapshot: () => book,
    restore(snapshot) {
      // A snapshot is what `snapshot` gave, written and read as JSON.
      book = snapshot as Book;
    },
    stop() {
      ending.abort();
    },
  };
}
