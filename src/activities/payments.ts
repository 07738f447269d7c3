import { Context } from '@temporalio/activity';
import { healAlert, raiseAlert } from '../db/alerts';
import { clearMethodTrouble, listMethodFacts, noteMethodTrouble } from '../db/methods';
import { findOrder } from '../db/orders';
import { withdrawPayment } from '../db/attempts';
import { insertPaymentEvent, markEventsApplied, openWakeUps, takeUnmatchedWakeUps } from '../db/paymentEvents';
import {
  findPayment,
  markInvoiceAsked,
  setExternalId,
  setNextPoll,
  storeInvoice,
  takeDuePayments,
  unmarkInvoiceAsked,
  type StoredPayment,
} from '../db/payments';
import { findContact } from '../db/users';
import { nextAsk } from '../domain/asking';
import type { PaymentEvent } from '../domain/payment';
import { isShopError, retryClass, ShopError } from '../errors';
import type { CreatedInvoice, CreateInvoiceInput, PaymentProvider } from '../payments/provider';
import type { PaymentDeps } from './deps';
import { toShopError } from './failures';

const descriptionLength = 128;
const askedAtOnce = 5;
const leaseMs = 60_000;
const retryAskMs = 30_000;
const longestListing = 100;
/** Ids that messages named for one payment and that are asked about in one go; more are no provider's doing. */
const mostTold = 5;

function pollTime(deps: PaymentDeps, payment: Pick<StoredPayment, 'deadline'>, attempts: number): Date | undefined {
  return nextAsk({ deadline: payment.deadline, attempts, now: deps.clock.now() }, deps.askPace);
}

/** What a provider is told of a payment. */
export async function inputFor(deps: PaymentDeps, payment: StoredPayment, repeated: boolean): Promise<CreateInvoiceInput> {
  const order = await findOrder(deps.db, payment.orderId);
  if (order === undefined) throw new ShopError('NotFound', { message: 'the order to make an invoice for does not exist' });
  const settings = await deps.settings();
  const contact = await findContact(deps.db, payment.userId);
  return {
    paymentId: payment.id,
    attempt: payment.attempt,
    price: payment.asked,
    description: `${order.planTitle[contact.language]} · ${settings.name}`.slice(0, descriptionLength),
    language: contact.language,
    userId: payment.userId,
    email: contact.email,
    choice: payment.place ?? payment.choice,
    saveMethod: payment.saveMethod,
    expiresAt: payment.deadline,
    madeAt: payment.createdAt,
    returnUrl: await deps.returnUrl(),
    webhookUrl: `${settings.publicUrl}/webhooks/${payment.provider}`,
    repeated,
    now: deps.clock.now(),
  };
}

/** Makes the call; what it says of the method as a whole is kept, so that a broken one is not offered. */
async function callForInvoice(deps: PaymentDeps, payment: StoredPayment): Promise<CreatedInvoice> {
  const repeated = await markInvoiceAsked(deps.db, payment.id, deps.clock.now());
  try {
    const provider = await deps.providers.get(payment.provider);
    return await provider.createInvoice(await inputFor(deps, payment, repeated));
  } catch (error) {
    const code = toShopError(error).code;
    // Only what certainly did not happen may be forgotten.
    if (!repeated && !['ProviderUnknownOutcome', 'ProviderContract', 'Internal'].includes(code))
      await unmarkInvoiceAsked(deps.db, payment.id);
    if (code === 'ProviderMisconfigured') await hideMethod(deps, payment.provider, 'the credentials were refused');
    throw error;
  }
}

/** Asks the provider for a way to pay and stores it; a payment that has one keeps it. */
export async function createInvoice(deps: PaymentDeps, input: { readonly paymentId: string }): Promise<void> {
  const payment = await findPayment(deps.db, input.paymentId);
  if (payment === undefined) throw new ShopError('NotFound', { message: 'the payment to make an invoice for does not exist' });
  if (payment.hasInvoice) return;
  const invoice = await callForInvoice(deps, payment);
  const { asked } = invoice;
  if (asked.minor !== payment.asked.minor || asked.currency !== payment.asked.currency) {
    throw new ShopError('ProviderContract', { message: `${payment.provider} made an invoice for another amount than was asked` });
  }
  const provider = await deps.providers.get(payment.provider);
  await storeInvoice(deps.db, payment.id, {
    externalId: invoice.externalId,
    payUrl: invoice.payUrl,
    instructions: invoice.instructions,
    expiresAt: invoice.expiresAt,
    nextPollAt: provider.capabilities.poll ? pollTime(deps, payment, 0) : undefined,
  });
}

