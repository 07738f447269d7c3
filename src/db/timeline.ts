import { formatDecimal, money } from '../domain/money';
import type { Db } from './connection';

/** One thing that happened to a user. */
export interface TimelineEntry {
  readonly at: Date;
  readonly what: string;
}

interface Row {
  readonly at: Date;
  readonly what: string;
  readonly minor: number | null;
  readonly currency: string | null;
}

// Each gives `at`, `what` with `{}` for the sum, `minor` and `currency`; `:user` is the user's id. No token, link, credential or text of a buyer.
const sources: readonly string[] = [
  `select created_at as at, 'user        came first' || coalesce(' from the campaign ' || source, '') as what, null::bigint as minor, null as currency
   from users where id = :user`,
  `select referred_at, 'user        came with the link of user ' || referrer_id, null, null from users where id = :user and referred_at is not null`,
  `select blocked_at, 'user        blocked the bot', null, null from users where id = :user and blocked_at is not null`,
  `select created_at, 'order       ' || id || ' ' || coalesce(plan_id, kind) || ' for {}' || coalesce(' with code ' || promo_code, '')
     || ': ' || state || coalesce(' (' || closed_reason || ')', '') || case when state = 'paid' then ', ' || fulfilment else '' end, price_minor, currency
   from orders where user_id = :user`,
  `select paid_at, 'order       ' || id || ' paid', null, null from orders where user_id = :user and paid_at is not null`,
  `select fulfilled_at, 'order       ' || id || ' ready', null, null from orders where user_id = :user and fulfilled_at is not null`,
  `select created_at, 'payment     ' || id || ' of ' || order_id || ' by ' || provider || ' for {}: ' || state, asked_minor, asked_currency
   from payments where user_id = :user`,
  `select c.received_at, 'charge      {} came for ' || c.payment_id, c.amount_minor, c.currency
   from charges c join payments p on p.id = c.payment_id where p.user_id = :user`,
  `select created_at, 'money       {} ' || kind || ', ' || from_account || ' to ' || to_account, amount_minor, currency
   from transactions where user_id = :user`,
  `select created_at, 'refund      ' || id || ' of ' || order_id || ' {} to the ' || destination || ': ' || state || coalesce(' (' || why || ')', ''),
     amount_minor, currency
   from refunds where user_id = :user`,
  `select g.created_at, 'grant       ' || g.kind || ' by ' || g.source || ' ' || g.source_id || ': ' || g.subscription_id || ' from '
     || coalesce(to_char(g.end_before at time zone :zone, 'YYYY-MM-DD HH24:MI'), 'nothing') || ' to '
     || to_char(g.end_after at time zone :zone, 'YYYY-MM-DD HH24:MI'), null, null
   from grants g join subscriptions s on s.id = g.subscription_id where s.user_id = :user`,
  `select o.created_at, 'panel       ' || o.kind || ' on ' || a.panel_id || ' wanted by ' || o.cause || ': ' || o.state
     || coalesce(' (last trouble ' || o.last_error_code || ')', ''), null, null
   from operations o join panel_accounts a on a.id = o.panel_account_id where o.user_id = :user`,
  `select o.finished_at, 'panel       ' || o.kind || ' on ' || a.panel_id || ' done', null, null
   from operations o join panel_accounts a on a.id = o.panel_account_id where o.user_id = :user and o.finished_at is not null`,
  `select k.updated_at, 'key         ' || k.server_id || case when k.connection_string is null then ' waits for its panel' else ' ready' end, null, null
   from vpn_keys k where k.user_id = :user`,
  `select coalesce(sent_at, created_at), 'message     ' || kind || case when sent_at is not null then '' when claimed_at is null then ' waits to be sent'
     else ' taken for sending, no answer seen' end, null, null
   from notices where user_id = :user`,
  `select m.ready_sent_at, 'message     ready, with the link, for ' || m.order_id, null, null
   from order_messages m join orders o on o.id = m.order_id where o.user_id = :user and m.ready_sent_at is not null`,
  `select created_at, 'code        ' || code || ' ' || state || coalesce(' by ' || order_id, ''), null, null from promo_uses where user_id = :user`,
  `select created_at, 'reward      for ' || order_id || case when days is null then ' of {}' else ' of ' || days || ' day(s)' end || ': ' || state
     || case when missing_minor > 0 then ', ' || missing_minor || ' in minor units were spent' else '' end, amount_minor, currency
   from rewards where user_id = :user`,
  `select created_at, 'gift        ' || order_id || ': ' || state || coalesce(', opened by user ' || taken_by, ''), null, null
   from gifts where giver_id = :user or taken_by = :user`,
  `select parked_at, 'parked      ' || id || ' ' || (item ->> 'kind') || ': ' || error_code
     || case when resolved_at is null then ', npm run shop -- retry-parked ' || id else ', given back' end, null, null
   from parked_items where user_id = :user`,
  `select at, 'operator    ' || action || ' by ' || actor || coalesce(': ' || (after ->> 'reason'), ''), null, null
   from audit_log where target = 'user:' || :user
     or target in (select id from orders where user_id = :user union select id from payments where user_id = :user
       union select id from refunds where user_id = :user)`,
];

function textOf({ what, minor, currency }: Row): string {
  return minor === null || currency === null ? what : what.replace('{}', `${formatDecimal(money(minor, currency))} ${currency}`);
}

/** What happened to a user, from the facts, oldest first, the last `limit` of it. */
export async function loadTimeline(
  db: Db,
  about: { readonly userId: number; readonly timeZone: string; readonly limit: number },
): Promise<readonly TimelineEntry[]> {
  const { rows }: { rows: readonly Row[] } = await db.raw(
    `select * from (${sources.join('\nunion all ')}) everything order by at desc, what limit :limit`,
    { user: about.userId, zone: about.timeZone, limit: about.limit },
  );
  return rows.toReversed().map((row) => ({ at: row.at, what: textOf(row) }));
}
