import { eventsFromUpdate } from '../payments/stars';
import { deliverAll, storeEvents, type InboxDeps } from './paymentEvents';

/** Stores the payment events of a Telegram update, if it has any, and tells the workflow; committed when it returns. */
export async function recordTelegramPayment(deps: InboxDeps, update: unknown): Promise<boolean> {
  const events = eventsFromUpdate(update);
  if (events.length === 0) return false;
  await deliverAll(deps, await storeEvents(deps, events));
  return true;
}