/** Takes a method that does not work out of the buyers' sight, and tells the operators why. */
async function hideMethod(deps: PaymentDeps, provider: string, why: string): Promise<void> {
  await noteMethodTrouble(deps.db, provider, { why, now: deps.clock.now() });
  await raiseAlert(deps.db, {
    key: `provider:${provider}`,
    kind: 'provider',
    text: `Buyers do not see ${provider}: ${why}. Correct shop.yaml and apply it; "npm run shop -- doctor" says whether it works.`,
  });
}

async function showMethod(deps: PaymentDeps, provider: string): Promise<void> {
  if (await clearMethodTrouble(deps.db, provider)) await healAlert(deps.db, `provider:${provider}`);
}

async function fetchEvents(deps: PaymentDeps, payment: StoredPayment, told: readonly string[] = []): Promise<readonly PaymentEvent[]> {
  const provider = await deps.providers.get(payment.provider);
  const ask = (externalId: string | undefined): Promise<readonly PaymentEvent[]> =>
    provider.fetchStatus({ paymentId: payment.id, externalId, asked: payment.asked, createdAt: payment.createdAt });
  const events = [...(await ask(payment.externalId))];
  // Where the answer with the provider's id got lost and it has no search, its message named the id; the answer has to be of this payment.
  if (payment.externalId === undefined && events.length === 0) {
    for (const externalId of told.slice(0, mostTold)) {
      const found = await ask(externalId);
      events.push(...found.filter((event) => event.ref.paymentId === payment.id));
    }
  }
  const externalId = events.find((event) => event.ref.externalId !== undefined)?.ref.externalId;
  if (externalId !== undefined && payment.externalId === undefined) await setExternalId(deps.db, payment.id, externalId);
  return events;
}

/** Asks the provider about a payment that an untrusted message spoke of; without such a message it does nothing. */
export async function answerWakeUps(deps: PaymentDeps, input: { readonly paymentId: string }): Promise<void> {
  const wakeUps = await openWakeUps(deps.db, input.paymentId);
  const payment = wakeUps.length === 0 ? undefined : await findPayment(deps.db, input.paymentId);
  if (payment === undefined) return;
  const told = new Set(wakeUps.flatMap((wakeUp) => wakeUp.externalId ?? []));
  const events = await fetchEvents(deps, payment, [...told]);
  await deps.db.transaction(async (tx) => {
    for (const event of events) await insertPaymentEvent(tx, { event, digest: undefined, rawSealed: undefined, now: deps.clock.now() });
    const ids = wakeUps.map((wakeUp) => wakeUp.id);
    await markEventsApplied(tx, ids, { result: 'asked', now: deps.clock.now() });
  });
}

async function noteTrouble(deps: PaymentDeps, provider: string, thrown: unknown): Promise<void> {
  const error = toShopError(thrown);
  deps.log.warn({ provider, code: error.code }, error.message);
  if (error.code === 'ProviderMisconfigured') await noteMethodTrouble(deps.db, provider, { why: error.message, now: deps.clock.now() });
  if (retryClass[error.code] !== 'slow') return;
  await raiseAlert(deps.db, {
    key: `provider:${provider}`,
    kind: 'provider',
    text: `Provider ${provider}: ${error.message}. Run "npm run shop -- doctor" and correct its settings; payments are asked about again by themselves.`,
  });
}

/**
 * Closes at its provider what the buyer is not shown any more. It is set aside here first, so that nobody chooses it again meanwhile; where it
 * was paid already, its money is told by the next question.
 */
async function withdraw(deps: PaymentDeps, payment: StoredPayment, events: readonly PaymentEvent[]): Promise<boolean> {
  const provider = await deps.providers.get(payment.provider);
  const externalId = payment.externalId ?? events.find((event) => event.ref.externalId !== undefined)?.ref.externalId;
  // Some providers know nothing of an order before somebody tried to pay it.
  const isOpen = events.every((event) => event.type === 'pending');
  if (provider.cancel === undefined || externalId === undefined || !isOpen) return false;
  if (payment.state !== 'cancelled' && !(await withdrawPayment(deps.db, payment.id))) return false;
  try {
    await provider.cancel(externalId);
  } catch (error) {
    // Closed already, or paid: the next question tells.
    if (!isShopError(error, 'ProviderRejected')) throw error;
  }
  return true;
}

