import type { Db } from '../src/db/connection';

/** Subscriptions, and servers of each, on a panel each. */
export const filled = { subscriptions: 100_000, servers: 8 };

/** Fills the database with live subscriptions; every key has credentials of its own. Returns the tokens of some. */
export async function fill(db: Db): Promise<readonly string[]> {
  const ids = Array.from({ length: filled.servers }, (_, index) => `bench-${index}`);
  const [panel, server]: readonly object[] = [await db('panels').first(), await db('servers').first()];
  for (const [position, id] of ids.entries()) {
    await db('panels').insert({ ...panel, id });
    await db('servers').insert({ ...server, id, panel_id: id, position: position + 100, title: { ru: id, en: id }, payment_rules: '{}' });
  }
  // A trigger that raises the version of each feed eight times is no part of what is measured.
  await db.raw('alter table vpn_keys disable trigger user');
  await db.raw(`insert into users (telegram_id, language) select 1000000 + i, 'ru' from generate_series(1, ?) i`, [filled.subscriptions]);
  await db.raw(
    `insert into subscriptions (id, user_id, plan_id, token, ends_at, server_ids)
     select 'sub_' || u.id, u.id, 'month', rpad(md5(u.id::text), 43, 'x'), now() + interval '20 days', ? from users u where u.telegram_id > 1000000`,
    [ids],
  );
  for (const id of ids) {
    // chr(63) is a question mark, which would stand for a value here.
    await db.raw(
      `insert into vpn_keys (id, subscription_id, server_id, user_id, connection_string, expires_at)
       select 'key_' || s.id || server, s.id, server, s.user_id, 'vless://' || md5(s.id || server)::uuid || '@' || server || '.vpn.example:443'
         || chr(63) || 'encryption=none&security=reality&type=tcp&flow=xtls-rprx-vision&sni=www.example.com&fp=chrome'
         || '&pbk=5DzTNqCCU9J51Ik2jSEu8D-XMaFHv9D7z_SUs6AV_TY&sid=6ba85179e30d4fc2#' || server, s.ends_at
       from subscriptions s cross join (select ?::text as server) one`,
      [id],
    );
  }
  await db.raw('alter table vpn_keys enable trigger user');
  await db.raw('analyze');
  const rows: readonly { token: string }[] = await db('subscriptions').orderByRaw('md5(id)').limit(20_000).select('token');
  return rows.map((row) => row.token);
}
