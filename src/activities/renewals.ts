import { agreeToRenewal, endRenewals, renewalConsentVersion, showRenewal } from '../db/autoRenewals';
import { closeOrder } from '../db/closeOrder';
import type { Db } from '../db/connection';
import { findOrder } from '../db/orders';
import { findPayment, markInvoiceAsked, setNextPoll, setPaymentState, type StoredPayment } from '../db/payments';
import { announceRenewal, tryRenewal } from '../db/renewAutomatically';
import { findAttemptOf, noteDeclined } from '../db/renewalAttempts';
import { lockUser } from '../db/requests';
import { findSavedMethod } from '../db/savedMethods';
import { nextAsk } from '../domain/asking';
import { ShopError } from '../errors';
import type { SetAutoRenewRequest, TermResult } from '../workflows/user/messages/wishes';
import type { Answered, ItemDone } from './contract';
import type { ActivityDeps, PaymentDeps, UserSignals } from './deps';
import { inputFor } from './payments';
import { loadUser } from './users';
import { answered, once } from './wishes';

interface OfUser {
  readonly userId: number;
}

async function owns(tx: Db, { userId, subscriptionId }: OfUser & SetAutoRenewRequest): Promise<boolean> {
  const row: unknown = await tx('subscriptions').where({ id: subscriptionId, user_id: userId }).first('id');
  return row !== undefined;
}

async function setIn(tx: Db, deps: ActivityDeps, input: OfUser & SetAutoRenewRequest): Promise<TermResult> {
  const { userId, subscriptionId, source } = input;
  const now = deps.clock.now();
  if (!(await owns(tx, input))) return { outcome: 'refused', reason: 'NotFound' };
  if (source === undefined) {
    await endRenewals(tx, { subscriptionId }, { reason: 'by_user', now });
    return { outcome: 'done', at: now.toISOString() };
  }
  const methodId = source === 'balance' ? undefined : source;
  const agreed = await agreeToRenewal(tx, { userId, subscriptionId, methodId, consentAt: now, consentVersion: renewalConsentVersion });
  if (agreed !== 'done') return { outcome: 'refused', reason: agreed };
  const shown = await showRenewal(tx, subscriptionId, deps.policy.renewal);
  return { outcome: 'done', at: (shown?.at ?? now).toISOString() };
}

/** Lets a subscription renew itself, with the consent to that, or ends it at once. */
export async function setAutoRenew(deps: ActivityDeps, input: OfUser & SetAutoRenewRequest): Promise<Answered<TermResult>> {
  const result = await once(deps, input, async (tx): Promise<TermResult> => {
    const user = await lockUser(tx, input.userId);
    return user?.isBanned === true ? { outcome: 'refused', reason: 'UserBanned' } : setIn(tx, deps, input);
  });
  return answered(deps, input.userId, { result, show: [] });
}

/** Takes the step of a renewal whose time has come: news of it, or the try. */
export async function renewOnTime(
  deps: ActivityDeps,
  input: OfUser & { readonly subscriptionId: string; readonly step: 'announce' | 'try'; readonly endsAt: string },
): Promise<ItemDone> {
  const { userId, subscriptionId, step } = input;
  const settings = await deps.settings();
  const at = { userId, subscriptionId, endsAt: new Date(input.endsAt), policy: deps.policy.renewal, settings, now: deps.clock.now() };
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, userId);
    await (step === 'announce' ? announceRenewal(tx, at) : tryRenewal(tx, at));
  });
  return { view: await loadUser(deps, { userId }), show: [] };
}

/** The method to charge; undefined where nothing is to be charged any more. */
async function methodFor(db: Db, payment: StoredPayment): Promise<string | undefined> {
  const attempt = await findAttemptOf(db, payment.id);
  const order = await findOrder(db, payment.orderId);
  if (attempt?.state !== 'started' || attempt.method_id === null || order?.state !== 'open') return undefined;
  return (await findSavedMethod(db, attempt.method_id))?.externalId;
}

/** Takes money by a method that the buyer let the shop keep; what came of it enters the inbox. */
export async function chargeSaved(deps: PaymentDeps, input: { readonly paymentId: string }): Promise<void> {
  const payment = await findPayment(deps.db, input.paymentId);
  const methodId = payment === undefined ? undefined : await methodFor(deps.db, payment);
  if (payment === undefined || methodId === undefined) return;
  const provider = await deps.providers.get(payment.provider);
  if (provider.chargeSaved === undefined)
    throw new ShopError('ProviderRejected', { message: `${payment.provider} does not charge saved methods any more` });
  const now = deps.clock.now();
  const repeated = await markInvoiceAsked(deps.db, payment.id, now);
  if (provider.capabilities.poll)
    await setNextPoll(deps.db, payment.id, nextAsk({ deadline: payment.deadline, attempts: 0, now }, deps.askPace));
  const events = await provider.chargeSaved({ ...(await inputFor(deps, payment, repeated)), methodId });
  await deps.reportEvents(events);
}

/** Ends a try whose provider refused for good: nothing was taken, the buyer is told. */
export async function declineCharge(
  deps: ActivityDeps & { readonly signals: UserSignals },
  input: { readonly paymentId: string },
): Promise<void> {
  const payment = await findPayment(deps.db, input.paymentId);
  if (payment === undefined) return;
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await lockUser(tx, payment.userId);
    const attempt = await findAttemptOf(tx, payment.id);
    if (attempt?.state !== 'started') return;
    await setPaymentState(tx, payment.id, 'failed');
    await noteDeclined(tx, attempt, { state: 'declined', now });
    await closeOrder(tx, payment.orderId, { state: 'cancelled', reason: 'declined' });
  });
  await deps.signals.resync(payment.userId);
}
