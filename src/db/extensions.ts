import { extendedEnd } from '../domain/grant';
import type { ShopSettings } from '../domain/shop';
import { changeAccess } from './access';
import { audit } from './audit';
import type { Db } from './connection';
import { newId } from './ids';
import { addNotice } from './notices';

export interface Extension {
  readonly id: string;
  readonly days: number;
  readonly reason: string;
  readonly createdAt: Date;
  /** Users whom it is for, and how many have it. */
  readonly total: number;
  readonly done: number;
}

interface Row {
  readonly id: string;
  readonly days: number;
  readonly reason: string;
  readonly created_at: Date;
  readonly total: string;
  readonly done: string;
}

/** Every extension, the newest first, with how far it is. */
export async function listExtensions(db: Db): Promise<readonly Extension[]> {
  const result: { rows: readonly Row[] } = await db.raw(
    `select e.id, e.days, e.reason, e.created_at, count(u.id) as total, count(u.applied_at) as done
     from extensions e left join user_events u on u.kind = 'extended' and u.source = e.id
     group by e.id order by e.created_at desc`,
  );
  return result.rows.map((row) => ({
    id: row.id,
    days: row.days,
    reason: row.reason,
    createdAt: row.created_at,
    total: Number(row.total),
    done: Number(row.done),
  }));
}

const live = `s.revoked_at is null and s.paused_at is null and s.suspended_at is null and s.ends_at > ?`;

/**
 * Begins to give days to everybody whose subscription is live at this moment, `perSecond` users at a time: an event for each of their workflows, written
 * at once, so that nothing is forgotten and nobody has it twice, whatever stops meanwhile. Undefined while an earlier one goes on.
 */
export async function startExtension(
  db: Db,
  wish: {
    readonly days: number;
    readonly reason: string;
    readonly actor: string;
    readonly perSecond: number;
    readonly graceMs: number;
    readonly now: Date;
  },
): Promise<string | undefined> {
  const { days, reason, actor, perSecond, now } = wish;
  return db.transaction(async (tx) => {
    await tx.raw(`select pg_advisory_xact_lock(hashtext('extensions'))`);
    const open: unknown = await tx('user_events').where({ kind: 'extended' }).whereNull('applied_at').first('id');
    if (open !== undefined) return undefined;
    const id = newId('ext');
    await tx('extensions').insert({ id, days, reason, actor, created_at: now });
    await tx.raw(
      `insert into user_events (id, user_id, kind, source, next_attempt_at)
       select 'uev_' || ? || '_' || user_id, user_id, 'extended', ?, ?::timestamptz + make_interval(secs => (row_number() over (order by user_id) - 1) / ?::float8)
       from (select distinct s.user_id from subscriptions s where ${live}) users`,
      [id, id, now, perSecond, new Date(now.getTime() - wish.graceMs)],
    );
    await audit(tx, { actor, action: 'extension.started', target: id, after: { days, reason } });
    return id;
  });
}

/** Gives one user what an extension is: days to each subscription that was live when it began. */
export async function extendUser(
  tx: Db,
  userId: number,
  by: { readonly extensionId: string; readonly settings: Pick<ShopSettings, 'timeZone' | 'graceMs'>; readonly now: Date },
): Promise<void> {
  const { extensionId, settings, now } = by;
  const extension: { days: number; reason: string; created_at: Date } | undefined = await tx('extensions')
    .where({ id: extensionId })
    .first();
  if (extension === undefined) return;
  const { days, reason } = extension;
  const since = new Date(extension.created_at.getTime() - settings.graceMs);
  const rows: readonly { id: string; ends_at: Date }[] = await tx('subscriptions as s')
    .where({ user_id: userId })
    .where('created_at', '<=', extension.created_at)
    .whereRaw(live, [since])
    .orderBy('ends_at')
    .select('s.id', 's.ends_at');
  let last: Date | undefined;
  for (const row of rows) {
    const endsAt = extendedEnd(row.ends_at, { value: days, unit: 'day' }, { now, timeZone: settings.timeZone });
    const sourceId = `${extensionId}:${row.id}`;
    await changeAccess(tx, { subscriptionId: row.id, kind: 'manual', source: 'extension', sourceId, endsAt, settings, now });
    last = endsAt;
  }
  if (last === undefined) return;
  await addNotice(tx, {
    userId,
    key: `extended:${extensionId}:${userId}`,
    kind: 'granted',
    params: { days, endsAt: last.toISOString(), timeZone: settings.timeZone, reason },
  });
}
