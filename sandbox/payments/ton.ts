import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readJsonBody } from '../body';
import { covers, sum, type Desk, type Invoice } from './desk';

const provider = 'ton';
const nanoDigits = 9;

interface Transfer {
  readonly hash: string;
  readonly lt: number;
  readonly utime: number;
  readonly nano: string;
  readonly comment: string;
}

function toNano(amount: string): string {
  const [whole = '0', fraction = ''] = amount.split('.');
  return String(BigInt(`${whole}${fraction.padEnd(nanoDigits, '0').slice(0, nanoDigits)}`));
}

function fromNano(nano: string): string {
  const digits = nano.padStart(nanoDigits + 1, '0');
  return `${digits.slice(0, -nanoDigits)}.${digits.slice(-nanoDigits)}`;
}

/** Makes a simulated chain with a wallet page at `/wallet/<address>`, read through TonAPI under `/tonapi/`. */
export function createTonSimulator(desk: Desk, options: { readonly rawAddress: string; readonly webhookToken: string }): Router {
  const router = new Router();
  const chain: Transfer[] = [];
  let price = 250;

  function objectOf(transfer: Transfer): object {
    return {
      hash: transfer.hash,
      lt: transfer.lt,
      utime: transfer.utime,
      success: true,
      aborted: false,
      account: { address: options.rawAddress },
      in_msg: {
        msg_type: 'int_msg',
        value: Number(transfer.nano),
        bounced: false,
        destination: { address: options.rawAddress },
        source: { address: `0:${'11'.repeat(32)}` },
        op_code: '0x00000000',
        decoded_op_name: 'text_comment',
        decoded_body: { text: transfer.comment },
      },
    };
  }

  function send(invoice: Invoice, amount: string, comment: string): void {
    const lt = 46_000_000_000 + chain.length + 1;
    const hash = createHash('sha256').update(`${lt}:${comment}`).digest('hex');
    chain.push({ hash, lt, utime: Math.floor(Date.now() / 1_000), nano: toNano(amount), comment });
    desk.notify(invoice, () => {
      const body = JSON.stringify({ account_id: options.rawAddress, lt, tx_hash: hash });
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${options.webhookToken}`,
        'user-agent': 'tonapi/webhooks',
      };
      return { event: 'account-tx', headers, body };
    });
  }

  function list(ctx: Context): void {
    const before = Number(ctx.query['before_lt'] ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(ctx.query['limit'] ?? 100);
    const found = chain.filter((transfer) => transfer.lt < before).toReversed();
    ctx.body = { transactions: found.slice(0, limit).map(objectOf) };
  }

  router.get('/wallet/:address', (ctx) => {
    const comment = String(ctx.query['text'] ?? '');
    const known = desk.all(provider).find((invoice) => invoice.reference === comment);
    const invoice =
      known ??
      desk.add({
        id: `ton-${comment}`,
        provider,
        reference: comment,
        amount: fromNano(String(ctx.query['amount'] ?? '0')),
        currency: 'TON',
        description: comment,
        returnUrl: '',
        extra: {},
      });
    ctx.redirect(desk.payUrl(invoice));
  });
  router.get('/tonapi/v2/blockchain/accounts/:account/transactions', desk.guard(provider, 'list', list));
  router.get(
    '/tonapi/v2/blockchain/transactions/:hash',
    desk.guard(provider, 'get', (ctx) => {
      const found = chain.find((transfer) => transfer.hash === ctx['params']['hash']);
      if (found === undefined) ctx.status = 404;
      else ctx.body = objectOf(found);
    }),
  );
  router.get(
    '/tonapi/v2/rates',
    desk.guard(provider, 'rates', (ctx) => {
      ctx.body = { rates: { TON: { prices: { [String(ctx.query['currencies']).toUpperCase()]: price } } } };
    }),
  );
  router.get(
    '/tonapi/v2/accounts/:account',
    desk.guard(provider, 'account', (ctx) => {
      ctx.body = { address: options.rawAddress };
    }),
  );
  router.post('/sandbox/ton/price', async (ctx) => {
    price = Number((await readJsonBody(ctx.req))['price']);
    ctx.body = { price };
  });
  router.post('/sandbox/ton/transfers', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const invoice = desk.find(String(body['paymentId'])) ?? desk.all(provider)[0];
    if (invoice !== undefined) send(invoice, String(body['amount']), String(body['comment'] ?? ''));
    ctx.body = { ok: invoice !== undefined };
  });

  desk.open({
    provider,
    brand: 'TON Wallet',
    pay(invoice, amount) {
      invoice.received = sum(invoice.received, amount);
      invoice.status = covers(invoice.received, invoice.amount) ? 'paid' : 'underpaid';
      send(invoice, amount, invoice.reference);
    },
    // A transfer that was not made leaves no trace.
    cancel: () => undefined,
    refund: () => undefined,
  });
  return router;
}
