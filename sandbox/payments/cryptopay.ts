import { createHash, createHmac } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readJsonBody } from '../body';
import { covers, type Desk, type Invoice } from './desk';

const provider = 'cryptopay';

/** Makes a simulated Crypto Pay under `/cryptopay/api/`. */
export function createCryptopaySimulator(desk: Desk, options: { readonly token: string }): Router {
  const router = new Router();
  const key = createHash('sha256').update(options.token).digest();
  let lastId = 1_000 + desk.all(provider).length;

  function objectOf(invoice: Invoice): object {
    const paid = invoice.status === 'paid';
    return {
      invoice_id: Number(invoice.id.slice('cp'.length)),
      hash: `IV${invoice.id}`,
      currency_type: 'fiat',
      fiat: invoice.extra['fiat'] ?? invoice.currency,
      amount: invoice.extra['amount'] ?? invoice.amount,
      status: paid ? 'paid' : invoice.status === 'open' ? 'active' : 'expired',
      bot_invoice_url: desk.payUrl(invoice),
      payload: invoice.reference,
      created_at: invoice.createdAt,
      ...(paid ? { paid_asset: 'USDT', paid_amount: '3.31', paid_at: new Date().toISOString() } : {}),
    };
  }

  async function create(body: Record<string, unknown>): Promise<object> {
    await Promise.resolve();
    lastId += 1;
    return objectOf(
      desk.add({
        id: `cp${lastId}`,
        provider,
        reference: String(body['payload']),
        amount: String(body['amount']),
        currency: String(body['fiat']),
        description: String(body['description'] ?? ''),
        returnUrl: String(body['paid_btn_url'] ?? ''),
        extra: {},
      }),
    );
  }

  function list(body: Record<string, unknown>): object {
    const ids = typeof body['invoice_ids'] === 'string' ? body['invoice_ids'].split(',') : undefined;
    const offset = Number(body['offset'] ?? 0);
    const items = desk
      .all(provider)
      .toReversed()
      .map(objectOf)
      .filter((item) => ids === undefined || ids.includes(String((item as { invoice_id: number }).invoice_id)))
      .filter((item) => body['status'] === undefined || (item as { status: string }).status === body['status']);
    return { items: items.slice(offset, offset + Number(body['count'] ?? 100)) };
  }

  function drop(body: Record<string, unknown>): boolean {
    const invoice = desk.find(`cp${String(body['invoice_id'])}`);
    if (invoice?.status !== 'open') return false;
    invoice.status = 'cancelled';
    return true;
  }

  const methods: Readonly<Record<string, (body: Record<string, unknown>) => unknown>> = {
    createInvoice: create,
    getInvoices: list,
    deleteInvoice: drop,
    getMe: () => ({ app_id: 1, name: 'Sandbox' }),
  };

  async function handle(ctx: Context): Promise<void> {
    const method = String(ctx['params']['method']);
    await desk.guard(provider, method === 'createInvoice' ? 'create' : method === 'getInvoices' ? 'get' : method, async () => {
      const work = methods[method];
      if (ctx.get('crypto-pay-api-token') !== options.token || work === undefined) {
        ctx.status = work === undefined ? 405 : 401;
        ctx.body = { ok: false, error: { code: ctx.status, name: work === undefined ? 'METHOD_NOT_FOUND' : 'UNAUTHORIZED' } };
        return;
      }
      ctx.body = { ok: true, result: await work(await readJsonBody(ctx.req)) };
    })(ctx);
  }
  router.post('/cryptopay/api/:method', handle);

  desk.open({
    provider,
    brand: 'Crypto Pay',
    pay(invoice, amount, currency) {
      if (invoice.status !== 'open' || !covers(amount, '0.01')) return;
      invoice.status = 'paid';
      invoice.received = amount;
      // Crypto Pay invoices are paid exactly; another sum can only mean another invoice.
      if (amount !== invoice.amount || currency !== invoice.currency) Object.assign(invoice.extra, { amount, fiat: currency });
      desk.notify(invoice, () => {
        const body = JSON.stringify({
          update_id: 1,
          update_type: 'invoice_paid',
          request_date: new Date().toISOString(),
          payload: objectOf(invoice),
        });
        const signature = createHmac('sha256', key).update(body).digest('hex');
        return { event: 'invoice_paid', headers: { 'content-type': 'application/json', 'crypto-pay-api-signature': signature }, body };
      });
    },
    cancel(invoice) {
      if (invoice.status === 'open') invoice.status = 'expired';
    },
    refund: () => undefined,
  });
  return router;
}
