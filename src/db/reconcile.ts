import { formatDecimal, type Money } from '../domain/money';
import type { Db } from './connection';

/** Something that money and access do not agree on, with the command that resolves it. */
export interface Finding {
  readonly kind: 'paid_not_delivered' | 'delivered_not_paid' | 'amount_differs' | 'quarantine' | 'refund_waits' | 'held_without_order';
  readonly subject: string;
  readonly what: string;
  readonly command: string;
}

interface Row {
  readonly id: string;
  readonly user_id: number;
  readonly minor: number | null;
  readonly currency: string | null;
  readonly detail: string | null;
}

interface Question {
  readonly kind: Finding['kind'];
  /** Gives id, user_id, minor, currency, detail; takes the instant before which something is late. */
  readonly query: string;
  readonly what: (row: Row) => string;
  readonly command: (row: Row) => string;
}

function amountOf({ minor, currency }: Row): string {
  if (minor === null || currency === null) return '-';
  return `${minor < 0 ? '-' : ''}${formatDecimal({ minor: Math.abs(minor), currency })} ${currency}`;
}

const questions: readonly Question[] = [
  {
    kind: 'paid_not_delivered',
    query: `select o.id, o.user_id, o.price_minor as minor, o.currency, (select string_agg(distinct coalesce(op.last_error_code, op.state), ', ')
        from operations op where op.order_id = o.id and op.state <> 'done') as detail
      from orders o where o.state = 'paid' and o.fulfilment = 'provisioning' and o.paid_at < ?`,
    what: (row) => `user ${row.user_id} has paid and waits for a panel (${row.detail ?? 'nothing is open'})`,
    command: (row) => `npm run shop -- doctor; or give the money back: npm run shop -- refund ${row.id}`,
  },
  {
    kind: 'paid_not_delivered',
    query: `select o.id, o.user_id, p.received_minor as minor, p.asked_currency as currency, p.id as detail
      from payments p join orders o on o.id = p.order_id
      where p.state in ('paid', 'paid_late') and p.outcome is null and p.received_minor > p.refunded_minor and p.updated_at < ?`,
    what: (row) => `user ${row.user_id} has paid, and the money went nowhere`,
    command: (row) => `npm run shop -- settle ${row.detail ?? ''}`,
  },
  {
    kind: 'delivered_not_paid',
    query: `select o.id, o.user_id, o.price_minor as minor, o.currency, o.fulfilment as detail from orders o
      left join (select order_id, sum(amount_minor) as minor from transactions where to_account = 'sales' or kind = 'topup'
        group by order_id) t on t.order_id = o.id
      where o.state = 'paid' and o.fulfilment in ('provisioning', 'fulfilled') and o.paid_at < ? and coalesce(t.minor, 0) < o.price_minor`,
    what: (row) => `user ${row.user_id} has access, and less than the price was booked`,
    command: (row) => `npm run shop -- settle ${row.id}`,
  },
  {
    kind: 'amount_differs',
    query: `select p.id, p.user_id, p.received_minor - p.refunded_minor as minor, p.asked_currency as currency,
        'in minor units the charges say ' || coalesce(c.minor, 0) || ', the account of the provider ' || coalesce(t.minor, 0) as detail
      from payments p
      left join (select payment_id, sum(amount_minor - refunded_minor) as minor from charges group by payment_id) c on c.payment_id = p.id
      left join (select payment_id, currency, sum(case when from_account like 'provider:%' then amount_minor
          when to_account like 'provider:%' then -amount_minor else 0 end) as minor
        from transactions where payment_id is not null and kind <> 'quarantine' group by payment_id, currency) t
        on t.payment_id = p.id and t.currency = p.asked_currency
      where p.updated_at < ?
        and (p.received_minor - p.refunded_minor <> coalesce(c.minor, 0) or p.received_minor - p.refunded_minor <> coalesce(t.minor, 0))`,
    what: (row) => `the payment of user ${row.user_id} says ${amountOf(row)}; ${row.detail ?? ''}`,
    command: (row) => `npm run shop -- settle ${row.id}`,
  },
  {
    kind: 'quarantine',
    query: `select q.id, coalesce(p.user_id, 0) as user_id, q.amount_minor as minor, q.currency, q.provider || ', ' || q.reason as detail
      from quarantine q left join payments p on p.id = q.payment_id where q.resolved_at is null and q.created_at < ?`,
    what: (row) => `${amountOf(row)}: ${row.detail ?? ''}`,
    command: (row) => `npm run shop -- resolve ${row.id} --credit; or: npm run shop -- resolve ${row.id} --keep`,
  },
  {
    kind: 'refund_waits',
    query: `select r.id, r.user_id, r.amount_minor as minor, r.currency, r.why as detail
      from refunds r where r.state = 'by_hand' and r.created_at < ?`,
    what: (row) => `${amountOf(row)} for user ${row.user_id} have to be sent by hand${row.detail === null ? '' : `: ${row.detail}`}`,
    command: (row) => `npm run shop -- refund-done ${row.id}; or: npm run shop -- refund-cancel ${row.id}`,
  },
  {
    kind: 'refund_waits',
    query: `select r.id, r.user_id, r.amount_minor as minor, r.currency, r.state as detail
      from refunds r where r.state in ('requested', 'pending') and r.created_at < ?`,
    what: (row) => `${amountOf(row)} for user ${row.user_id}: the provider is asked again by itself (${row.detail ?? ''})`,
    command: () => 'npm run shop -- doctor',
  },
  {
    kind: 'held_without_order',
    query: `select o.id, o.user_id, o.held_minor as minor, o.currency, o.state as detail from orders o
      where o.held_minor > 0 and o.state <> 'open' and o.created_at < ?`,
    what: (row) => `a closed order still holds ${amountOf(row)} of user ${row.user_id}`,
    command: (row) => `npm run shop -- settle ${row.id}`,
  },
];

/** A payment or delivery younger than this may still be on its way. */
const graceMs = 10 * 60_000;

/** Everything on which money and access do not agree, from the facts in Postgres. */
export async function findDifferences(db: Db, now: Date): Promise<readonly Finding[]> {
  const before = new Date(now.getTime() - graceMs);
  const findings: Finding[] = [];
  for (const question of questions) {
    const { rows }: { rows: readonly Row[] } = await db.raw(question.query, [question.kind === 'quarantine' ? now : before]);
    findings.push(
      ...rows.map((row) => ({ kind: question.kind, subject: row.id, what: question.what(row), command: question.command(row) })),
    );
  }
  return findings;
}

/** Balances that are not the sum of their movements; there must be none. */
export async function findWrongBalances(
  db: Db,
): Promise<readonly { readonly userId: number; readonly balance: Money; readonly booked: number }[]> {
  const { rows }: { rows: readonly { user_id: number; currency: string; amount_minor: number; booked: number }[] } = await db.raw(
    `select b.user_id, b.currency, b.amount_minor, coalesce(sum(case when t.to_account = 'user:' || b.user_id then t.amount_minor
        when t.from_account = 'user:' || b.user_id then -t.amount_minor else 0 end), 0)::bigint as booked
     from balances b left join transactions t on t.currency = b.currency
       and ('user:' || b.user_id) in (t.to_account, t.from_account)
     group by b.user_id, b.currency, b.amount_minor
     having b.amount_minor <> coalesce(sum(case when t.to_account = 'user:' || b.user_id then t.amount_minor
        when t.from_account = 'user:' || b.user_id then -t.amount_minor else 0 end), 0)`,
  );
  return rows.map((row) => ({ userId: row.user_id, balance: { minor: row.amount_minor, currency: row.currency }, booked: row.booked }));
}
