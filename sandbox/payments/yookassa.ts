import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readJsonBody } from '../body';
import { covers, sum, type Desk, type Invoice } from './desk';
import { checkAmount, faultIn, refusal, type Amount } from './yookassaChecks';

const provider = 'yookassa';

export interface YookassaOptions {
  readonly shopId: string;
  readonly secretKey: string;
}

const states = { open: 'pending', underpaid: 'pending', paid: 'succeeded', cancelled: 'canceled', expired: 'canceled' } as const;

const record = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null ? { ...value } : {});

/** Object Payment of the API. */
function paymentOf(desk: Desk, invoice: Invoice): object {
  const { extra } = invoice;
  const paidAmount = record(extra['paid']);
  return {
    id: invoice.id,
    status: states[invoice.status],
    paid: invoice.status === 'paid',
    amount: { value: paidAmount['value'] ?? invoice.amount, currency: paidAmount['currency'] ?? invoice.currency },
    refunded_amount: { value: invoice.refunded, currency: 'RUB' },
    test: invoice.test,
    created_at: invoice.createdAt,
    description: invoice.description,
    metadata: { payment_id: invoice.reference },
    confirmation: { type: 'redirect', confirmation_url: desk.payUrl(invoice), return_url: invoice.returnUrl },
    ...(extra['reason'] === undefined ? {} : { cancellation_details: { party: 'yoo_money', reason: extra['reason'] } }),
    ...(extra['method'] === undefined || invoice.status !== 'paid' ? {} : { payment_method: extra['method'] }),
  };
}

function notify(desk: Desk, invoice: Invoice, event: string): void {
  const object = paymentOf(desk, invoice);
  desk.notify(invoice, () => ({
    event,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'notification', event, object }),
  }));
}

/** The way of paying that the buyer lets the shop keep, or that is used again. */
function methodOf(body: Record<string, unknown>, id: string): Record<string, unknown> {
  const used = typeof body['payment_method_id'] === 'string' ? body['payment_method_id'] : undefined;
  const kept = used ?? (body['save_payment_method'] === true ? id : undefined);
  return kept === undefined ? {} : { method: { id: kept, type: 'bank_card', saved: true, title: 'Bank card *4444' } };
}

// Who gets the receipt; the fields were checked before.
function receiptOf(body: Record<string, unknown>): Record<string, unknown> {
  const receiptTo = record(record(body['receipt'])['customer'])['email'];
  return receiptTo === undefined ? {} : { receiptTo };
}

