import type { Money } from '../domain/money';
import type { Db } from './connection';

/** What a campaign brought: who came first with its link, who of them bought, and what of their money stayed. */
export interface SourceReport {
  /** Undefined for who came without a campaign's link. */
  readonly source: string | undefined;
  readonly users: number;
  readonly buyers: number;
  readonly sales: Money;
}

interface Row {
  readonly source: string | null;
  readonly users: string;
  readonly buyers: string;
  readonly minor: string;
}

/** Every campaign, the one that brought most money first; sales less refunds, in the shop's currency. */
export async function loadSources(db: Db, currency: string): Promise<readonly SourceReport[]> {
  const result: { rows: readonly Row[] } = await db.raw(
    `select u.source, count(*) as users, count(t.minor) as buyers, coalesce(sum(t.minor), 0) as minor
     from users u left join (select user_id, sum(case when to_account = 'sales' then amount_minor else -amount_minor end) as minor
       from transactions where 'sales' in (from_account, to_account) and currency = ? group by user_id) t on t.user_id = u.id
     group by u.source order by minor desc, users desc`,
    [currency],
  );
  return result.rows.map((row) => ({
    source: row.source ?? undefined,
    users: Number(row.users),
    buyers: Number(row.buyers),
    sales: { minor: Number(row.minor), currency },
  }));
}
