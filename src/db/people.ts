import { createHmac, randomBytes } from 'node:crypto';
import { ShopError } from '../errors';
import type { Db } from './connection';
import type { Sealer } from './seal';

const name = 'person_key';
const place = { table: 'secrets', column: 'value_sealed', row: name };

async function loadKey(db: Db, sealer: Sealer): Promise<Buffer> {
  await db('secrets')
    .insert({ name, value_sealed: sealer.seal(randomBytes(32).toString('base64'), place) })
    .onConflict('name')
    .ignore();
  const row: { value_sealed: string } | undefined = await db('secrets').where({ name }).first('value_sealed');
  if (row === undefined) throw new ShopError('Internal', { message: 'the key of people was neither written nor found' });
  return Buffer.from(sealer.open(row.value_sealed, place), 'base64');
}

/**
 * Makes the hash that knows a person again after their data was deleted: HMAC-SHA-256 of the Telegram id under a key that is sealed in the
 * database, so that ids cannot be tried out without it. It throws `SecretKeyMismatch` when the key does not open.
 */
export function createPersonHash(db: Db, sealer: Sealer): (telegramId: number) => Promise<string> {
  let key: Buffer | undefined;
  return async (telegramId) => {
    key ??= await loadKey(db, sealer);
    return createHmac('sha256', key).update(String(telegramId)).digest('base64url');
  };
}
