import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readJsonBody } from '../body';
import type { Desk, Invoice } from './desk';

const provider = 'platega';

const words = { open: 'PENDING', underpaid: 'PENDING', paid: 'CONFIRMED', cancelled: 'CANCELED', expired: 'EXPIRED' } as const;

function wordOf(invoice: Invoice): string {
  return typeof invoice.extra['word'] === 'string' ? invoice.extra['word'] : words[invoice.status];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Makes a simulated Platega under `/platega/`. */
export function createPlategaSimulator(desk: Desk, options: { readonly merchantId: string; readonly secret: string }): Router {
  const router = new Router();

  function details(invoice: Invoice): { amount: number; currency: string } {
    return { amount: Number(invoice.extra['amount'] ?? invoice.amount), currency: String(invoice.extra['currency'] ?? invoice.currency) };
  }

  function notify(invoice: Invoice): void {
    desk.notify(invoice, () => ({
      event: wordOf(invoice),
      headers: { 'content-type': 'application/json', 'x-merchantid': options.merchantId, 'x-secret': options.secret },
      body: JSON.stringify({ id: invoice.id, ...details(invoice), status: wordOf(invoice), paymentMethod: 2, payload: invoice.reference }),
    }));
  }

  function authorised(operation: string, work: (ctx: Context) => Promise<void> | void): (ctx: Context) => Promise<void> {
    return desk.guard(provider, operation, (ctx) => {
      if (ctx.get('x-merchantid') === options.merchantId && ctx.get('x-secret') === options.secret) return work(ctx);
      ctx.status = 401;
      ctx.body = { message: 'unauthorized' };
    });
  }

  async function create(ctx: Context): Promise<void> {
    const body = await readJsonBody(ctx.req);
    const paid = record(body['paymentDetails']);
    const invoice = desk.add({
      id: randomUUID(),
      provider,
      reference: String(body['payload']),
      amount: Number(paid['amount']).toFixed(2),
      currency: String(paid['currency']),
      description: String(body['description'] ?? ''),
      returnUrl: String(body['return'] ?? ''),
      extra: {},
    });
    ctx.body = { transactionId: invoice.id, url: desk.payUrl(invoice), status: 'PENDING', expiresIn: '00:15:00' };
  }

  function find(ctx: Context): Invoice | undefined {
    const invoice = desk.all(provider).find((entry) => entry.id === ctx['params']['id']);
    if (invoice === undefined) ctx.status = 404;
    return invoice;
  }

  router.post('/platega/transaction/process', authorised('create', create));
  router.post('/platega/v2/transaction/process', authorised('create', create));
  router.get(
    '/platega/transaction/:id',
    authorised('get', (ctx) => {
      const invoice = find(ctx);
      if (invoice !== undefined)
        ctx.body = { id: invoice.id, status: wordOf(invoice), paymentDetails: details(invoice), payload: invoice.reference };
    }),
  );
  router.get(
    '/platega/transaction/:id/cancel-supported',
    authorised('refund', (ctx) => {
      const invoice = find(ctx);
      if (invoice !== undefined)
        ctx.body = {
          supported: invoice.status === 'paid' && Number(invoice.refunded) === 0,
          totalDeductUsdt: 1,
          penaltyUsdt: 0,
          blockReason: null,
        };
    }),
  );
  router.post(
    '/platega/transaction/:id/cancel',
    authorised('refund', (ctx) => {
      const invoice = find(ctx);
      if (invoice === undefined) return;
      invoice.refunded = invoice.received;
      invoice.extra['word'] = 'CANCELED';
      ctx.body = { accepted: true, manualControlRequired: false, message: 'ok' };
    }),
  );

  desk.open({
    provider,
    brand: 'Platega',
    pay(invoice, amount, currency) {
      if (invoice.status !== 'open') return;
      invoice.status = 'paid';
      invoice.received = amount;
      Object.assign(invoice.extra, { amount, currency });
      notify(invoice);
    },
    cancel(invoice) {
      if (invoice.status !== 'open') return;
      invoice.status = 'cancelled';
      notify(invoice);
    },
    refund(invoice) {
      invoice.refunded = invoice.received;
      invoice.extra['word'] = 'CHARGEBACKED';
      notify(invoice);
    },
  });
  return router;
}
