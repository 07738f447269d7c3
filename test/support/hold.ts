import type { Db } from '../../src/db/connection';
import { until } from './until';

/** One kind of statement that is kept waiting, whichever process runs it; so that a process can be killed exactly there. */
export interface Hold {
  /** Whether a statement waits. */
  isReached(): Promise<boolean>;
  /** Breaks off what waits, as if its process had ended before it, and lets all others through from now on. */
  cut(): Promise<void>;
}

const lockId = 7_411;

/** Keeps every change of a table waiting that fits `when`, a condition on the rows `new` and `old`. */
export async function holdChanges(
  db: Db,
  { table, change, when }: { readonly table: string; readonly change: 'insert' | 'update'; readonly when: string },
): Promise<Hold> {
  const holder = await db.transaction();
  await holder.raw('select pg_advisory_xact_lock(?)', [lockId]);
  await db.raw(`create or replace function hold_change() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(${lockId}); return new; end'`);
  await db.raw(`create trigger hold_change before ${change} on ${table} for each row when (${when}) execute function hold_change()`);
  const waiting = async (): Promise<readonly number[]> => {
    const { rows }: { rows: readonly { pid: number }[] } = await db.raw(
      `select pid from pg_locks where locktype = 'advisory' and objid = ? and not granted
       and database = (select oid from pg_database where datname = current_database())`,
      [lockId],
    );
    return rows.map((row) => row.pid);
  };
  return {
    isReached: async () => (await waiting()).length > 0,
    async cut() {
      for (const pid of await waiting()) await db.raw('select pg_terminate_backend(?)', [pid]);
      await until('nothing waits any more', async () => (await waiting()).length === 0);
      await db.raw(`drop trigger hold_change on ${table}`);
      await holder.rollback();
    },
  };
}
