import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import process from 'node:process';
import Koa from 'koa';
import getRawBody from 'raw-body';
import { createApp } from '../src/api/app';
import { paymentWebhookRoutes } from '../src/api/routes/paymentWebhooks';
import { systemClock } from '../src/clock';
import type { Db } from '../src/db/connection';
import { createSealer } from '../src/db/seal';
import type { PaymentEvent } from '../src/domain/payment';
import { createHttpClient } from '../src/http';
import { storeEvents } from '../src/inbox/paymentEvents';
import { webhookDeps } from '../src/main/webhooks';
import { createProviderDirectory } from '../src/payments/index';
import { tables } from '../test/vectors/index';
import type { Sending } from '../test/vectors/table';
import type { LoadMessage } from './load';
import { compare, handlerOf, type Contestant } from './measure';

const requests = 600;
const connections = 12;
const quiet = { error: () => undefined, warn: () => undefined };
const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 1) }]);

interface Body {
  readonly id: string;
  readonly reference: string;
  /** What was paid; a message that only says "ask me" has none. */
  readonly minor?: number;
  /** A way of paying that was kept with it. */
  readonly token?: string;
}

/** The same check as the provider's file makes, written as a tutorial of the provider would. */
type Check = (headers: IncomingHttpHeaders, raw: Buffer, settings: Readonly<Record<string, unknown>>) => Body | undefined;

function isEqual(a: unknown, b: string): boolean {
  const [left, right] = [createHash('sha256').update(String(a)).digest(), createHash('sha256').update(b).digest()];
  return timingSafeEqual(left, right);
}

function paid(id: unknown, reference: unknown, amount: unknown): Body {
  return { id: String(id), reference: String(reference), minor: Math.round(Number(amount) * 100) };
}

function wakeUp(id: unknown, reference: unknown): Body {
  return { id: String(id), reference: String(reference) };
}

const checks: Readonly<Record<string, Check>> = {
  cryptopay(headers, raw, { token }) {
    const key = createHash('sha256').update(String(token)).digest();
    if (!isEqual(headers['crypto-pay-api-signature'], createHmac('sha256', key).update(raw).digest('hex'))) return undefined;
    const { payload } = JSON.parse(raw.toString('utf8'));
    return paid(payload.invoice_id, payload.payload, payload.amount);
  },
  heleket(_headers, raw, { paymentKey }) {
    const { sign, ...rest } = JSON.parse(raw.toString('utf8'));
    const text = JSON.stringify(rest).replaceAll('/', String.raw`\/`);
    const expected = createHash('md5')
      .update(`${Buffer.from(text).toString('base64')}${String(paymentKey)}`)
      .digest('hex');
    return isEqual(sign, expected) ? paid(rest.uuid, rest.order_id, rest.amount) : undefined;
  },
  stripe(headers, raw, { webhookSecret }) {
    const parts = new Map(
      String(headers['stripe-signature'])
        .split(',')
        .map((part) => part.split('=') as [string, string]),
    );
    const expected = createHmac('sha256', String(webhookSecret))
      .update(`${parts.get('t') ?? ''}.`)
      .update(raw)
      .digest('hex');
    if (!isEqual(parts.get('v1'), expected)) return undefined;
    const { object } = JSON.parse(raw.toString('utf8')).data;
    return paid(object.id, object.client_reference_id, object.amount_total / 100);
  },
  cloudpayments(headers, raw, { apiSecret }) {
    if (!isEqual(headers['content-hmac'], createHmac('sha256', String(apiSecret)).update(raw).digest('base64'))) return undefined;
    const fields = new URLSearchParams(raw.toString('utf8'));
    return { ...paid(fields.get('TransactionId'), fields.get('InvoiceId'), fields.get('Amount')), token: fields.get('Token') ?? '' };
  },
  yoomoney(_headers, raw, { secret }) {
    const fields = [...new URLSearchParams(raw.toString('utf8')).entries()];
    const text = fields
      .filter(([name]) => name !== 'sign')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&');
    const given = Object.fromEntries(fields);
    const expected = createHmac('sha256', String(secret)).update(text).digest('hex');
    return isEqual(given['sign'], expected) ? paid(given['operation_id'], given['label'], given['withdraw_amount']) : undefined;
  },
  platega(headers, raw, { merchantId, secret }) {
    if (!isEqual(headers['x-merchantid'], String(merchantId)) || !isEqual(headers['x-secret'], String(secret))) return undefined;
    const { id, payload } = JSON.parse(raw.toString('utf8'));
    return wakeUp(id, payload);
  },
  ton(headers, raw, { webhookToken }) {
    if (!isEqual(headers.authorization, `Bearer ${String(webhookToken)}`)) return undefined;
    return wakeUp(JSON.parse(raw.toString('utf8')).tx_hash, 'none');
  },
  yookassa(_headers, raw) {
    const { object } = JSON.parse(raw.toString('utf8'));
    return wakeUp(object.id, object.metadata.payment_id);
  },
};

