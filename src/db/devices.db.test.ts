import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fullShop, shopValues } from '../../sandbox/demoShop';
import { secrets } from '../../test/support/shop';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { applyShop } from '../catalog/apply';
import { parseShopFile } from '../catalog/load';
import type { Device } from '../domain/device';
import { connect } from './connection';
import { listDevices, registerDevice, removeDevice } from './devices';
import { loadFeedRow } from './feed';
import { newId, newToken } from './ids';
import { createSealer, parseSecretKeys } from './seal';

const now = new Date('2026-11-26T12:00:00.000Z');

describe('devices of a subscription', () => {
  let database: TestDatabase;
  let userId: number;
  beforeAll(async () => {
    database = await createTestDatabase();
    const values = shopValues({ apiUrl: 'https://vpn.example', sandboxUrl: 'https://sandbox.example', panelPassword: 'p', keys: secrets });
    const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 7).toString('base64')));
    await applyShop(database.db, { file: parseShopFile('shop.yaml', fullShop, values), sealer, actor: 'test' });
    const [user]: { id: number }[] = await database.db('users').insert({ telegram_id: 1, language: 'ru' }).returning('id');
    userId = user?.id ?? 0;
  });
  afterAll(() => database.drop());

  async function subscribe(deviceLimit: number | null): Promise<{ id: string; token: string }> {
    const ids = { id: newId('sub'), token: newToken() };
    const endsAt = new Date(now.getTime() + 86_400_000);
    await database
      .db('subscriptions')
      .insert({ ...ids, user_id: userId, plan_id: 'month', ends_at: endsAt, device_limit: deviceLimit, server_ids: ['nl'] });
    return ids;
  }

  function device(number: number): Device {
    return { hwid: `device-number-${number}`, os: 'iOS', osVersion: '18.5', model: undefined };
  }

  it('20 devices at once on a limit of 3: exactly 3 registered, from two processes and with repeats', async () => {
    const { id, token } = await subscribe(3);
    const other = connect({ url: database.url });
    const verdicts = await Promise.all(
      Array.from({ length: 60 }, async (_, turn) => {
        const number = turn % 20;
        return { number, verdict: await registerDevice(turn % 2 === 0 ? database.db : other, id, device(number)) };
      }),
    );
    await other.destroy();
    const admitted = new Set(verdicts.filter(({ verdict }) => verdict === 'registered').map(({ number }) => `device-number-${number}`));
    expect(admitted.size).toBe(3);
    expect(await listDevices(database.db, id)).toHaveLength(3);
    const record = await loadFeedRow(database.db, token);
    expect(record?.subscriptionId).toBe(id);
    expect(record?.hwids).toEqual([...admitted].toSorted());
    // A device that has its place keeps it, whoever else comes.
    for (const { number, verdict } of verdicts) if (admitted.has(`device-number-${number}`)) expect(verdict).toBe('registered');
  });

  it('a removed device gives its place free, and only its owner’s subscription can remove it', async () => {
    const [mine, foreign] = [await subscribe(1), await subscribe(1)];
    expect(await registerDevice(database.db, mine.id, device(1))).toBe('registered');
    expect(await registerDevice(database.db, mine.id, device(2))).toBe('full');
    expect(await registerDevice(database.db, foreign.id, device(1))).toBe('registered');
    const [entry] = await listDevices(database.db, mine.id);
    expect(entry).toMatchObject({ os: 'iOS', osVersion: '18.5', model: undefined });
    await removeDevice(database.db, foreign.id, entry?.id ?? '');
    expect(await registerDevice(database.db, mine.id, device(2))).toBe('full');
    await removeDevice(database.db, mine.id, entry?.id ?? '');
    expect(await registerDevice(database.db, mine.id, device(2))).toBe('registered');
    expect(await registerDevice(database.db, mine.id, device(1))).toBe('full');
  });

  it('are not counted where there is no limit', async () => {
    const { id, token } = await subscribe(null);
    expect(await registerDevice(database.db, id, device(1))).toBe('registered');
    expect(await listDevices(database.db, id)).toEqual([]);
    expect(await loadFeedRow(database.db, token)).toMatchObject({ deviceLimit: undefined, hwids: [] });
  });
});
