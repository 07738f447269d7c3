import { createHash } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { clientAddress, type AddressList } from '../../addresses';
import type { Clock } from '../../clock';
import { isStorable, type PaymentEvent } from '../../domain/payment';
import { isShopError } from '../../errors';
import type { CheckoutQuestion, CheckoutVerdict, PaymentProvider, RawWebhook, WebhookAck, WebhookResult } from '../../payments/provider';

export interface WebhookDeps {
  readonly provider: (code: string) => Promise<PaymentProvider>;
  /** Stores events with their evidence; committed when it returns. */
  readonly store: (
    events: readonly PaymentEvent[],
    body: { digest: string; raw: string },
  ) => Promise<{ readonly tell: () => Promise<void> }>;
  /** Keeps an authentic message that could not be read. */
  readonly keepUnreadable: (provider: string, body: { digest: string; raw: string; why: string }) => Promise<void>;
  /** Whether a payment may go on, from one read. */
  readonly judge: (question: CheckoutQuestion) => Promise<CheckoutVerdict>;
  readonly trustedProxies: AddressList;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

const longestBody = 256 * 1024;
const mostAtOnce = 16;
const bodyMs = 5_000;
const noteWindowMs = 60_000;
const notesPerWindow = 5;
const badRequest: WebhookAck = { status: 400, body: '', contentType: 'text/plain' };

function answer(ctx: Context, ack: WebhookAck): void {
  ctx.status = ack.status;
  ctx.type = ack.contentType;
  ctx.body = ack.body;
}

async function readBody(ctx: Context): Promise<Buffer | undefined> {
  if (ctx.get('content-encoding') !== '' && ctx.get('content-encoding') !== 'identity') return undefined;
  const slow = setTimeout(() => ctx.req.destroy(), bodyMs);
  try {
    const length = ctx.get('content-length');
    return await getRawBody(ctx.req, { limit: longestBody, ...(length === '' ? {} : { length }) });
  } catch {
    return undefined;
  } finally {
    clearTimeout(slow);
  }
}

async function findProvider(deps: WebhookDeps, code: string): Promise<PaymentProvider | undefined> {
  try {
    return await deps.provider(code);
  } catch (error) {
    if (isShopError(error, 'MethodUnavailable')) return undefined;
    throw error;
  }
}

// What a message is worth depends on the message alone, so one that cannot even be judged is malformed, and never a 5xx.
function verify(deps: RouteDeps, provider: PaymentProvider, webhook: RawWebhook): WebhookResult {
  try {
    return checked(provider.verifyWebhook(webhook));
  } catch (error) {
    deps.log.error({ err: error, provider: provider.code }, 'a webhook could not be judged');
    return { kind: 'rejected', why: 'malformed', ack: badRequest };
  }
}

async function receive(ctx: Context, deps: RouteDeps): Promise<void> {
  const provider = await findProvider(deps, ctx['params']['provider'] ?? '');
  if (provider === undefined) {
    ctx.status = 404;
    ctx.body = '';
    return;
  }
  const body = await readBody(ctx);
  if (body === undefined) {
    ctx.status = 413;
    ctx.set('connection', 'close');
    ctx.body = '';
    return;
  }
  const webhook: RawWebhook = {
    method: ctx.method,
    slot: ctx['params']['slot'],
    query: ctx.querystring,
    headers: ctx.req.headersDistinct,
    body,
    remoteIp: clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.get('x-forwarded-for') || undefined, deps.trustedProxies),
    receivedAt: deps.clock.now(),
  };
  await take(ctx, deps, { code: provider.code, body, result: verify(deps, provider, webhook) });
}

// What cannot be kept is not as documented, however well it was signed; where nothing vouches for it, it is refused.
function checked(result: WebhookResult): WebhookResult {
  if (result.kind !== 'events' || result.events.every(isStorable)) return result;
  const isBelieved = result.events.some((event) => event.trusted);
  if (!isBelieved) return { kind: 'rejected', why: 'malformed', ack: badRequest };
  return { kind: 'unreadable', why: 'a field that cannot be kept', ack: badRequest };
}

async function take(ctx: Context, deps: RouteDeps, taken: { code: string; body: Buffer; result: WebhookResult }): Promise<void> {
  const { code, body, result } = taken;
  const digest = createHash('sha256').update(body).digest('hex');
  if (result.kind === 'events') {
    const { tell } = await deps.store(result.events, { digest, raw: body.toString('utf8') });
    answer(ctx, result.ack);
    // After the answer: what Temporal does not take now, the relay sends.
    ctx.res.once('finish', () => void tell());
    return;
  }
  if (result.kind === 'question') {
    answer(ctx, result.answer(await deps.judge(result.question)));
    return;
  }
  if (result.kind === 'unreadable') await deps.keepUnreadable(code, { digest, raw: body.toString('utf8'), why: result.why });
  deps.note(`${code} ${result.kind}`, { provider: code, verdict: result.kind, why: result.why, digest: digest.slice(0, 16) });
  answer(ctx, result.ack);
}

interface RouteDeps extends WebhookDeps {
  readonly note: (kind: string, fields: object) => void;
}

/** Logs what was not taken, a few of each kind per minute; the next line says how many were left out. */
function createNotes({ clock, log }: Pick<WebhookDeps, 'clock' | 'log'>): RouteDeps['note'] {
  const windows = new Map<string, { since: number; count: number }>();
  return (kind, fields) => {
    const now = clock.now().getTime();
    const window = windows.get(kind);
    const isOld = window === undefined || now - window.since >= noteWindowMs;
    const leftOut = isOld ? Math.max(0, (window?.count ?? 0) - notesPerWindow) : 0;
    const count = isOld ? 1 : window.count + 1;
    windows.set(kind, { since: isOld ? now : window.since, count });
    if (count <= notesPerWindow) log.warn({ ...fields, ...(leftOut === 0 ? {} : { leftOut }) }, 'a webhook was not taken');
  };
}

/** `POST /webhooks/<provider>`: verified, stored, answered, told. A 2xx means the event is committed. */
export function paymentWebhookRoutes(deps: WebhookDeps): Router {
  const router = new Router();
  const routeDeps = { ...deps, note: createNotes(deps) };
  let running = 0;
  router.all(['/webhooks/:provider', '/webhooks/:provider/:slot'], async (ctx) => {
    if (ctx.method !== 'POST') {
      ctx.status = 405;
      return;
    }
    if (running >= mostAtOnce) {
      ctx.status = 503;
      ctx.set('retry-after', '1');
      return;
    }
    running += 1;
    try {
      await receive(ctx, routeDeps);
    } finally {
      running -= 1;
    }
  });
  return router;
}
