import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { demoShop } from '../../sandbox/demoShop';
import { listExtras, listPlans, loadStoredMethod, loadStoredPanel } from '../db/catalog';
import { findTrial } from '../db/trials';
import { createSealer, parseSecretKeys } from '../db/seal';
import { applyShop } from './apply';
import { exportShop } from './export';
import { parseShopFile } from './load';

const values = {
  DEMO_PUBLIC_URL: 'https://vpn.example',
  DEMO_SANDBOX_URL: 'https://panel.example',
  DEMO_PANEL_PASSWORD: 'panel-password',
  DEMO_YOOKASSA_KEY: 'key',
  PANEL_MAIN_USERNAME: 'admin',
  PANEL_MAIN_PASSWORD: 'panel-password',
  YOOKASSA_SHOP_ID: '100500',
  YOOKASSA_SECRET_KEY: 'key',
  RUB_PER_STAR: '1.80',
};

describe('applying a shop file', () => {
  let database: TestDatabase;
  const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 7).toString('base64')));
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const apply = (text: string): ReturnType<typeof applyShop> =>
    applyShop(database.db, { file: parseShopFile('shop.yaml', text, values), sealer, actor: 'test' });

  it('fills an empty shop, and twice is the same as once', async () => {
    expect((await apply(demoShop)).length).toBeGreaterThan(5);
    const audit = await database.db('audit_log');
    expect(await apply(demoShop)).toEqual([]);
    expect(await database.db('audit_log')).toEqual(audit);
    expect((await listPlans(database.db)).map((plan) => [plan.id, plan.price.minor])).toEqual([
      ['month', 29_900],
      ['quarter', 79_900],
      ['year', 249_000],
    ]);
  });

  it('keeps the trial apart from what is for sale, and exports it as it was', async () => {
    const trial =
      'trial: { title: { ru: Проба, en: A try }, days: 5, traffic: 1 GB, devices: 1, servers: [nl], channel: { id: -1001234567890, url: https://t.me/+x }, dailyPerReferrer: 5 }';
    const changed = demoShop.replace(/^trial:[^]*?(?=^panels:)/m, `${trial}\n`);
    expect(await apply(changed)).toMatchObject([{ target: 'shop' }, { target: 'plans/_trial', what: 'changed' }]);
    expect(await findTrial(database.db)).toMatchObject({
      period: { value: 5, unit: 'day' },
      trafficLimitBytes: 1024 ** 3,
      serverIds: ['nl'],
    });
    expect((await listPlans(database.db)).map((plan) => plan.id)).toEqual(['month', 'quarter', 'year']);
    expect(await apply(await exportShop(database.db, sealer))).toEqual([]);
    await apply(changed.replace(trial, ''));
    expect(await findTrial(database.db)).toBeUndefined();
    await apply(demoShop);
  });

  it('keeps extras apart from plans, and exports them as they were', async () => {
    const extras =
      'extras: [{ id: more, title: { ru: Ещё, en: More }, traffic: 1 TB, price: 99, starsPrice: 60, payments: { stars: false } }, { id: two, title: Two, devices: 2, price: 79 }]';
    expect(await apply(`${demoShop}\n${extras}\n`)).toMatchObject([{ target: 'plans/more', what: 'added' }, { target: 'plans/two' }]);
    expect(await listExtras(database.db)).toEqual([
      {
        id: 'more',
        title: { ru: 'Ещё', en: 'More' },
        price: { minor: 9_900, currency: 'RUB' },
        starsPrice: 60,
        adds: { trafficBytes: 1024 ** 4 },
      },
      { id: 'two', title: { ru: 'Two', en: 'Two' }, price: { minor: 7_900, currency: 'RUB' }, adds: { devices: 2 } },
    ]);
    expect((await listPlans(database.db)).map((plan) => plan.id)).toEqual(['month', 'quarter', 'year']);
    expect(await apply(await exportShop(database.db, sealer))).toEqual([]);
    await apply(demoShop);
    expect(await listExtras(database.db)).toEqual([]);
  });

  it('seals what is secret, opens it for who needs it, and says nothing of it in the audit log', async () => {
    expect(JSON.stringify([await database.db('panels'), await database.db('audit_log')])).not.toContain('panel-password');
    expect((await loadStoredPanel(database.db, sealer, 'main'))?.credentials).toEqual({ username: 'admin', password: 'panel-password' });
    expect((await loadStoredMethod(database.db, sealer, 'yookassa'))?.settings).toMatchObject({ secretKey: 'key', mode: 'test' });
  });

  it('changes what changed, archives what is gone, and brings it back', async () => {
    const without = demoShop.replace(/ {2}- id: quarter[^]*?(?= {2}- id: year)/, '').replace('price: 2490', 'price: 1990');
    expect(await apply(without)).toEqual([
      { target: 'plans/year', what: 'changed', fields: ['price_minor', 'position'] },
      { target: 'plans/quarter', what: 'archived', fields: [] },
    ]);
    expect(await apply(demoShop)).toMatchObject([
      { target: 'plans/quarter', what: 'brought back' },
      { target: 'plans/year', what: 'changed' },
    ]);
  });

  it('keeps a token in place of a login, sealed, and gives its place back in the file', async () => {
    const token = demoShop.replace('    username: admin\n    password: ${DEMO_PANEL_PASSWORD}\n', '    token: ${DEMO_PANEL_PASSWORD}\n');
    expect(await apply(token)).toMatchObject([{ target: 'panels/main', what: 'changed', fields: ['credentials_sealed'] }]);
    expect((await loadStoredPanel(database.db, sealer, 'main'))?.credentials).toEqual({ token: 'panel-password' });
    expect(await exportShop(database.db, sealer)).toMatch(/token: \$\{PANEL_MAIN_TOKEN\}/);
    expect(await apply(demoShop)).toHaveLength(1);
  });

  it('gives back a file that changes nothing', async () => {
    const feed =
      'feed: { updateHours: 6, announce: { ru: Да, en: "Yes" }, apps: [{ startsWith: MyApp, family: mihomo }], happHeaders: { routing: happ://routing/off } }';
    expect(await apply(demoShop)).toEqual([]);
    expect(await exportShop(database.db, sealer)).not.toContain('feed:');
    await apply(`${demoShop}\n${feed}\nreferral: { referrer: 7 days, friend: 49.50 }\n`);
    const text = await exportShop(database.db, sealer);
    expect(text).not.toContain('panel-password');
    expect(text).toMatch(/startsWith: MyApp/);
    expect(text).toMatch(/referrer: 7 days/);
    expect(text).toMatch(/friend: "49\.50"/);
    expect(await apply(text)).toEqual([]);
  });

  it('refuses to remove a server with live keys, or to change the currency while balances exist', async () => {
    await database.db.raw(`insert into users (telegram_id, language) values (1, 'ru')`);
    await database.db.raw(
      `insert into subscriptions (id, user_id, plan_id, token, server_ids) values ('s', 1, 'month', '${'t'.repeat(43)}', '{nl}')`,
    );
    await database.db.raw(
      `insert into vpn_keys (id, subscription_id, server_id, user_id, expires_at) values ('k', 's', 'nl', 1, now() + interval '1 day')`,
    );
    const without = demoShop.replace(/ {2}- id: nl[^]*?(?= {2}- id: de)/, '');
    await expect(apply(without)).rejects.toThrow(/server nl still has 1 live VPN key/);
    await database.db.raw(`insert into balances (user_id, currency, amount_minor) values (1, 'RUB', 1)`);
    const dollars = demoShop.replace('currency: RUB', 'currency: USD').replace(/ {2}yookassa:[^]*?(?= {2}stars:)/, '');
    await expect(apply(dollars)).rejects.toThrow(/the currency cannot change from RUB/);
  });
});
