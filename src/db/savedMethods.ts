import type { PaymentEvent } from '../domain/payment';
import { endRenewals } from './autoRenewals';
import type { Db } from './connection';
import { newId } from './ids';
import { addNotice } from './notices';
import type { StoredPayment } from './payments';

/** Version of the text that a buyer agrees to; a new text is a new version. */
export const consentVersion = '2026-11';

/** A way of paying that a buyer let the shop keep. */
export interface SavedMethod {
  readonly id: string;
  readonly userId: number;
  readonly provider: string;
  /** The provider's own id of it. */
  readonly externalId: string;
  readonly title: string;
  readonly consentAt: Date;
}

interface Row {
  readonly id: string;
  readonly user_id: number;
  readonly provider: string;
  readonly external_id: string;
  readonly title: string;
  readonly consent_at: Date;
}

function toMethod(row: Row): SavedMethod {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    externalId: row.external_id,
    title: row.title,
    consentAt: row.consent_at,
  };
}

/** Takes over what a provider says of a way of paying: it may be used again, or not any more. */
export async function noteSavedMethod(tx: Db, told: { payment: StoredPayment; event: PaymentEvent; now: Date }): Promise<void> {
  if (told.event.type === 'method_saved') await keepSavedMethod(tx, told);
  else if (told.event.goesOn === false) await endAgreement(tx, told);
}

// The provider has stopped by itself, so there is nothing left to tell it.
async function endAgreement(tx: Db, { payment, now }: { payment: StoredPayment; now: Date }): Promise<void> {
  const ended: readonly { id: string; title: string; forgotten: boolean }[] = await tx('saved_methods')
    .where({ user_id: payment.userId, provider: payment.provider, renews_itself: true })
    .whereIn('external_id', tx('charges').select('charge_id').where({ payment_id: payment.id }))
    .whereNull('stopped_at')
    .update({ stopped_at: now })
    .returning(['id', 'title', tx.raw('forgotten_at is not null as forgotten')]);
  for (const method of ended.filter((entry) => !entry.forgotten)) {
    await tx('saved_methods').where({ id: method.id }).update({ forgotten_at: now });
    await addNotice(tx, { userId: payment.userId, key: `ended:${method.id}`, kind: 'renewal_ended', params: { title: method.title } });
  }
}

// Keeps a way of paying, if its owner agreed to that for this very payment; without consent it is not kept.
async function keepSavedMethod(tx: Db, told: { payment: StoredPayment; event: PaymentEvent; now: Date }): Promise<void> {
  const { payment, now } = told;
  const method = told.event.savedMethod;
  if (method === undefined || !payment.saveMethod) return;
  const user: { save_consent_at: Date | null; save_consent_version: string | null } | undefined = await tx('users')
    .where({ id: payment.userId })
    .first('save_consent_at', 'save_consent_version');
  const rows: readonly { id: string }[] = await tx('saved_methods')
    .insert({
      id: newId('svm'),
      user_id: payment.userId,
      provider: payment.provider,
      external_id: method.id,
      title: method.title.slice(0, 64),
      renews_itself: method.renewsItself ?? false,
      forgotten_at: null,
      consent_at: user?.save_consent_at ?? now,
      consent_version: user?.save_consent_version ?? consentVersion,
    })
    .onConflict(['user_id', 'provider', 'external_id'])
    .merge(['forgotten_at', 'consent_at', 'consent_version'])
    .returning('id');
  const id = rows[0]?.id ?? method.id;
  await addNotice(tx, {
    userId: payment.userId,
    key: `saved:${id}:${payment.id}`,
    kind: 'method_saved',
    params: {
      title: method.title.slice(0, 64),
      methodId: id,
      paymentId: payment.id,
      ...(told.event.periodEnd === undefined ? {} : { nextAt: told.event.periodEnd }),
    },
  });
}

