import { discounted, type PromoCode, type PromoEffect } from '../domain/promo';
import type { Plan } from '../domain/plan';
import { audit } from './audit';
import { listPlans } from './catalog';
import type { Db } from './connection';

interface PromoRow {
  readonly code: string;
  readonly kind: PromoEffect['kind'];
  readonly value: number;
  readonly currency: string | null;
  readonly plan_ids: readonly string[];
  readonly new_buyers_only: boolean;
  readonly max_uses: number | null;
  readonly max_per_user: number;
  readonly uses: number;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
  readonly ended_at: Date | null;
}

function effectOf(row: PromoRow): PromoEffect {
  switch (row.kind) {
    case 'percent':
      return { kind: 'percent', percent: row.value };
    case 'amount':
      return { kind: 'amount', amount: { minor: row.value, currency: row.currency ?? '' } };
    case 'days':
      return { kind: 'days', days: row.value };
  }
}

function toPromoCode(row: PromoRow): PromoCode {
  return {
    code: row.code,
    effect: effectOf(row),
    planIds: row.plan_ids,
    newBuyersOnly: row.new_buyers_only,
    maxUses: row.max_uses ?? undefined,
    maxPerUser: row.max_per_user,
    uses: row.uses,
    startsAt: row.starts_at ?? undefined,
    endsAt: row.ends_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}

function valueOf(effect: PromoEffect): { readonly value: number; readonly currency: string | null } {
  switch (effect.kind) {
    case 'percent':
      return { value: effect.percent, currency: null };
    case 'amount':
      return { value: effect.amount.minor, currency: effect.amount.currency };
    case 'days':
      return { value: effect.days, currency: null };
  }
}

/** A code as an operator makes it. */
export type NewPromoCode = Omit<PromoCode, 'uses' | 'endedAt'> & { readonly actor: string };

/** Makes a code; false when there was one of this name before, ended or not. */
export async function addPromoCode(tx: Db, code: NewPromoCode): Promise<boolean> {
  const rows: readonly unknown[] = await tx('promo_codes')
    .insert({
      code: code.code,
      kind: code.effect.kind,
      ...valueOf(code.effect),
      plan_ids: [...code.planIds],
      new_buyers_only: code.newBuyersOnly,
      max_uses: code.maxUses,
      max_per_user: code.maxPerUser,
      starts_at: code.startsAt,
      ends_at: code.endsAt,
      created_by: code.actor,
    })
    .onConflict('code')
    .ignore()
    .returning('code');
  if (rows.length === 0) return false;
  const { actor, ...after } = code;
  await audit(tx, { actor, action: 'promo.added', target: code.code, after });
  return true;
}

/** Ends a code: nobody can use it from now on, orders that hold a use keep their price. False when there is none that goes on. */
export async function endPromoCode(tx: Db, code: string, by: { readonly actor: string; readonly now: Date }): Promise<boolean> {
  const count = await tx('promo_codes').where({ code }).whereNull('ended_at').update({ ended_at: by.now });
  if (count === 0) return false;
  await audit(tx, { actor: by.actor, action: 'promo.ended', target: code });
  return true;
}

/** Every code, newest first. */
export async function listPromoCodes(db: Db): Promise<readonly PromoCode[]> {
  const rows: readonly PromoRow[] = await db<PromoRow>('promo_codes').orderBy('created_at', 'desc').orderBy('code');
  return rows.map(toPromoCode);
}

/** The code, locked for this transaction: who counts its uses takes turns. Rows that only refer to it go on being written. */
export async function lockPromoCode(tx: Db, code: string): Promise<PromoCode | undefined> {
  const row: PromoRow | undefined = await tx<PromoRow>('promo_codes').where({ code }).forNoKeyUpdate().first();
  return row === undefined ? undefined : toPromoCode(row);
}

/** Keeps a code for the user's next order; undefined forgets it. */
export async function keepCode(tx: Db, userId: number, code: string | undefined): Promise<void> {
  await tx('users')
    .where({ id: userId })
    .update({ promo_code: code ?? null });
}

/**
 * Plans for sale at the prices of this user: the code that was entered last takes its part off, whatever became of it since, so that an order is
 * never dearer than the screen before it; one that cannot be used any more is refused when the order is placed.
 */
export async function listPlansFor(db: Db, userId: number): Promise<readonly Plan[]> {
  const plans = await listPlans(db);
  const row: PromoRow | undefined = await db('promo_codes')
    .join('users', 'users.promo_code', 'promo_codes.code')
    .where({ 'users.id': userId })
    .first('promo_codes.*');
  if (row === undefined) return plans;
  const code = toPromoCode(row);
  return plans.map((plan) => discounted(plan, code) ?? plan);
}