async function askAndWithdraw(deps: PaymentDeps, payment: StoredPayment): Promise<readonly PaymentEvent[]> {
  const events = await fetchEvents(deps, payment);
  return (await withdraw(deps, payment, events)) ? [...events, ...(await fetchEvents(deps, payment))] : events;
}

async function askAbout(deps: PaymentDeps, payment: StoredPayment): Promise<void> {
  try {
    const provider = await deps.providers.get(payment.provider);
    const events = await askAndWithdraw(deps, payment);
    await deps.reportEvents(events);
    await showMethod(deps, payment.provider);
    // What was paid is in the inbox now; nothing is left to ask.
    const settled = events.some((event) => event.type === 'paid') && !provider.capabilities.partialPayments;
    await setNextPoll(deps.db, payment.id, settled ? undefined : pollTime(deps, payment, payment.pollAttempts));
  } catch (error) {
    await noteTrouble(deps, payment.provider, error);
    await setNextPoll(deps.db, payment.id, new Date(deps.clock.now().getTime() + retryAskMs));
  }
}

// A message about a payment nobody knows is believed only after its provider was asked; what it says then goes the usual way.
async function askAboutUnmatched(deps: PaymentDeps): Promise<void> {
  for (const stored of await takeUnmatchedWakeUps(deps.db, { now: deps.clock.now(), limit: askedAtOnce, leaseMs })) {
    try {
      const provider = await deps.providers.get(stored.event.provider);
      const events = await provider.fetchStatus({
        paymentId: undefined,
        externalId: stored.event.ref.externalId,
        asked: undefined,
        createdAt: stored.receivedAt,
      });
      await deps.reportEvents(events);
      const result = events.length === 0 ? 'unknown to the provider' : 'asked';
      await markEventsApplied(deps.db, [stored.id], { result, now: deps.clock.now() });
    } catch (error) {
      await noteTrouble(deps, stored.event.provider, error);
    }
  }
}

/** Asks about payments whose time has come, a few at once; one that fails is asked again and stops no other. */
export async function askDuePayments(deps: PaymentDeps, input: { readonly limit: number }): Promise<number> {
  await askAboutUnmatched(deps);
  let asked = 0;
  while (asked < input.limit) {
    const due = await takeDuePayments(deps.db, { now: deps.clock.now(), limit: Math.min(askedAtOnce, input.limit - asked), leaseMs });
    await Promise.all(due.map((payment) => askAbout(deps, payment)));
    Context.current().heartbeat();
    asked += due.length;
    if (due.length < askedAtOnce) break;
  }
  return asked;
}

async function listEvents(deps: PaymentDeps, provider: PaymentProvider, since: Date): Promise<number> {
  let found = 0;
  let cursor: string | undefined;
  for (let page = 0; page < longestListing && provider.listSince !== undefined; page += 1) {
    const listed = await provider.listSince(since, cursor);
    await deps.reportEvents(listed.events);
    Context.current().heartbeat();
    found += listed.events.length;
    cursor = listed.cursor;
    if (cursor === undefined) break;
  }
  return found;
}

async function noteNotCompared(deps: PaymentDeps, provider: string, thrown: unknown): Promise<void> {
  const error = toShopError(thrown);
  // What an operator has to correct was told already, with how.
  if (retryClass[error.code] === 'slow') return;
  await raiseAlert(deps.db, {
    key: `compare:${provider}`,
    kind: 'provider',
    text: `Provider ${provider} could not be compared with the shop's books: ${error.message}. It is tried again every hour, and its payments are still asked about one by one.`,
  });
}

/** Asks every provider that can list for money that no message told of; a provider that fails stops no other. */
export async function reconcilePayments(deps: PaymentDeps, input: { readonly sinceMs: number }): Promise<number> {
  const since = new Date(deps.clock.now().getTime() - input.sinceMs);
  const methods = await listMethodFacts(deps.db);
  let found = 0;
  for (const { provider } of methods) {
    try {
      const made = await deps.providers.get(provider);
      await made.check();
      await showMethod(deps, provider);
      found += await listEvents(deps, made, since);
      await healAlert(deps.db, `compare:${provider}`);
    } catch (error) {
      await noteTrouble(deps, provider, error);
      await noteNotCompared(deps, provider, error);
    }
  }
  return found;
}