/** Makes a simulated YooKassa API v3 under `/yookassa/v3/`. */
export function createYookassaSimulator(desk: Desk, options: YookassaOptions): Router {
  const keys = new Map<string, { body: string; id: string }>();
  const refunds = new Map<string, object>();
  const router = new Router();
  const expected = `Basic ${Buffer.from(`${options.shopId}:${options.secretKey}`).toString('base64')}`;

  function authorised(operation: string, work: (ctx: Context) => Promise<void> | void): (ctx: Context) => Promise<void> {
    return desk.guard(provider, operation, (ctx) => {
      if (ctx.get('authorization') === expected) return work(ctx);
      ctx.status = 401;
      ctx.body = { type: 'error', id: randomUUID(), code: 'invalid_credentials', description: 'canary-provider-error' };
    });
  }

  function pay(invoice: Invoice, amount: string, currency: string): void {
    if (invoice.status !== 'open') return;
    invoice.status = 'paid';
    invoice.received = amount;
    invoice.extra['paid'] = { value: amount, currency };
    notify(desk, invoice, 'payment.succeeded');
  }

  function refund(invoice: Invoice, amount: string): object | undefined {
    const total = sum(invoice.refunded, amount);
    if (invoice.status !== 'paid' || !covers(invoice.received, total)) return undefined;
    invoice.refunded = total;
    const made = { id: randomUUID(), payment_id: invoice.id, status: 'succeeded', amount: { value: amount, currency: 'RUB' } };
    refunds.set(made.id, made);
    desk.notify(invoice, () => ({
      event: 'refund.succeeded',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'notification', event: 'refund.succeeded', object: made }),
    }));
    return made;
  }

  function create(body: Record<string, unknown>): Invoice {
    // `faultIn` has checked the amount and the metadata.
    const amount = body['amount'] as Amount;
    const saved = body['payment_method_id'];
    const id = randomUUID();
    const invoice = desk.add({
      id,
      provider,
      reference: String(record(body['metadata'])['payment_id']),
      amount: amount.value,
      currency: amount.currency,
      description: String(body['description'] ?? ''),
      returnUrl: String(record(body['confirmation'])['return_url'] ?? ''),
      extra: { ...methodOf(body, id), ...receiptOf(body) },
    });
    if (typeof saved === 'string' && (saved.includes('declined') || desk.declines(provider))) {
      invoice.status = 'cancelled';
      invoice.extra['reason'] = 'insufficient_funds';
    } else if (saved !== undefined) pay(invoice, amount.value, amount.currency);
    return invoice;
  }

  async function createPayment(ctx: Context): Promise<void> {
    const key = ctx.get('idempotence-key');
    const body = await readJsonBody(ctx.req);
    const known = keys.get(key);
    const same = known === undefined || known.body === JSON.stringify(body);
    const fault = key === '' || key.length > 64 || !same ? refusal('invalid_request', 'Idempotence-Key') : faultIn(body);
    if (fault !== undefined) {
      ctx.status = fault.status;
      ctx.body = fault.body;
      return;
    }
    const invoice = (known === undefined ? undefined : desk.find(known.id)) ?? create(body);
    keys.set(key, { body: JSON.stringify(body), id: invoice.id });
    ctx.body = paymentOf(desk, invoice);
  }

  function listPayments(ctx: Context): void {
    const since = Date.parse(String(ctx.query['created_at.gte'] ?? '1970-01-01T00:00:00Z'));
    const limit = Math.min(100, Number(ctx.query['limit'] ?? 10));
    const start = Number(ctx.query['cursor'] ?? 0);
    const all = desk.all(provider).filter((invoice) => Date.parse(invoice.createdAt) >= since);
    const items = all.slice(start, start + limit).map((invoice) => paymentOf(desk, invoice));
    ctx.body = { type: 'list', items, ...(start + limit < all.length ? { next_cursor: String(start + limit) } : {}) };
  }

  function answer(ctx: Context, found: object | undefined): void {
    ctx.status = found === undefined ? 404 : 200;
    ctx.body = found ?? { type: 'error', id: randomUUID(), code: 'not_found', description: 'not found' };
  }

  const v3 = '/yookassa/v3';
  router.post(`${v3}/payments`, authorised('create', createPayment));
  router.get(
    `${v3}/payments/:id`,
    authorised('get', (ctx) => {
      const invoice = desk.find(String(ctx['params']['id']));
      answer(ctx, invoice === undefined ? undefined : paymentOf(desk, invoice));
    }),
  );
  router.get(`${v3}/payments`, authorised('list', listPayments));
  router.get(
    `${v3}/refunds/:id`,
    authorised('get', (ctx) => answer(ctx, refunds.get(String(ctx['params']['id'])))),
  );
  router.post(
    `${v3}/refunds`,
    authorised('refund', async (ctx) => {
      const key = ctx.get('idempotence-key');
      const body = await readJsonBody(ctx.req);
      const known = refunds.get(key);
      const invoice = desk.find(String(body['payment_id']));
      const amount = body['amount'];
      const made = known ?? (invoice === undefined || !checkAmount(amount) ? undefined : refund(invoice, amount.value));
      if (made === undefined) {
        const refused = refusal('invalid_request', 'amount');
        ctx.status = refused.status;
        ctx.body = refused.body;
        return;
      }
      refunds.set(key, made);
      ctx.body = made;
    }),
  );
  desk.open({
    provider,
    brand: 'ЮKassa',
    pay,
    refund: (invoice, amount) => void refund(invoice, amount),
    cancel(invoice, reason) {
      if (invoice.status !== 'open') return;
      invoice.status = 'cancelled';
      invoice.extra['reason'] = reason ?? 'expired_on_confirmation';
      notify(desk, invoice, 'payment.canceled');
    },
  });
  return router;
}
