import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fullShop, shopValues } from '../../sandbox/demoShop';
import { secrets } from '../../test/support/shop';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { until } from '../../test/support/until';
import { applyShop } from '../catalog/apply';
import { parseShopFile } from '../catalog/load';
import { outsideTexts } from '../bot/texts/texts';
import { createFeedCache } from '../feed/cache';
import { connect, type Db } from './connection';
import { registerDevice, removeDevice } from './devices';
import { changedFeeds, changedUsage, feedHorizon, feedQueries, loadFeedRows, loadFeedShop } from './feed';
import { listenForFeedChanges, readFeedChange, type FeedChange } from './feedChanges';
import { newId, newToken } from './ids';
import { createSealer, parseSecretKeys } from './seal';

const now = new Date();
const link = 'vless://a@h:1?type=tcp#n';

describe('the version of a feed', () => {
  let database: TestDatabase;
  let db: Db;
  let id: string;
  let no: number;
  let userId: number;
  const heard: FeedChange[] = [];
  const ending = new AbortController();
  let listening: Promise<void>;

  beforeAll(async () => {
    database = await createTestDatabase();
    db = database.db;
    const values = shopValues({ apiUrl: 'https://vpn.example', sandboxUrl: 'https://sandbox.example', panelPassword: 'p', keys: secrets });
    const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 7).toString('base64')));
    await applyShop(db, { file: parseShopFile('shop.yaml', fullShop, values), sealer, actor: 'test' });
    await new Promise<void>((resolve) => {
      const hear = { listening: resolve, change: (change: FeedChange) => void heard.push(change) };
      listening = listenForFeedChanges(database.url, hear, ending.signal);
    });
  });
  afterAll(async () => {
    ending.abort();
    await listening;
    await database.drop();
  });

  beforeEach(async () => {
    const [user]: { id: number }[] = await db('users').insert({ language: 'ru' }).returning('id');
    userId = user?.id ?? 0;
    id = newId('sub');
    const endsAt = new Date(now.getTime() + 86_400_000);
    const [row]: { feed_no: number }[] = await db('subscriptions')
      .insert({ id, user_id: userId, plan_id: 'month', token: newToken(), ends_at: endsAt, device_limit: 3, server_ids: ['nl', 'de'] })
      .returning('feed_no');
    no = row?.feed_no ?? 0;
    await db('vpn_keys').insert({ id: newId('key'), subscription_id: id, server_id: 'nl', user_id: userId, expires_at: endsAt });
  });

  async function version(): Promise<number> {
    return (await loadFeedRows(db, [no]))[0]?.version ?? 0;
  }

  const key = (): ReturnType<Db> => db('vpn_keys').where({ subscription_id: id });
  const mine = (): ReturnType<Db> => db('subscriptions').where({ id });

  it.each<[string, () => Promise<unknown>]>([
    ['a renewal', () => mine().update({ ends_at: new Date(now.getTime() + 2 * 86_400_000) })],
    ['a pause', () => mine().update({ paused_at: now, resumes_at: now })],
    ['a dispute', () => mine().update({ suspended_at: now })],
    ['a revocation', () => mine().update({ revoked_at: now })],
    ['traffic used up', () => mine().update({ exhausted_at: now })],
    ['another limit', () => mine().update({ traffic_limit_bytes: 5 })],
    ['other servers', () => mine().update({ server_ids: ['nl'] })],
    ['another token', () => mine().update({ token: newToken() })],
    ['a ban', () => db('users').where({ id: userId }).update({ is_banned: true })],
    ['another language', () => db('users').where({ id: userId }).update({ language: 'en' })],
    ['a link', () => key().update({ connection_string: link })],
    ['a device', () => registerDevice(db, id, { hwid: 'device-1', os: undefined, osVersion: undefined, model: undefined })],
  ])('is raised by %s, once, and told', async (_name, change) => {
    const before = await version();
    await change();
    expect(await version()).toBe(before + 1);
    await until('it was told', () =>
      Promise.resolve(heard.some((one) => one.kind === 'subscription' && one.no === no && one.version === before + 1)),
    );
  });

  it('is raised by what goes: a link and a device', async () => {
    await key().update({ connection_string: link });
    await registerDevice(db, id, { hwid: 'device-1', os: undefined, osVersion: undefined, model: undefined });
    const before = await version();
    const device: { id: string } = await db('devices').where({ subscription_id: id }).first('id');
    await removeDevice(db, id, device.id);
    await key().delete();
    expect(await version()).toBe(before + 2);
  });

  it('is not raised by what no feed shows: usage, an empty key, the same again', async () => {
    const before = await version();
    await key().update({ expires_at: now });
    await mine().update({ traffic_since: now });
    await db('users').where({ id: userId }).update({ blocked_at: now });
    await db('users').where({ id: userId }).update({ language: 'ru' });
    await count(5);
    expect(await version()).toBe(before);
  });

  async function count(bytes: number): Promise<void> {
    const account = { id: newId('acc'), subscription_id: id, panel_id: 'main', name: newId('use'), uuid: 'u', password: 'p', sub_id: 's' };
    const desired = { desired_enabled: true, desired_ends_at: now, desired_traffic_limit_bytes: 0, desired_device_limit: 0 };
    await db('panel_accounts').insert({ ...account, ...desired, desired_targets: [], desired_version: 1 });
    await db('account_usage').insert({ panel_account_id: account.id, panel_bytes: bytes, counted_bytes: bytes, seen_at: now });
  }

  it('of the shop is raised by its settings and by servers that come, go or move, and told', async () => {
    const read = async (): Promise<number> => (await loadFeedShop(db, outsideTexts))?.version ?? 0;
    const before = await read();
    await db('shop').update({ settings: db.raw(`settings || '{"name":"Other"}'`) });
    await db('servers').where({ id: 'de' }).update({ state: 'disabled' });
    expect((await loadFeedShop(db, outsideTexts))?.serverIds).toEqual(['nl']);
    await db('servers').where({ id: 'de' }).update({ state: 'open' });
    await db('servers').where({ id: 'de' }).update({ capacity: 5 });
    expect(await read()).toBe(before + 3);
    await until('it was told', () => Promise.resolve(heard.some((one) => one.kind === 'shop' && one.version === before + 3)));
  });

  it('is found by catching up, also where a transaction began before and committed after', async () => {
    const open = await db.transaction();
    await open('subscriptions').where({ id }).update({ paused_at: now, resumes_at: now });
    const horizon = await feedHorizon(db);
    expect((await loadFeedRows(db, [no]))[0]?.isPaused).toBe(false);
    await open.commit();
    expect(await changedFeeds(db, horizon)).toContain(no);
    await count(77);
    expect(await changedUsage(db, horizon)).toContainEqual({ no, usedBytes: 77 });
    expect((await loadFeedRows(db, [no]))[0]?.usedBytes).toBe(77);
  });

  it('costs one statement a feed that is not in memory, and none afterwards', async () => {
    await key().update({ connection_string: link });
    const other = connect({ url: database.url });
    const statements: string[] = [];
    const cache = createFeedCache(feedQueries(other, { endedAfter: () => now, textsOf: outsideTexts }));
    await cache.catchUp();
    other.on('query', ({ sql }: { sql: string }) => void statements.push(sql));
    const { token }: { token: string } = await mine().first('token');
    const found = await cache.load(token);
    expect(found?.head.layout.keys).toEqual([{ serverId: 'nl', links: link }]);
    expect(statements).toHaveLength(1);
    expect(cache.find(token)).toBeDefined();
    await cache.warm(new AbortController().signal);
    statements.length = 0;
    expect(cache.find(token)?.head.state.endsAt).toEqual(new Date(now.getTime() + 86_400_000));
    expect(statements).toEqual([]);
    await other.destroy();
  });

  it('is read from a payload, and anything else is not', () => {
    expect(readFeedChange('subscription:12:3')).toEqual({ kind: 'subscription', no: 12, version: 3 });
    expect(readFeedChange('shop:9')).toEqual({ kind: 'shop', version: 9 });
    for (const payload of ['', 'shop:', 'subscription:1', 'subscription:x:1', 'other:1:2']) expect(readFeedChange(payload)).toBeUndefined();
  });
});
