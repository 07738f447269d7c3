import type { Db } from './connection';

/** A line longer than this was made by a clock that has been set back since, and counts as empty. */
const impossibleMs = 60_000;

/**
 * Takes the next turn to send a message, at the end of the one line of all processes; turns are `gapMs` apart by the clock of Postgres. Returns how
 * long to wait for it, in milliseconds, or undefined where the line is longer than `longestMs` (0: somebody is in it) and no turn was taken.
 */
export async function takeTurn(db: Db, wish: { readonly gapMs: number; readonly longestMs: number }): Promise<number | undefined> {
  const ms = (value: string): string => `${value} * interval '1 millisecond'`;
  const now = 'clock_timestamp()';
  const result: { rows: readonly { wait_ms: number }[] } = await db.raw(
    `insert into telegram_turns as t (id, next_at) values (true, ${now} + ${ms(':gapMs')})
     on conflict (id) do update
       set next_at = case when t.next_at > ${now} + ${ms(':impossibleMs')} then ${now} else greatest(t.next_at, ${now}) end + ${ms(':gapMs')}
       where t.next_at <= ${now} + ${ms(':longestMs')} or t.next_at > ${now} + ${ms(':impossibleMs')}
     returning cast(extract(epoch from next_at - ${now}) * 1000 as float8) - :gapMs as wait_ms`,
    { ...wish, impossibleMs },
  );
  const row = result.rows[0];
  return row === undefined ? undefined : Math.max(0, row.wait_ms);
}
