import { setTimeout as wait } from 'node:timers/promises';
import { raiseAlert } from '../db/alerts';
import { markEventsApplied, rematchEvent, setNextAttempt, takeDueEvents, type StoredPaymentEvent } from '../db/paymentEvents';
import { quarantine } from '../db/quarantine';
import type { PaymentEventType } from '../domain/payment';
import { deliver, type InboxDeps } from './paymentEvents';
import { relayUserEvents, type UserEventDeps } from './userEvents';

export interface RelayPace {
  /** Pause between two looks when nothing was due, in milliseconds. */
  readonly idleMs: number;
  /** Waits before a trusted event whose payment is not known is looked up again; after the last it goes to quarantine. */
  readonly unmatchedMs: readonly number[];
}

export const defaultRelayPace: RelayPace = { idleMs: 1_000, unmatchedMs: [5_000, 30_000, 300_000] };

const batch = 50;
const leaseMs = 15_000;

/** Events that speak of money; what else is told of a payment nobody knows is of no consequence. */
const ofMoney: ReadonlySet<PaymentEventType> = new Set([
  'paid',
  'renewed',
  'underpaid',
  'refunded',
  'dispute_opened',
  'dispute_won',
  'dispute_lost',
]);

async function putAside(deps: InboxDeps, stored: StoredPaymentEvent): Promise<void> {
  if (!ofMoney.has(stored.event.type)) {
    await markEventsApplied(deps.db, [stored.id], { result: 'unknown_payment', now: deps.clock.now() });
    return;
  }
  await deps.db.transaction(async (tx) => {
    const { event } = stored;
    await quarantine(tx, {
      eventId: stored.id,
      paymentId: undefined,
      provider: event.provider,
      reason: 'unknown_payment',
      amount: event.received ?? event.receivedTotal,
    });
    await markEventsApplied(tx, [stored.id], { result: 'quarantined', now: deps.clock.now() });
    await raiseAlert(tx, {
      key: `quarantine:${stored.id}`,
      kind: 'quarantine',
      text: `${event.provider} reports money (${event.type}) for a payment the shop does not know. See: npm run shop -- quarantine`,
    });
  });
}

async function handleUnmatched(deps: InboxDeps, stored: StoredPaymentEvent, pace: RelayPace): Promise<StoredPaymentEvent | undefined> {
  const matched = await rematchEvent(deps.db, stored);
  if (matched.paymentId !== undefined) return matched;
  const waitMs = pace.unmatchedMs[stored.attempts - 1];
  if (waitMs === undefined) await putAside(deps, stored);
  else await setNextAttempt(deps.db, stored.id, new Date(deps.clock.now().getTime() + waitMs));
  return undefined;
}

async function relayOne(deps: InboxDeps, stored: StoredPaymentEvent, pace: RelayPace): Promise<void> {
  const matched = stored.paymentId === undefined ? await handleUnmatched(deps, stored, pace) : stored;
  if (matched !== undefined) await deliver(deps, matched);
}

/** Sends what is due once; returns how many events were due. What fails comes due again when its lease ends. */
export async function relayOnce(deps: InboxDeps, pace: RelayPace): Promise<number> {
  const due = await takeDueEvents(deps.db, { now: deps.clock.now(), limit: batch, leaseMs });
  for (const stored of due) {
    try {
      await relayOne(deps, stored, pace);
    } catch {
      deps.log.warn({ eventId: stored.id }, 'a payment event could not be relayed yet');
      break;
    }
  }
  return due.length;
}

/** Sends again, until `signal` fires, whatever was stored and not applied. It lives outside Temporal because it is for the time when Temporal is down. */
export async function runRelay(deps: InboxDeps & UserEventDeps, pace: RelayPace, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let due = 0;
    try {
      due = await relayOnce(deps, pace);
      await relayUserEvents(deps);
    } catch {
      deps.log.warn({}, 'the relay could not read the inbox, or Temporal did not take what is in it');
    }
    if (due < batch) await wait(pace.idleMs, undefined, { signal }).catch(() => undefined);
  }
}
