import type { Db } from './connection';

export interface Alert {
  /** One trouble, one key: repeats are counted, not sent. */
  readonly key: string;
  readonly kind: string;
  /** What is wrong and what to do, for operators; no secrets, no personal data. */
  readonly text: string;
}

export interface DueAlert extends Alert {
  readonly count: number;
  readonly healed: boolean;
}

/** Raises an alert, or counts it when it stands already. One that had healed starts anew. */
export async function raiseAlert(db: Db, alert: Alert): Promise<void> {
  await db.raw(
    `insert into alerts (key, kind, text) values (?, ?, ?)
     on conflict (key) do update set
       count = case when alerts.healed_at is null then alerts.count + 1 else 1 end,
       first_at = case when alerts.healed_at is null then alerts.first_at else now() end,
       sent_at = case when alerts.healed_at is null then alerts.sent_at else null end,
       text = excluded.text, last_at = now(), healed_at = null, heal_sent_at = null`,
    [alert.key, alert.kind, alert.text],
  );
}

/** So many alerts of one family stand for themselves; further ones are counted together. */
const mostOfFamily = 20;

/** Key of an alert that stands for one of many possible things; when too many of its family stand, they share one. */
export async function familyKey(db: Db, family: string, member: string): Promise<string> {
  const key = `${family}:${member}`;
  const standing: readonly { key: string }[] = await db('alerts')
    .whereRaw('starts_with(key, ?)', [`${family}:`])
    .whereNull('healed_at')
    .limit(mostOfFamily)
    .select('key');
  return standing.length < mostOfFamily || standing.some((row) => row.key === key) ? key : `${family}:more`;
}

/** Notes that the trouble is over; the operators are told if they were told of it. */
export async function healAlert(db: Db, key: string): Promise<void> {
  await db('alerts').where({ key }).whereNull('healed_at').update({ healed_at: db.fn.now() });
}

/** Takes alerts (and healings) that the operators have not been told of yet; each is taken once. */
export async function takeDueAlerts(db: Db, limit: number): Promise<readonly DueAlert[]> {
  const raised: { rows: readonly { key: string; kind: string; text: string; count: number }[] } = await db.raw(
    `update alerts set sent_at = now() where key in
       (select key from alerts where sent_at is null and healed_at is null order by first_at limit ? for update skip locked)
     returning key, kind, text, count`,
    [limit],
  );
  const healed: { rows: readonly { key: string; kind: string; text: string; count: number }[] } = await db.raw(
    `update alerts set heal_sent_at = now() where key in
       (select key from alerts where sent_at is not null and healed_at is not null and heal_sent_at is null limit ? for update skip locked)
     returning key, kind, text, count`,
    [limit],
  );
  return [...raised.rows.map((row) => ({ ...row, healed: false })), ...healed.rows.map((row) => ({ ...row, healed: true }))];
}

/** Gives alerts back that no operator could be told of. */
export async function releaseAlerts(db: Db, alerts: readonly DueAlert[]): Promise<void> {
  const keys = (healed: boolean): string[] => alerts.filter((alert) => alert.healed === healed).map((alert) => alert.key);
  await db('alerts').whereIn('key', keys(false)).whereNull('healed_at').update({ sent_at: null });
  await db('alerts').whereIn('key', keys(true)).whereNotNull('healed_at').update({ heal_sent_at: null });
}
