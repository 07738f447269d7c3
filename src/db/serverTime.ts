import type { Db } from './connection';

/** The time on the clock of Postgres, which all processes of a shop share. */
export async function serverTime(db: Db): Promise<Date> {
  const result: { rows: readonly { now: Date }[] } = await db.raw('select clock_timestamp() as now');
  return result.rows[0]?.now ?? new Date();
}
