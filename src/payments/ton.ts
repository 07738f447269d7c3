import { Address } from '@ton/core';
import { z } from 'zod';
import { formatDecimal } from '../domain/money';
import type { PaymentEvent } from '../domain/payment';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { Settings } from './blocks';
import { callMs, callProvider, failureOf, readJson } from './calls';
import { emptyAck, headerOf, isSame, jsonOf, notAuthentic, referenceOf, unreadable } from './proof';
import type { CreateInvoiceInput, CreatedInvoice, PaymentProvider, PaymentRef, RawWebhook, WebhookResult } from './provider';

const code = 'ton';
const name = 'TonAPI';
const pageSize = 100;
const mostPages = 50;
/** Clocks differ; a search for a transfer starts this much before its payment was made. */
const searchMarginMs = 60_000;
/** Transfers below this without a reference are advertising that strangers send to every wallet: 0.01 of the coin. */
const dustNano = 10_000_000n;

const nano = z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).transform((value) => BigInt(value));
const account = z.object({ address: z.string() });

/** Transaction of TonAPI v2 (tonapi.io, "Blockchain"), the fields the shop uses. */
const transaction = z.object({
  hash: z.string().min(1).max(64),
  lt: z.union([z.string(), z.int()]).transform(String),
  utime: z.int(),
  success: z.boolean(),
  aborted: z.boolean().default(false),
  account,
  in_msg: z
    .object({
      msg_type: z.string(),
      value: nano,
      bounced: z.boolean().default(false),
      destination: account.nullish(),
      op_code: z.string().nullish(),
      decoded_op_name: z.string().nullish(),
      decoded_body: z.unknown().optional(),
    })
    .nullish(),
});
type Transaction = z.infer<typeof transaction>;

const page = z.object({ transactions: z.array(transaction) });
const notice = z.object({
  account_id: z.string(),
  lt: z.union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative()]).transform(String),
  tx_hash: z.string().regex(/^[0-9a-f]{64}$/i),
});
const rates = z.object({ rates: z.record(z.string(), z.object({ prices: z.record(z.string(), z.number()) })) });
const comment = z.object({ text: z.string() });

/** An address in its raw form, whatever spelling it came in; undefined for what is none. */
export function rawAddress(text: string): string | undefined {
  try {
    return Address.parse(text).toRawString();
  } catch {
    return undefined;
  }
}

type InMessage = NonNullable<Transaction['in_msg']>;

/** Whether a transaction is a transfer of the coin that went through and came to the wallet: not failed, bounced, to another, or of a token contract. */
function isArrival(found: Transaction, message: InMessage, wallet: string): boolean {
  const wentThrough = message.msg_type === 'int_msg' && found.success && !found.aborted && !message.bounced;
  const isOurs = rawAddress(found.account.address) === wallet && rawAddress(message.destination?.address ?? '') === wallet;
  const isPlain = message.op_code == null || /^0x0+$/.test(message.op_code);
  return wentThrough && isOurs && (message.decoded_op_name === 'text_comment' || isPlain);
}

function commentOf(message: InMessage): string | undefined {
  if (message.decoded_op_name !== 'text_comment') return undefined;
  return comment.safeParse(message.decoded_body).data?.text.trim();
}

