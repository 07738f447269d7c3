import type { Device, RegisteredDevice } from '../domain/device';
import type { Db } from './connection';
import { newId } from './ids';

/**
 * Counts a device against the limit of its subscription, once. Devices that come at once take turns at the subscription's row, so that they
 * never pass the limit together. `full` where there is no place left for this one.
 */
export async function registerDevice(db: Db, subscriptionId: string, device: Device): Promise<'registered' | 'full'> {
  return db.transaction(async (tx) => {
    const subscription: { device_limit: number | null } | undefined = await tx('subscriptions')
      .where({ id: subscriptionId })
      .forNoKeyUpdate()
      .first('device_limit');
    if (subscription === undefined || subscription.device_limit === null) return 'registered';
    // Read after the lock, so that it sees every device registered before.
    const known: readonly { hwid: string }[] = await tx('devices').where({ subscription_id: subscriptionId }).select('hwid');
    if (known.some(({ hwid }) => hwid === device.hwid)) return 'registered';
    if (known.length >= subscription.device_limit) return 'full';
    await tx('devices').insert({
      id: newId('dev'),
      subscription_id: subscriptionId,
      hwid: device.hwid,
      os: device.os,
      os_version: device.osVersion,
      model: device.model,
    });
    return 'registered';
  });
}

/** The devices of a subscription, the first one first. */
export async function listDevices(db: Db, subscriptionId: string): Promise<readonly RegisteredDevice[]> {
  const rows: readonly { id: string; os: string | null; os_version: string | null; model: string | null; created_at: Date }[] = await db(
    'devices',
  )
    .where({ subscription_id: subscriptionId })
    .orderBy(['created_at', 'id'])
    .limit(50)
    .select('id', 'os', 'os_version', 'model', 'created_at');
  return rows.map((row) => ({
    id: row.id,
    os: row.os ?? undefined,
    osVersion: row.os_version ?? undefined,
    model: row.model ?? undefined,
    since: row.created_at,
  }));
}

/** Gives the place of a device free. A device that was removed before stays removed. */
export async function removeDevice(db: Db, subscriptionId: string, deviceId: string): Promise<void> {
  await db('devices').where({ id: deviceId, subscription_id: subscriptionId }).delete();
}
