import type { Clock } from '../clock';
import { familyKey, raiseAlert } from '../db/alerts';
import type { Db } from '../db/connection';
import { insertPaymentEvent, insertUnreadable, markEventDelivered, type StoredPaymentEvent } from '../db/paymentEvents';
import type { PaymentEvent } from '../domain/payment';
import type { UserSignals } from '../temporal/userSignals';

export interface InboxDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly signals: Pick<UserSignals, 'paymentReported'>;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** What is stored beside an event: the digest of the raw body, and the body sealed. */
export interface RawEvidence {
  readonly digest: string;
  readonly sealed: string;
}

/** Told but not applied after this long: the relay tells again. */
export const tellAgainMs = 120_000;

/** Tells the user's workflow of a stored event; throws when Temporal did not take it, and the relay does it later. */
export async function deliver(deps: InboxDeps, stored: StoredPaymentEvent): Promise<void> {
  if (stored.userId === undefined || stored.paymentId === undefined) return;
  await deps.signals.paymentReported(stored.userId, stored.paymentId);
  const now = deps.clock.now();
  await markEventDelivered(deps.db, stored.id, { now, againAt: new Date(now.getTime() + tellAgainMs) });
}

async function tellOperators(tx: Db, event: PaymentEvent): Promise<void> {
  if (event.alarm === undefined) return;
  const word = (event.detail ?? '').replaceAll(/[^\w-]/g, '').slice(0, 40);
  if (event.alarm === 'unknown_word') {
    await raiseAlert(tx, {
      key: await familyKey(tx, `provider-word:${event.provider}`, word),
      kind: 'provider',
      text: `${event.provider} used the status "${word}", which the shop does not know. The payment is asked about again; look it up in the provider's cabinet.`,
    });
    return;
  }
  const payment = event.ref.paymentId ?? event.ref.externalId ?? '?';
  await raiseAlert(tx, {
    key: await familyKey(tx, `provider-held:${event.provider}`, payment),
    kind: 'provider',
    text: `${event.provider} holds the money of payment ${payment} back (${word}). Nothing is delivered; decide about it in the provider's cabinet.`,
  });
}

/** Stores events, each once, in one transaction; when it returns they are committed. Returns those that were new. */
export async function storeEvents(
  deps: Pick<InboxDeps, 'db' | 'clock'>,
  events: readonly PaymentEvent[],
  evidence?: RawEvidence,
): Promise<readonly StoredPaymentEvent[]> {
  return deps.db.transaction(async (tx) => {
    const stored: StoredPaymentEvent[] = [];
    for (const event of events) {
      const entry = await insertPaymentEvent(tx, { event, digest: evidence?.digest, rawSealed: evidence?.sealed, now: deps.clock.now() });
      if (entry === undefined) continue;
      stored.push(entry);
      await tellOperators(tx, event);
    }
    return stored;
  });
}

/** Keeps an authentic message that could not be read, and tells the operators: the provider has changed its format. */
export async function storeUnreadable(
  deps: Pick<InboxDeps, 'db' | 'clock'>,
  provider: string,
  evidence: RawEvidence & { readonly why: string },
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    await insertUnreadable(tx, { provider, digest: evidence.digest, rawSealed: evidence.sealed, now: deps.clock.now() });
    await raiseAlert(tx, {
      key: `provider-format:${provider}`,
      kind: 'provider',
      text: `${provider} sent an authentic message that the shop cannot read (${evidence.why}). It is kept; money is still found by asking. Look for an update of the shop.`,
    });
  });
}

/** Tells the workflows of stored events; what Temporal does not take now is left to the relay. */
export async function deliverAll(deps: InboxDeps, stored: readonly StoredPaymentEvent[]): Promise<void> {
  for (const event of stored) {
    try {
      await deliver(deps, event);
    } catch {
      deps.log.warn({ eventId: event.id }, 'Temporal did not take a payment event; the relay sends it later');
      return;
    }
  }
}

/** Stores events and tells the workflows. */
export async function reportEvents(deps: InboxDeps, events: readonly PaymentEvent[]): Promise<void> {
  await deliverAll(deps, await storeEvents(deps, events));
}