/** A transfer to the wallet as money that arrived; undefined for everything that is none. */
function eventOf(found: Transaction, wallet: string): PaymentEvent | undefined {
  const message = found.in_msg;
  if (message == null || !isArrival(found, message, wallet) || message.value > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const ref = referenceOf(commentOf(message));
  if (ref.paymentId === undefined && message.value < dustNano) return undefined;
  return {
    provider: code,
    type: 'paid',
    trusted: true,
    dedupeKey: `${wallet}:${found.lt}`,
    ref,
    chargeId: `${wallet}:${found.lt}`,
    received: { minor: Number(message.value), currency: 'TON' },
    occurredAt: new Date(found.utime * 1_000).toISOString(),
    live: true,
  };
}

type Get = <T>(path: string, schema: z.ZodType<T>) => Promise<T | undefined>;

function createGet(settings: Settings<'ton'>, http: HttpClient): Get {
  return async (path, schema) => {
    const reply = await callProvider(http, name, {
      method: 'GET',
      url: `${settings.apiUrl}${path}`,
      headers: settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` },
      timeoutMs: callMs,
    });
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw failureOf({ provider: name, reply, harmless: true });
    return readJson(name, reply.text, schema);
  };
}

/** Transfers since an instant, newest first. */
async function transfersSince(get: Get, wallet: string, since: Date): Promise<readonly PaymentEvent[]> {
  const events: PaymentEvent[] = [];
  let before = '';
  for (let round = 0; round < mostPages; round += 1) {
    const path = `/v2/blockchain/accounts/${wallet}/transactions?limit=${pageSize}&sort_order=desc${before}`;
    const transactions = (await get(path, page))?.transactions ?? [];
    const recent = transactions.filter((found) => found.utime * 1_000 >= since.getTime());
    events.push(...recent.flatMap((found) => eventOf(found, wallet) ?? []));
    const last = transactions.at(-1);
    if (last === undefined || transactions.length < pageSize || recent.length < transactions.length) break;
    before = `&before_lt=${last.lt}`;
  }
  return events;
}

async function fetchStatus(get: Get, wallet: string, ref: PaymentRef): Promise<readonly PaymentEvent[]> {
  if (ref.paymentId === undefined) {
    const found = await get(`/v2/blockchain/transactions/${encodeURIComponent(ref.externalId ?? '')}`, transaction);
    const event = found === undefined ? undefined : eventOf(found, wallet);
    return event === undefined ? [] : [event];
  }
  const events = await transfersSince(get, wallet, new Date(ref.createdAt.getTime() - searchMarginMs));
  return events.filter((event) => event.ref.paymentId === ref.paymentId);
}

// The message has no amount: it only says that there is something to look at.
function verify(settings: Settings<'ton'>, wallet: string, webhook: RawWebhook): WebhookResult {
  if (!isSame(headerOf(webhook, 'authorization'), settings.webhookToken === undefined ? '' : `Bearer ${settings.webhookToken}`))
    return notAuthentic;
  const parsed = notice.safeParse(jsonOf(webhook.body));
  if (!parsed.success) return unreadable('no transaction notice');
  if (rawAddress(parsed.data.account_id) !== wallet) return { kind: 'ignored', why: 'about another account', ack: emptyAck(200) };
  const event: PaymentEvent = {
    provider: code,
    type: 'wake_up',
    trusted: false,
    dedupeKey: `ask:${wallet}:${parsed.data.lt}`,
    ref: { externalId: parsed.data.tx_hash.toLowerCase() },
    live: true,
  };
  return { kind: 'events', events: [event], ack: emptyAck(200) };
}

function invoiceFor(settings: Settings<'ton'>, address: string, input: CreateInvoiceInput): CreatedInvoice {
  const query = `amount=${input.price.minor}&text=${encodeURIComponent(input.paymentId)}`;
  return {
    asked: input.price,
    payUrl: `${settings.walletUrl}/${address}?${query}`,
    instructions: {
      kind: 'ton',
      address,
      amount: formatDecimal(input.price).replace(/0+$/, '').replace(/\.$/, ''),
      ticker: settings.ticker,
      comment: input.paymentId,
      link: `ton://transfer/${address}?${query}`,
    },
  };
}

/** Transfers of the coin of TON to the shop's wallet, told apart by their comment and read from the chain through TonAPI (tonapi.io, v2). */
export function createTon(settings: Settings<'ton'>, deps: { readonly http: HttpClient }): PaymentProvider {
  const parsed = rawAddress(settings.address) === undefined ? undefined : Address.parse(settings.address);
  if (parsed === undefined)
    throw new ShopError('ConfigInvalid', { message: 'payments.ton.address is not an address of TON. Copy it from the wallet.' });
  const wallet = parsed.toRawString();
  const address = parsed.toString({ bounceable: false, testOnly: settings.network === 'test' });
  const get = createGet(settings, deps.http);
  return {
    code,
    capabilities: {
      currencies: ['TON'],
      choices: [],
      webhookProof: 'secret-header',
      poll: true,
      cancelOpen: false,
      expiry: 'ours',
      refund: 'manual',
      refundReports: 'none',
      recurring: 'none',
      partialPayments: true,
      createIdempotent: 'reference',
      needsReceiptContact: false,
    },
    ...('fixed' in settings.rate ? { rate: { unitPrice: settings.rate.fixed, source: 'shop.yaml' } } : {}),
    createInvoice: (input) => Promise.resolve(invoiceFor(settings, address, input)),
    verifyWebhook: (webhook) => verify(settings, wallet, webhook),
    fetchStatus: (ref) => fetchStatus(get, wallet, ref),
    listSince: async (since) => ({ events: await transfersSince(get, wallet, since), cursor: undefined }),
    async fetchRate(currency) {
      if ('fixed' in settings.rate) return undefined;
      const found = await get(`/v2/rates?tokens=ton&currencies=${currency.toLowerCase()}`, rates);
      const price = found?.rates['TON']?.prices[currency];
      return price === undefined || !(price > 0) ? undefined : { unitPrice: price.toFixed(9), source: 'tonapi' };
    },
    async check() {
      await get(`/v2/accounts/${wallet}`, z.object({}));
    },
  };
}
