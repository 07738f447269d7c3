import { createHmac, randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readBody } from '../body';
import { covers, sum, type Desk, type Invoice } from './desk';

const provider = 'stripe';
const leastLifeSeconds = 30 * 60;
const mostLifeSeconds = 24 * 3_600;

function minor(amount: string): number {
  return Math.round(Number(amount) * 100);
}

function major(units: number): string {
  return (units / 100).toFixed(2);
}

/** Makes a simulated Stripe under `/stripe/v1/`. */
export function createStripeSimulator(desk: Desk, options: { readonly secretKey: string; readonly webhookSecret: string }): Router {
  const router = new Router();
  const answers = new Map<string, { readonly request: string; readonly answer: object }>();
  const refunds = new Map<string, object>();

  function chargeOf(invoice: Invoice): object {
    return {
      id: `ch_${invoice.reference}`,
      object: 'charge',
      amount: minor(invoice.received),
      amount_refunded: minor(invoice.refunded),
      currency: invoice.currency.toLowerCase(),
      payment_intent: `pi_${invoice.reference}`,
      metadata: { payment_id: invoice.reference },
      livemode: !invoice.test,
    };
  }

  function intentOf(invoice: Invoice): object {
    return {
      id: `pi_${invoice.reference}`,
      object: 'payment_intent',
      status: invoice.status === 'paid' ? 'succeeded' : 'requires_payment_method',
      amount: minor(invoice.amount),
      currency: invoice.currency.toLowerCase(),
      metadata: { payment_id: invoice.reference },
      payment_method: invoice.extra['customer'] === undefined ? null : `pm_${invoice.reference}`,
      latest_charge: chargeOf(invoice),
      livemode: !invoice.test,
    };
  }

  function sessionOf(invoice: Invoice, expanded = false): object {
    const paid = invoice.status === 'paid';
    return {
      id: invoice.id,
      object: 'checkout.session',
      client_reference_id: invoice.reference,
      metadata: { payment_id: invoice.reference },
      status: paid ? 'complete' : invoice.status === 'open' ? 'open' : 'expired',
      payment_status: paid ? 'paid' : 'unpaid',
      amount_total: minor(paid ? invoice.received : invoice.amount),
      currency: String(invoice.extra['currency'] ?? invoice.currency).toLowerCase(),
      payment_intent: paid ? (expanded ? intentOf(invoice) : `pi_${invoice.reference}`) : null,
      customer: invoice.extra['customer'] ?? null,
      url: desk.payUrl(invoice),
      livemode: !invoice.test,
    };
  }

  function notify(invoice: Invoice, type: string, object: object): void {
    const body = JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type, livemode: !invoice.test, data: { object } });
    desk.notify(invoice, () => {
      const at = Math.floor(Date.now() / 1_000);
      const signature = createHmac('sha256', options.webhookSecret).update(`${at}.${body}`).digest('hex');
      return { event: type, headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at},v1=${signature}` }, body };
    });
  }

  function createSession(fields: URLSearchParams): object | undefined {
    const lifeSeconds = Number(fields.get('expires_at')) - Date.now() / 1_000;
    if (!(lifeSeconds >= leastLifeSeconds && lifeSeconds <= mostLifeSeconds)) return undefined;
    const reference = fields.get('client_reference_id') ?? '';
    return sessionOf(
      desk.add({
        id: `cs_${reference}`,
        provider,
        reference,
        amount: major(Number(fields.get('line_items[0][price_data][unit_amount]'))),
        currency: (fields.get('line_items[0][price_data][currency]') ?? '').toUpperCase(),
        description: fields.get('line_items[0][price_data][product_data][name]') ?? '',
        returnUrl: fields.get('success_url') ?? '',
        extra: fields.get('customer_creation') === 'always' ? { customer: `cus_${reference}` } : {},
      }),
    );
  }

  function giveBack(invoice: Invoice, amount: string): object | undefined {
    const total = sum(invoice.refunded, amount);
    if (invoice.status !== 'paid' || !covers(invoice.received, total)) return undefined;
    invoice.refunded = total;
    const made = { id: `re_${randomUUID()}`, object: 'refund', amount: minor(amount), status: 'succeeded' };
    refunds.set(made.id, made);
    notify(invoice, 'charge.refunded', chargeOf(invoice));
    return made;
  }

  function createRefund(fields: URLSearchParams): object | undefined {
    const invoice = desk.find((fields.get('payment_intent') ?? '').replace('pi_', ''));
    return invoice === undefined ? undefined : giveBack(invoice, major(Number(fields.get('amount'))));
  }

  function createIntent(fields: URLSearchParams): object | undefined {
    const reference = fields.get('metadata[payment_id]') ?? '';
    if ((fields.get('payment_method') ?? '').includes('declined')) return undefined;
    const invoice = desk.add({
      id: `cs_${reference}`,
      provider,
      reference,
      amount: major(Number(fields.get('amount'))),
      currency: (fields.get('currency') ?? '').toUpperCase(),
      description: fields.get('description') ?? '',
      returnUrl: '',
      extra: {},
    });
    invoice.status = 'paid';
    invoice.received = invoice.amount;
    return intentOf(invoice);
  }

  function refuse(ctx: Context, status: number, code: string): void {
    ctx.status = status;
    ctx.body = { error: { type: status === 402 ? 'card_error' : 'invalid_request_error', code, message: 'canary-provider-error' } };
  }

  function authorised(operation: string, work: (ctx: Context) => Promise<void> | void): (ctx: Context) => Promise<void> {
    return desk.guard(provider, operation, (ctx) => {
      if (ctx.get('authorization') === `Bearer ${options.secretKey}`) return work(ctx);
      refuse(ctx, 401, 'api_key_invalid');
    });
  }

  function posting(make: (fields: URLSearchParams) => object | undefined, failure: number): (ctx: Context) => Promise<void> {
    return async (ctx) => {
      const key = ctx.get('idempotency-key');
      const request = (await readBody(ctx.req)).toString('utf8');
      const known = answers.get(key);
      // A key belongs to one request: with other parameters the service refuses it.
      if (known !== undefined && known.request !== request) return refuse(ctx, 400, 'idempotency_key_in_use');
      const answer = known?.answer ?? make(new URLSearchParams(request));
      if (answer === undefined) return refuse(ctx, failure, failure === 402 ? 'card_declined' : 'invalid');
      if (key !== '') answers.set(key, { request, answer });
      ctx.body = answer;
    };
  }

  const root = '/stripe/v1';
  router.post(`${root}/checkout/sessions`, authorised('create', posting(createSession, 400)));
  router.post(`${root}/refunds`, authorised('refund', posting(createRefund, 400)));
  router.post(`${root}/payment_intents`, authorised('charge', posting(createIntent, 402)));
  router.get(
    `${root}/checkout/sessions/:id`,
    authorised('get', (ctx) => {
      const invoice = desk.find(String(ctx['params']['id']));
      if (invoice === undefined) refuse(ctx, 404, 'resource_missing');
      else ctx.body = sessionOf(invoice, true);
    }),
  );
  router.post(
    `${root}/checkout/sessions/:id/expire`,
    authorised('cancel', async (ctx) => {
      await readBody(ctx.req);
      const invoice = desk.find(String(ctx['params']['id']));
      if (invoice?.status !== 'open') return refuse(ctx, 400, 'resource_missing');
      invoice.status = 'expired';
      ctx.body = sessionOf(invoice);
    }),
  );
  router.get(
    `${root}/checkout/sessions`,
    authorised('list', (ctx) => {
      ctx.body = { object: 'list', data: desk.all(provider).map((invoice) => sessionOf(invoice)), has_more: false };
    }),
  );
  router.get(
    `${root}/refunds/:id`,
    authorised('get', (ctx) => {
      ctx.body = refunds.get(String(ctx['params']['id'])) ?? {};
    }),
  );
  router.get(
    `${root}/balance`,
    authorised('balance', (ctx) => {
      ctx.body = { object: 'balance', available: [] };
    }),
  );

  desk.open({
    provider,
    brand: 'Stripe',
    pay(invoice, amount, currency) {
      if (invoice.status !== 'open') return;
      invoice.status = 'paid';
      invoice.received = amount;
      if (currency !== invoice.currency) invoice.extra['currency'] = currency;
      notify(invoice, 'checkout.session.completed', sessionOf(invoice));
    },
    cancel(invoice) {
      if (invoice.status !== 'open') return;
      invoice.status = 'expired';
      notify(invoice, 'checkout.session.expired', sessionOf(invoice));
    },
    refund: (invoice, amount) => void giveBack(invoice, amount),
    dispute(invoice, step) {
      const status = step === 'open' ? 'needs_response' : step;
      const object = {
        id: `dp_${invoice.reference}`,
        object: 'dispute',
        payment_intent: `pi_${invoice.reference}`,
        status,
        livemode: !invoice.test,
      };
      notify(invoice, step === 'open' ? 'charge.dispute.created' : 'charge.dispute.closed', object);
    },
  });
  return router;
}
