import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody, readJsonBody } from '../body';
import { withFault, type Faults } from '../faults';
import { cents, checkAmount, faultIn, refusal, type Amount } from './checks';
import { payPage, paidPage } from './page';

interface Payment {
  id: string;
  status: 'pending' | 'succeeded' | 'canceled';
  paid: boolean;
  amount: Amount;
  refunded_amount: Amount;
  test: boolean;
  created_at: string;
  captured_at?: string;
  description: string;
  metadata: Record<string, string>;
  confirmation: { type: 'redirect'; confirmation_url: string; return_url: string };
  cancellation_details?: { party: string; reason: string };
}

interface Book {
  payments: Payment[];
  refunds: { id: string; payment_id: string; status: string; amount: Amount }[];
  keys: Record<string, { body: string; id: string }>;
  deliveries: { paymentId: string; event: string; status: number }[];
}

export interface YookassaOptions {
  readonly shopId: string;
  readonly secretKey: string;
  readonly publicUrl: () => string;
  /** Where webhooks go; undefined = nowhere. */
  readonly webhookUrl: () => string | undefined;
  readonly faults: Faults;
  readonly test: boolean;
  /** Waits between deliveries of a webhook that was not answered with 200. */
  readonly retryMs?: number;
}

export interface YookassaSimulator {
  readonly router: Router;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
  stop(): void;
}

