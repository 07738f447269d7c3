import Router from '@koa/router';
import Koa from 'koa';
import getRawBody from 'raw-body';
import { addressList } from '../src/addresses';
import { createApp } from '../src/api/app';
import { feedRoutes } from '../src/api/routes/feed';
import { paymentWebhookRoutes } from '../src/api/routes/paymentWebhooks';
import { systemClock } from '../src/clock';
import type { Db } from '../src/db/connection';
import { loadFeedRecord } from '../src/db/feed';
import { createSealer } from '../src/db/seal';
import { createHttpClient } from '../src/http';
import { storeEvents } from '../src/inbox/paymentEvents';
import { blocks } from '../src/payments/blocks';
import { createYookassa } from '../src/payments/yookassa';
import { compare, say, type Contestant } from './measure';

const subscriptions = 100_000;
const quiet = { error: () => undefined, warn: () => undefined };

function handlerOf(app: Koa): Contestant['handle'] {
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

/** Fills the database with live subscriptions of two servers each. */
export async function fill(db: Db): Promise<readonly string[]> {
  await db.raw(`insert into users (telegram_id, language) select 1000000 + i, 'ru' from generate_series(1, ${subscriptions}) i`);
  await db.raw(
    `insert into subscriptions (id, user_id, plan_id, token, ends_at, server_ids)
     select 'sub_' || u.id, u.id, 'month', rpad(md5(u.id::text), 43, 'x'), now() + interval '20 days', '{nl,de}' from users u where u.telegram_id > 1000000`,
  );
  await db.raw(
    `insert into vpn_keys (id, subscription_id, server_id, user_id, connection_string, expires_at)
     select 'key_' || s.id || server, s.id, server, s.user_id, 'vless://' || md5(s.id) || '@vpn.example:443?encryption=none&security=reality&type=tcp&pbk=k&sid=a#' || server, s.ends_at
     from subscriptions s cross join unnest(array['nl', 'de']) server on conflict do nothing`,
  );
  await db.raw('analyze');
  const rows: readonly { token: string }[] = await db('subscriptions').orderByRaw('md5(id)').limit(5_000).select('token');
  return rows.map((row) => row.token);
}

/** `/sub` against koa with the same query and body. */
export async function benchFeed(db: Db, tokens: readonly string[]): Promise<number> {
  const ours = createApp({
    routers: [feedRoutes({ loadRecord: (token, now) => loadFeedRecord(db, token, now), clock: systemClock })],
    log: quiet,
  });
  const peer = new Koa();
  const router = new Router();
  router.get('/sub/:token', async (ctx) => {
    const record = await loadFeedRecord(db, ctx['params']['token'] ?? '', new Date());
    ctx.set({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
    ctx.body = Buffer.from(record?.links.join('\n') ?? '').toString('base64');
  });
  peer.use(router.routes());
  const contestants = {
    ours: { name: 'the feed', handle: handlerOf(ours) },
    peer: { name: 'koa + router + the same query', handle: handlerOf(peer) },
  };
  return compare(`GET /sub/<token>, ${subscriptions} subscriptions`, contestants, {
    connections: 32,
    requests: 8_000,
    paths: tokens.map((token) => `/sub/${token}`),
  });
}

/** Accepting a webhook against koa with the same insert. */
export async function benchWebhook(db: Db): Promise<number> {
  const settings = blocks.yookassa.parse({ shopId: '1', secretKey: 's', mode: 'test', ipRanges: ['127.0.0.1'] });
  const provider = createYookassa(settings, { http: createHttpClient(), clock: systemClock });
  const sealer = createSealer([{ id: 'k1', key: Buffer.alloc(32, 1) }]);
  const place = { table: 'payment_events', column: 'raw_sealed', row: 'x' };
  const ours = createApp({
    routers: [
      paymentWebhookRoutes({
        provider: () => Promise.resolve(provider),
        async store(events, { digest, raw }) {
          await storeEvents({ db, clock: systemClock }, events, { digest, sealed: sealer.seal(raw, { ...place, row: digest }) });
          return { tell: () => Promise.resolve() };
        },
        keepUnreadable: () => Promise.resolve(),
        judge: () => Promise.resolve('ok'),
        trustedProxies: addressList([]),
        clock: systemClock,
        log: quiet,
      }),
    ],
    log: quiet,
  });
  const peer = new Koa();
  peer.use(async (ctx) => {
    const raw = (await getRawBody(ctx.req)).toString('utf8');
    const object: { object: { id: string } } = JSON.parse(raw);
    const event = {
      provider: 'yookassa',
      type: 'wake_up' as const,
      trusted: false,
      dedupeKey: `payment.succeeded:${object.object.id}`,
      ref: { externalId: object.object.id },
      live: true,
    };
    await storeEvents({ db, clock: systemClock }, [event], { digest: '', sealed: sealer.seal(raw, place) });
    ctx.status = 200;
    ctx.body = '';
  });
  const contestants = {
    ours: { name: 'the webhook route', handle: handlerOf(ours) },
    peer: { name: 'koa + raw-body + the same insert', handle: handlerOf(peer) },
  };
  const body = JSON.stringify({ type: 'notification', event: 'payment.succeeded', object: { id: '#', description: 'x'.repeat(800) } });
  const ratio = await compare('POST /webhooks/yookassa, every event new', contestants, {
    connections: 12,
    requests: 4_000,
    paths: ['/webhooks/yookassa'],
    body,
  });
  await db('payment_events').delete();
  say('');
  return ratio;
}
