import { judgeReferral, type ReferralRefusal } from '../domain/referral';
import type { Money } from '../domain/money';
import type { Db } from './connection';
import { newReferralCode } from './ids';

/** The user's code in links to the bot, made when it is first asked for. */
export async function referralCodeOf(db: Db, userId: number): Promise<string> {
  await db('users').where({ id: userId }).whereNull('referral_code').update({ referral_code: newReferralCode() });
  const row: { referral_code: string } = await db('users').where({ id: userId }).first('referral_code');
  return row.referral_code;
}

async function chainOf(tx: Db, code: string): Promise<readonly number[]> {
  const result: { rows: readonly { id: number }[] } = await tx.raw(
    `with recursive chain (id, referrer_id, depth) as (
       select id, referrer_id, 0 from users where referral_code = ?
       union all select u.id, u.referrer_id, depth + 1 from users u join chain c on u.id = c.referrer_id where depth < 10000)
     select id from chain order by depth`,
    [code],
  );
  return result.rows.map((row) => row.id);
}

/**
 * Notes who referred a user, once, while the user has bought nothing; never oneself, never somebody whom the user has referred, over however many
 * others. Returns why not, or undefined where it is or was noted.
 */
export async function setReferrer(
  db: Db,
  referral: { readonly userId: number; readonly code: string; readonly now: Date },
): Promise<ReferralRefusal | undefined> {
  const { userId, code, now } = referral;
  return db.transaction(async (tx) => {
    // One at a time, so that no circle closes between the look and the note.
    await tx.raw(`select pg_advisory_xact_lock(hashtext('referrals'))`);
    const user: { referrer_id: number | null } | undefined = await tx('users').where({ id: userId }).first('referrer_id');
    const bought: unknown = await tx('orders').where({ user_id: userId, kind: 'plan', state: 'paid' }).first('id');
    const chain = await chainOf(tx, code);
    const isNoted = chain[0] !== undefined && user?.referrer_id === chain[0];
    const hasReferrer = user?.referrer_id !== null && !isNoted;
    const refusal = judgeReferral({ userId, hasReferrer, hasBought: bought !== undefined, chain });
    if (refusal === undefined && !isNoted) await tx('users').where({ id: userId }).update({ referrer_id: chain[0], referred_at: now });
    return refusal;
  });
}

/** What came of a user's link: who came, who bought, and what it brought. */
export interface ReferralSummary {
  readonly invited: number;
  readonly bought: number;
  readonly earned: Money;
  readonly earnedDays: number;
}

/** Counts for the buyer's own screen; what was taken back does not count. */
export async function loadReferralSummary(db: Db, userId: number, currency: string): Promise<ReferralSummary> {
  const result: { rows: readonly { invited: string; bought: string; minor: string; days: string }[] } = await db.raw(
    `select (select count(*) from users where referrer_id = ?) as invited, count(*) as bought,
       coalesce(sum(amount_minor) filter (where state = 'given' and currency = ?), 0) as minor,
       coalesce(sum(days) filter (where state = 'given'), 0) as days
     from rewards where user_id = ? and side = 'referrer' and state <> 'taken_back'`,
    [userId, currency, userId],
  );
  const row = result.rows[0];
  return {
    invited: Number(row?.invited ?? 0),
    bought: Number(row?.bought ?? 0),
    earned: { minor: Number(row?.minor ?? 0), currency },
    earnedDays: Number(row?.days ?? 0),
  };
}