const mostRetries = 200;
/** Makes a simulated YooKassa API v3 under `/yookassa/v3/` with a pay page at `/pay/<id>` and real webhooks. */
export function createYookassaSimulator(options: YookassaOptions): YookassaSimulator {
  let book: Book = { payments: [], refunds: [], keys: {}, deliveries: [] };
  let settings = { webhooks: true, test: options.test };
  const ending = new AbortController();
  const router = new Router();
  const expected = `Basic ${Buffer.from(`${options.shopId}:${options.secretKey}`).toString('base64')}`;

  function find(id: string): Payment | undefined {
    return book.payments.find((payment) => payment.id === id || payment.metadata['payment_id'] === id);
  }

  async function post(url: string, body: object): Promise<number> {
    try {
      const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      await reply.arrayBuffer();
      return reply.status;
    } catch {
      return 0;
    }
  }

  async function notify(payment: Payment, event: string, object: object): Promise<void> {
    for (let attempt = 0; attempt < mostRetries && !ending.signal.aborted; attempt += 1) {
      const url = options.webhookUrl();
      if (!settings.webhooks || url === undefined) return;
      const status = await post(url, { type: 'notification', event, object });
      book.deliveries.push({ paymentId: payment.id, event, status });
      if (status === 200) return;
      await wait(options.retryMs ?? 1_000, undefined, { ref: false });
    }
  }

  function create(body: Record<string, unknown>, key: string): Payment {
    const id = randomUUID();
    const confirmation = body['confirmation'];
    const returnUrl =
      typeof confirmation === 'object' && confirmation !== null && 'return_url' in confirmation ? String(confirmation.return_url) : '';
    const payment: Payment = {
      id,
      status: 'pending',
      paid: false,
      // `faultIn` has checked the amount and the metadata.
      amount: body['amount'] as Amount,
      refunded_amount: { value: '0.00', currency: 'RUB' },
      test: settings.test,
      created_at: new Date().toISOString(),
      description: String(body['description'] ?? ''),
      metadata: (body['metadata'] ?? {}) as Record<string, string>,
      confirmation: { type: 'redirect', confirmation_url: `${options.publicUrl()}/pay/${id}`, return_url: returnUrl },
    };
    book.payments.push(payment);
    book.keys[key] = { body: JSON.stringify(body), id };
    return payment;
  }

  async function createPayment(ctx: Context): Promise<void> {
    const key = ctx.get('idempotence-key');
    const body = await readJsonBody(ctx.req);
    const known = book.keys[key];
    const fault = key === '' || key.length > 64 ? refusal('invalid_request', 'Idempotence-Key') : faultIn(body);
    if (fault !== undefined) {
      ctx.status = fault.status;
      ctx.body = fault.body;
    } else if (known === undefined) ctx.body = create(body, key);
    else if (known.body === JSON.stringify(body)) ctx.body = find(known.id);
    else {
      ctx.status = 400;
      ctx.body = refusal('invalid_request', 'Idempotence-Key').body;
    }
  }

  function authorised(operation: string, work: (ctx: Context) => Promise<void> | void): (ctx: Context) => Promise<void> {
    return (ctx) =>
      withFault(ctx, options.faults.take('yookassa', operation), async () => {
        if (ctx.get('authorization') === expected) return work(ctx);
        ctx.status = 401;
        ctx.body = { type: 'error', id: randomUUID(), code: 'invalid_credentials', description: 'canary-provider-error' };
      });
  }

  function missing(ctx: Context): void {
    ctx.status = 404;
    ctx.body = { type: 'error', id: randomUUID(), code: 'not_found', description: 'not found' };
  }

  async function pay(payment: Payment, override: Partial<Amount> = {}): Promise<void> {
    if (payment.status !== 'pending') return;
    payment.status = 'succeeded';
    payment.paid = true;
    payment.captured_at = new Date().toISOString();
    payment.amount = { ...payment.amount, ...override };
    await Promise.resolve();
    void notify(payment, 'payment.succeeded', payment);
  }

  function cancel(payment: Payment, reason = 'expired_on_confirmation'): void {
    if (payment.status !== 'pending') return;
    payment.status = 'canceled';
    payment.cancellation_details = { party: 'yoo_money', reason };
    void notify(payment, 'payment.canceled', payment);
  }

  function refund(payment: Payment, value: string): object {
    const made = { id: randomUUID(), payment_id: payment.id, status: 'succeeded', amount: { value, currency: 'RUB' } };
    book.refunds.push(made);
    payment.refunded_amount = { value: ((cents(payment.refunded_amount.value) + cents(value)) / 100).toFixed(2), currency: 'RUB' };
    void notify(payment, 'refund.succeeded', made);
    return made;
  }

  const v3 = '/yookassa/v3';
  router.post(`${v3}/payments`, authorised('create', createPayment));
  router.get(
    `${v3}/payments/:id`,
    authorised('get', (ctx) => {
      const payment = book.payments.find((entry) => entry.id === ctx['params']['id']);
      if (payment === undefined) missing(ctx);
      else ctx.body = payment;
    }),
  );
  router.get(
    `${v3}/payments`,
    authorised('list', (ctx) => {
      const since = Date.parse(String(ctx.query['created_at.gte'] ?? '1970-01-01T00:00:00Z'));
      const limit = Math.min(100, Number(ctx.query['limit'] ?? 10));
      const start = Number(ctx.query['cursor'] ?? 0);
      const status = ctx.query['status'];
      const all = book.payments.filter(
        (payment) => Date.parse(payment.created_at) >= since && (status === undefined || payment.status === status),
      );
      const items = all.slice(start, start + limit);
      ctx.body = { type: 'list', items, ...(start + limit < all.length ? { next_cursor: String(start + limit) } : {}) };
    }),
  );
  router.post(
    `${v3}/refunds`,
    authorised('refund', async (ctx) => {
      const body = await readJsonBody(ctx.req);
      const payment = find(String(body['payment_id']));
      const amount = body['amount'];
      if (payment === undefined || payment.status !== 'succeeded' || !checkAmount(amount)) ctx.status = 400;
      else ctx.body = refund(payment, amount.value);
    }),
  );

  router.get('/pay/:id', (ctx) => {
    const payment = find(String(ctx['params']['id']));
    if (payment === undefined) return;
    ctx.type = 'html';
    ctx.body = payment.status === 'pending' ? payPage(payment) : paidPage(payment.status, payment.confirmation.return_url);
  });
  router.post('/pay/:id/:action', async (ctx) => {
    await readBody(ctx.req);
    const payment = find(String(ctx['params']['id']));
    if (payment === undefined) return;
    if (ctx['params']['action'] === 'pay') await pay(payment);
    else cancel(payment, 'general_decline');
    ctx.redirect(`/pay/${payment.id}`);
  });
  router.post('/sandbox/payments/:id/:action', async (ctx) => {
    const payment = find(String(ctx['params']['id']));
    const body = await readJsonBody(ctx.req);
    if (payment === undefined) return;
    const action = String(ctx['params']['action']);
    const override = {
      ...(typeof body['amount'] === 'string' ? { value: body['amount'] } : {}),
      ...(typeof body['currency'] === 'string' ? { currency: body['currency'] } : {}),
    };
    if (action === 'pay') await pay(payment, override);
    if (action === 'cancel') cancel(payment);
    if (action === 'refund') refund(payment, String(body['amount'] ?? payment.amount.value));
    ctx.body = payment;
  });
  router.get('/sandbox/payments', (ctx) => {
    ctx.body = book.payments.map((payment) => ({
      ...payment,
      deliveries: book.deliveries.filter((delivery) => delivery.paymentId === payment.id),
    }));
  });
  router.post('/sandbox/yookassa/settings', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    settings = {
      ...settings,
      ...(typeof body['webhooks'] === 'boolean' ? { webhooks: body['webhooks'] } : {}),
      ...(typeof body['test'] === 'boolean' ? { test: body['test'] } : {}),
    };
    ctx.body = settings;
  });

  return {
    router,
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
