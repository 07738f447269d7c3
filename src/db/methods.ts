import { freshRateMs, isSuspect, type MethodFacts, type MethodRules, type Situation } from '../domain/method';
import type { Money } from '../domain/money';
import type { Db } from './connection';
import type { Rate } from './payments';

interface MethodRow {
  readonly provider: string;
  readonly choices: readonly string[];
  readonly enabled: boolean;
  readonly min_minor: number | null;
  readonly max_minor: number | null;
  readonly needs_email: boolean;
  readonly saves_methods: boolean;
  readonly rate_currency: string | null;
  readonly trouble: string | null;
}

/** Every configured way to pay, in the order of the shop, with what decides whether a buyer sees it. */
export async function listMethodFacts(db: Db): Promise<readonly MethodFacts[]> {
  const rows: readonly MethodRow[] = await db<MethodRow>('payment_methods').whereNull('archived_at').orderBy('position');
  return rows.map((row) => ({
    provider: row.provider,
    choices: row.choices,
    enabled: row.enabled,
    minMinor: row.min_minor ?? undefined,
    maxMinor: row.max_minor ?? undefined,
    needsEmail: row.needs_email,
    savesMethods: row.saves_methods,
    rateCurrency: row.rate_currency ?? undefined,
    trouble: row.trouble ?? undefined,
  }));
}

async function freshCurrencies(db: Db, quote: string, now: Date): Promise<readonly string[]> {
  const rows: readonly { currency: string }[] = await db('rates')
    .where({ quote })
    .whereNull('suspect_price')
    .where('at', '>=', new Date(now.getTime() - freshRateMs))
    .select('currency');
  return rows.map((row) => row.currency);
}

/** What decides which methods are offered for a plan (or for the balance, without one). */
export async function loadSituation(
  db: Db,
  wish: { planId: string | undefined; serverIds: readonly string[]; due: Money; now: Date },
): Promise<Situation> {
  const plan: { payment_rules: MethodRules } | undefined =
    wish.planId === undefined ? undefined : await db('plans').where({ id: wish.planId }).first('payment_rules');
  const servers: readonly { payment_rules: MethodRules }[] = await db('servers')
    .whereIn('id', [...wish.serverIds])
    .whereNull('archived_at')
    .select('payment_rules');
  return {
    due: wish.due,
    planRules: plan?.payment_rules ?? {},
    serverRules: servers.map((server) => server.payment_rules),
    freshRates: await freshCurrencies(db, wish.due.currency, wish.now),
  };
}

/** Notes that a method does not work, so that buyers do not see it; true when that is news. */
export async function noteMethodTrouble(db: Db, provider: string, trouble: { why: string; now: Date }): Promise<boolean> {
  const count = await db('payment_methods')
    .where({ provider })
    .whereNull('trouble')
    .update({ trouble: trouble.why, trouble_at: trouble.now });
  return count === 1;
}

/** Notes that a method works again; true when it did not before. */
export async function clearMethodTrouble(db: Db, provider: string): Promise<boolean> {
  const count = await db('payment_methods').where({ provider }).whereNotNull('trouble').update({ trouble: null, trouble_at: null });
  return count === 1;
}

/** The rate of a currency, if it is fresh and plausible. */
export async function findRate(db: Db, currency: string, quote: { currency: string; now: Date }): Promise<Rate | undefined> {
  const row: { unit_price: string; source: string; at: Date; suspect_price: string | null } | undefined = await db('rates')
    .where({ currency, quote: quote.currency })
    .first();
  if (row === undefined || row.suspect_price !== null || quote.now.getTime() - row.at.getTime() > freshRateMs) return undefined;
  return { unitPrice: row.unit_price, source: row.source, at: row.at };
}

export interface NewRate {
  readonly currency: string;
  readonly quote: string;
  readonly unitPrice: string;
  readonly source: string;
  readonly now: Date;
  /** An operator said that a large step is right. */
  readonly isConfirmed?: boolean;
}

/** Keeps a rate; one that is far from the last is not used until it comes back or an operator confirms it. Says whether it is in use. */
export async function storeRate(db: Db, rate: NewRate): Promise<'used' | 'suspect'> {
  return db.transaction(async (tx) => {
    const last: { unit_price: string } | undefined = await tx('rates')
      .where({ currency: rate.currency, quote: rate.quote })
      .forUpdate()
      .first('unit_price');
    const suspect = rate.isConfirmed !== true && last !== undefined && isSuspect(last.unit_price, rate.unitPrice);
    if (suspect) {
      await tx('rates')
        .where({ currency: rate.currency, quote: rate.quote })
        .update({ suspect_price: rate.unitPrice, suspect_at: rate.now });
      return 'suspect';
    }
    const row = { unit_price: rate.unitPrice, source: rate.source, at: rate.now, suspect_price: null, suspect_at: null };
    await tx('rates')
      .insert({ currency: rate.currency, quote: rate.quote, ...row })
      .onConflict(['currency', 'quote'])
      .merge(row);
    return 'used';
  });
}
