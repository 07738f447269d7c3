import { withAdded, type Added, type Limits } from '../domain/extra';
import type { Db } from './connection';

interface SumRow {
  readonly traffic_bytes: string | number;
  readonly devices: string | number;
}

const sums = 'coalesce(sum(traffic_bytes), 0) as traffic_bytes, coalesce(sum(devices), 0) as devices';

function toAdded(row: SumRow | undefined): Required<Added> {
  return { trafficBytes: Number(row?.traffic_bytes ?? 0), devices: Number(row?.devices ?? 0) };
}

/** The limits of a plan, raised by the extras of the subscription that are neither over nor taken back. The caller holds the subscription's lock. */
export async function withExtras<Terms extends Limits>(tx: Db, subscriptionId: string, terms: Terms): Promise<Terms> {
  const result: { rows: readonly SumRow[] } = await tx.raw(
    `select ${sums} from extras where subscription_id = ? and ended_at is null and taken_at is null`,
    [subscriptionId],
  );
  return withAdded(terms, toAdded(result.rows[0]));
}

/** Raises the limits of a subscription, or lowers them; what has none has none after it. */
export async function raiseLimits(
  tx: Db,
  subscriptionId: string,
  by: { readonly added: Required<Added>; readonly sign: 1 | -1 },
): Promise<void> {
  const { added, sign } = by;
  await tx('subscriptions')
    .where({ id: subscriptionId })
    .update({
      traffic_limit_bytes: tx.raw('traffic_limit_bytes + ?::bigint', [sign * added.trafficBytes]),
      device_limit: tx.raw('device_limit + ?::integer', [sign * added.devices]),
      version: tx.raw('version + 1'),
    });
}

async function end(tx: Db, of: { subscriptionId: string; which: string; values: readonly Date[]; now: Date }): Promise<void> {
  const { subscriptionId, which, values, now } = of;
  const result: { rows: readonly SumRow[] } = await tx.raw(
    `with ended as (update extras set ended_at = ? where subscription_id = ? and ended_at is null and ${which}
       returning case when taken_at is null then traffic_bytes end as traffic_bytes, case when taken_at is null then devices end as devices)
     select ${sums} from ended`,
    [now, subscriptionId, ...values],
  );
  const added = toAdded(result.rows[0]);
  if (added.trafficBytes + added.devices > 0) await raiseLimits(tx, subscriptionId, { added, sign: -1 });
}

/** Ends extra traffic, because its period of traffic is over. The caller opens or shuts the access by the new limits. */
export function endExtraTraffic(tx: Db, subscriptionId: string, now: Date): Promise<void> {
  return end(tx, { subscriptionId, which: 'traffic_bytes is not null', values: [], now });
}

/** Ends extra devices whose time is over. The caller writes the new limits to the panels. */
export function endExtraDevices(tx: Db, subscriptionId: string, now: Date): Promise<void> {
  return end(tx, { subscriptionId, which: 'devices is not null and ends_at <= ?', values: [now], now });
}

/** Moves the ends of extra devices, by what a pause or a dispute gave back. */
export async function moveExtras(tx: Db, subscriptionId: string, ms: number): Promise<void> {
  await tx('extras')
    .where({ subscription_id: subscriptionId })
    .whereNull('ended_at')
    .whereNotNull('ends_at')
    .update({ ends_at: tx.raw(`ends_at + ? * interval '1 millisecond'`, [ms]) });
}

/** Subscriptions that live on after extra devices of theirs are over; while time stands still nothing is over. */
export async function overdueExtras(db: Db, now: Date, limit: number): Promise<readonly string[]> {
  const result: { rows: readonly { id: string }[] } = await db.raw(
    `select distinct s.id from extras e join subscriptions s on s.id = e.subscription_id
     where e.ended_at is null and e.taken_at is null and e.ends_at <= :now and s.ends_at > e.ends_at and s.ends_at > :now
       and s.paused_at is null and s.suspended_at is null and s.revoked_at is null
     order by s.id limit :limit`,
    { now, limit },
  );
  return result.rows.map((row) => row.id);
}
