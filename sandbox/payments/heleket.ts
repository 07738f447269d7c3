import { createHash, randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody } from '../body';
import { covers, sum, type Desk, type Invoice } from './desk';

const provider = 'heleket';
/** Price of a coin in the invoice's currency; every sum here divides by it without a rest. */
const unitPrice = 100;

function signOf(text: string, key: string): string {
  return createHash('md5')
    .update(`${Buffer.from(text).toString('base64')}${key}`)
    .digest('hex');
}

function coins(amount: string): string {
  return (Number(amount) / unitPrice).toFixed(8);
}

function wordOf(invoice: Invoice): string {
  const word = invoice.extra['word'];
  if (typeof word === 'string') return word;
  if (invoice.status === 'paid') return covers(sum(invoice.received, invoice.amount, -1), '0.01') ? 'paid_over' : 'paid';
  return { open: 'check', underpaid: 'wrong_amount_waiting', cancelled: 'cancel', expired: 'cancel' }[invoice.status];
}

function objectOf(desk: Desk, invoice: Invoice): Record<string, unknown> {
  const status = wordOf(invoice);
  return {
    uuid: invoice.id,
    order_id: invoice.reference,
    amount: invoice.amount,
    currency: invoice.currency,
    payment_amount: coins(invoice.received),
    payer_amount: coins(invoice.amount),
    payer_currency: 'USDT',
    merchant_amount: coins(invoice.received),
    network: 'tron',
    is_final: status !== 'check' && status !== 'wrong_amount_waiting',
    status,
    payment_status: status,
    url: desk.payUrl(invoice),
    additional_data: 'план/тариф — Тест',
    txid: null,
  };
}

/** Makes a simulated Heleket under `/heleket/v1/`. */
export function createHeleketSimulator(desk: Desk, options: { readonly merchant: string; readonly paymentKey: string }): Router {
  const router = new Router();

  function notify(invoice: Invoice): void {
    const fields: Record<string, unknown> = { type: 'payment', ...objectOf(desk, invoice) };
    desk.notify(invoice, () => {
      // As PHP writes it: slashes escaped, letters as they are.
      const text = JSON.stringify(fields).replaceAll('/', String.raw`\/`);
      const body = `${text.slice(0, -1)},"sign":"${signOf(text, options.paymentKey)}"}`;
      return { event: String(fields['status']), headers: { 'content-type': 'application/json' }, body };
    });
  }

  function create(body: Record<string, unknown>): object {
    const known = desk.all(provider).find((invoice) => invoice.reference === body['order_id']);
    const made =
      known ??
      desk.add({
        id: randomUUID(),
        provider,
        reference: String(body['order_id']),
        amount: String(body['amount']),
        currency: String(body['currency']),
        description: 'Heleket',
        returnUrl: String(body['url_return'] ?? ''),
        extra: {},
      });
    return objectOf(desk, made);
  }

  function find(body: Record<string, unknown>): object | undefined {
    const invoice = desk.all(provider).find((entry) => entry.id === body['uuid'] || entry.reference === body['order_id']);
    return invoice === undefined ? undefined : objectOf(desk, invoice);
  }

  const calls: Readonly<Record<string, (body: Record<string, unknown>) => object | undefined>> = {
    payment: create,
    'payment/info': find,
    'payment/list': () => ({ items: desk.all(provider).map((invoice) => objectOf(desk, invoice)), paginate: { nextCursor: null } }),
    balance: () => ({ balance: [] }),
  };

  async function handle(ctx: Context, path: string): Promise<void> {
    const raw = (await readBody(ctx.req)).toString('utf8');
    if (ctx.get('merchant') !== options.merchant || ctx.get('sign') !== signOf(raw, options.paymentKey)) {
      ctx.status = 401;
      ctx.body = { state: 1, message: 'Invalid Sign' };
      return;
    }
    const body: Record<string, unknown> = raw === '' ? {} : JSON.parse(raw);
    const result = calls[path]?.(body);
    ctx.status = result === undefined ? 422 : 200;
    ctx.body = result === undefined ? { state: 1, message: 'not found' } : { state: 0, result };
  }
  for (const path of Object.keys(calls)) {
    const operation = path === 'payment' ? 'create' : path === 'payment/info' ? 'get' : path;
    router.post(
      `/heleket/v1/${path}`,
      desk.guard(provider, operation, (ctx) => handle(ctx, path)),
    );
  }

  desk.open({
    provider,
    brand: 'Heleket',
    pay(invoice, amount) {
      invoice.received = sum(invoice.received, amount);
      invoice.status = covers(invoice.received, invoice.amount) ? 'paid' : 'underpaid';
      notify(invoice);
    },
    cancel(invoice, reason) {
      if (invoice.status === 'underpaid') invoice.extra['word'] = 'wrong_amount';
      if (reason === 'locked' || reason === 'fail') invoice.extra['word'] = reason;
      invoice.status = 'expired';
      notify(invoice);
    },
    refund(invoice) {
      invoice.refunded = invoice.received;
      invoice.extra['word'] = 'refund_paid';
      notify(invoice);
    },
  });
  return router;
}