/** What the user has let the shop keep, newest first. */
export async function listSavedMethods(db: Db, userId: number): Promise<readonly SavedMethod[]> {
  const rows: readonly Row[] = await db<Row>('saved_methods')
    .where({ user_id: userId })
    .whereNull('forgotten_at')
    .orderBy('created_at', 'desc');
  return rows.map(toMethod);
}

/** Ways of paying that the shop itself can charge, newest first; those that charge by themselves are left out. */
export async function listRenewingMethods(db: Db, userId: number): Promise<readonly SavedMethod[]> {
  const rows: readonly Row[] = await db<Row>('saved_methods')
    .where({ user_id: userId })
    .where(db.raw('not renews_itself'))
    .whereNull('forgotten_at')
    .orderBy('created_at', 'desc');
  return rows.map(toMethod);
}

/** Forgets a way of paying; nothing is charged by it any more. False when it was not there. */
export async function forgetSavedMethod(tx: Db, forget: { userId: number; id: string; now: Date }): Promise<boolean> {
  const { userId, id, now } = forget;
  const count = await tx('saved_methods').where({ id, user_id: userId }).whereNull('forgotten_at').update({ forgotten_at: now });
  if (count === 1) await endRenewals(tx, { methodId: id }, { reason: 'method_forgotten', now });
  return count === 1;
}

/** Nothing more is charged by itself for a payment whose money went back or is disputed, nor for its subscription; its owner is told where that ends a renewal. */
export async function stopAgreementOf(tx: Db, paymentId: string, now: Date): Promise<void> {
  const order: { subscription_id: string | null; user_id: number } | undefined = await tx('orders')
    .join('payments', 'payments.order_id', 'orders.id')
    .where({ 'payments.id': paymentId })
    .first('orders.subscription_id', 'orders.user_id');
  const subscriptionId = order?.subscription_id ?? undefined;
  const ended = subscriptionId === undefined ? 0 : await endRenewals(tx, { subscriptionId }, { reason: 'money_back', now });
  if (order !== undefined && ended > 0) {
    const key = `renewal-stopped:${subscriptionId}:${now.getTime()}`;
    await addNotice(tx, { userId: order.user_id, key, kind: 'renewal_stopped', params: {} });
  }
  await tx('saved_methods')
    .where({ renews_itself: true })
    .whereIn('external_id', tx('charges').select('charge_id').where({ payment_id: paymentId }))
    .whereNull('forgotten_at')
    .update({ forgotten_at: now });
}

/** Forgets every way of paying of a user who may not buy any more. */
export async function forgetAllMethods(tx: Db, userId: number, now: Date): Promise<void> {
  await tx('saved_methods').where({ user_id: userId }).whereNull('forgotten_at').update({ forgotten_at: now });
}

/** What a provider has to be told to stop charging by itself. */
export async function methodsToStop(db: Db, userId: number): Promise<readonly string[]> {
  const rows: readonly { id: string }[] = await db('saved_methods')
    .where({ user_id: userId, renews_itself: true })
    .whereNotNull('forgotten_at')
    .whereNull('stopped_at')
    .orderBy('id')
    .select('id');
  return rows.map((row) => row.id);
}

/** A saved method, forgotten or not. */
export async function findSavedMethod(db: Db, id: string): Promise<SavedMethod | undefined> {
  const row: Row | undefined = await db<Row>('saved_methods').where({ id }).first();
  return row === undefined ? undefined : toMethod(row);
}

/** Notes that its provider does not charge by itself any more. */
export async function markStopped(db: Db, id: string, now: Date): Promise<void> {
  await db('saved_methods').where({ id }).whereNull('stopped_at').update({ stopped_at: now });
}

/** Keeps that the user agreed, when, and to which text. */
export async function storeConsent(tx: Db, userId: number, now: Date): Promise<void> {
  await tx('users').where({ id: userId }).update({ save_consent_at: now, save_consent_version: consentVersion });
}
