import Router from '@koa/router';
import Koa from 'koa';
import { createApp } from '../src/api/app';
import { feedRoutes } from '../src/api/routes/feed';
import { systemClock } from '../src/clock';
import type { Db } from '../src/db/connection';
import { registerDevice } from '../src/db/devices';
import { loadFeedRecord } from '../src/db/feed';
import { compare, handlerOf } from './measure';

const subscriptions = 100_000;
const quiet = { error: () => undefined, warn: () => undefined };

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
    routers: [
      feedRoutes({
        loadRecord: (token, now) => loadFeedRecord(db, token, now),
        registerDevice: (subscriptionId, device) => registerDevice(db, subscriptionId, device),
        clock: systemClock,
        log: quiet,
      }),
    ],
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
  const paths = tokens.map((token) => `/sub/${token}`);
  return compare(`GET /sub/<token>, ${subscriptions} subscriptions`, contestants, () => ({ connections: 32, requests: 8_000, paths }));
}
