import { formatDecimal } from '../../domain/money';
import { listParkedItems, resolveParkedItem } from '../../db/parkedItems';
import { unparkEventsOfPayment } from '../../db/paymentEvents';
import { listOpenQuarantine } from '../../db/quarantine';
import { defaultTechnicalTimes } from '../../domain/policy';
import { ShopError } from '../../errors';
import { connectTemporal } from '../../temporal/connection';
import { createUserSignals } from '../../temporal/userSignals';
import { say, type CliContext } from './context';

/** Lists parked items, oldest first. */
export async function listParked({ db }: CliContext): Promise<void> {
  const items = await listParkedItems(db);
  for (const item of items) {
    say(
      `${item.id}  user ${item.userId}  ${item.item.kind}  ${item.errorCode}: ${item.errorMessage}  since ${item.parkedAt.toISOString()}`,
    );
  }
  say(items.length === 0 ? 'Nothing is parked.' : `Give one back with: npm run shop -- retry-parked <id>`);
}

/** Gives a parked item back: its events go through the inbox again, and the user's workflow looks at the facts. */
export async function retryParked(context: CliContext, id: string): Promise<void> {
  const { db, config, temporalAddress } = context;
  const item = await db.transaction(async (tx) => {
    const resolved = await resolveParkedItem(tx, id, 'cli');
    if (resolved?.paymentId !== undefined) await unparkEventsOfPayment(tx, resolved.paymentId, new Date());
    return resolved;
  });
  if (item === undefined) throw new ShopError('NotFound', { message: `nothing is parked under ${id}` });
  if (temporalAddress !== undefined) {
    const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
    try {
      const signals = createUserSignals(client, { times: defaultTechnicalTimes, searchAttributes: () => false });
      await signals.resync(item.userId);
      if (item.paymentId !== undefined) await signals.paymentReported(item.userId, item.paymentId);
    } finally {
      await client.connection.close();
    }
  }
  say(`${id} was given back to user ${item.userId}.`);
}

/** Lists money that waits for a decision, oldest first. */
export async function listQuarantine({ db }: CliContext): Promise<void> {
  const entries = await listOpenQuarantine(db);
  for (const entry of entries) {
    const amount = entry.amount === undefined ? '-' : `${formatDecimal(entry.amount)} ${entry.amount.currency}`;
    say(
      `${entry.id}  ${entry.provider}  ${entry.reason}  ${amount}  payment ${entry.paymentId ?? '-'}  since ${entry.createdAt.toISOString()}`,
    );
  }
  say(entries.length === 0 ? 'No money waits for a decision.' : `${entries.length} entr${entries.length === 1 ? 'y' : 'ies'}.`);
}