function eventsOf(provider: string, { id, reference, minor, token }: Body): readonly PaymentEvent[] {
  const common = { provider, trusted: minor !== undefined, ref: { externalId: id, paymentId: reference }, live: true };
  if (minor === undefined) return [{ ...common, type: 'wake_up', dedupeKey: `ask:${id}` }];
  const money: PaymentEvent = { ...common, type: 'paid', dedupeKey: `paid:${id}`, chargeId: id, received: { minor, currency: 'RUB' } };
  if (token === undefined) return [money];
  return [money, { ...common, type: 'method_saved', dedupeKey: `saved:${id}`, savedMethod: { id: token, title: 'Card' } }];
}

/** koa and raw-body with the check in the handler, and the same insert. */
function peerOf(db: Db, code: string, settings: Readonly<Record<string, unknown>>): Contestant {
  const peer = new Koa();
  const check = checks[code];
  if (check === undefined) throw new Error(`there is no peer for ${code}`);
  peer.use(async (ctx) => {
    const raw = await getRawBody(ctx.req);
    const body = check(ctx.req.headers, raw, settings);
    if (body === undefined) {
      ctx.status = 403;
      return;
    }
    const digest = createHash('sha256').update(raw).digest('hex');
    const sealed = sealer.seal(raw.toString('utf8'), { table: 'payment_events', column: 'raw_sealed', row: digest });
    await storeEvents({ db, clock: systemClock }, eventsOf(code, body), { digest, sealed });
    ctx.status = 200;
    ctx.body = '';
  });
  return { name: 'koa + raw-body + the same check and insert', handle: handlerOf(peer) };
}

function oursOf(db: Db): Contestant {
  const inbox = { db, clock: systemClock, log: quiet, signals: { paymentReported: () => Promise.resolve() } };
  const providers = createProviderDirectory({
    http: createHttpClient(),
    clock: systemClock,
    telegram: { apiRoot: 'http://127.0.0.1:1', token: '1:bench' },
    load: (code) => Promise.resolve({ provider: code, settings: settingsOf(code), version: '1' }),
  });
  const routes = paymentWebhookRoutes(webhookDeps({ inbox, sealer, providers, trustedProxies: [] }));
  return { name: 'the webhook route', handle: handlerOf(createApp({ routers: [routes], log: quiet })) };
}

function settingsOf(code: string): Readonly<Record<string, unknown>> {
  const settings = tables.find((table) => table.code === code)?.settings ?? {};
  return code === 'yookassa' ? { ...settings, ipRanges: ['127.0.0.1'] } : settings;
}

let lastId = process.pid * 1_000_000;

function messagesOf(code: string, sending: Sending): readonly LoadMessage[] {
  const path = `/webhooks/${code}${sending.slot === undefined ? '' : `/${sending.slot}`}`;
  return Array.from({ length: requests }, () => {
    lastId += 1;
    const now = new Date();
    const { headers, body } = sending.sign(Buffer.from(sending.body({ id: String(lastId), reference: 'pay_bench', now })), now);
    return { path, headers, body: body.toString('utf8') };
  });
}

/** Accepting a webhook of every provider that sends any, against koa with the same check and insert; gives the ratios. */
export async function benchWebhooks(db: Db): Promise<readonly { readonly code: string; readonly ratio: number }[]> {
  const ratios: { code: string; ratio: number }[] = [];
  const ours = oursOf(db);
  for (const { code, send } of tables) {
    if (send === undefined) continue;
    const peer = peerOf(db, code, settingsOf(code));
    const ratio = await compare(`POST /webhooks/${code}, every event new`, { ours, peer }, () => ({
      connections,
      requests,
      messages: messagesOf(code, send),
    }));
    ratios.push({ code, ratio });
    await db('payment_events').delete();
  }
  return ratios;
}
