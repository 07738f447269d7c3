import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { textsFor } from '../../bot/texts/texts';
import { defaultTechnicalTimes } from '../../domain/policy';
import { ShopError } from '../../errors';
import { connectTemporal } from '../../temporal/connection';
import { createShop, type Shop } from '../../temporal/shop';
import type { OperatorResult } from '../../workflows/user/messages/wishes';
import { say, type CliContext } from './context';

/** Who runs the command, for the audit log. */
export function actor(): string {
  return `cli:${userInfo().username}`;
}

/** Gives a wish to a user's workflow and says what came of it; it needs a Temporal that runs. */
export async function wish(
  context: CliContext,
  ask: (shop: Shop, common: { key: string; actor: string }) => Promise<OperatorResult>,
): Promise<void> {
  const { temporalAddress, config } = context;
  if (temporalAddress === undefined) {
    throw new ShopError('TemporalUnavailable', { message: 'the shop does not run here: start it, or set TEMPORAL_ADDRESS' });
  }
  const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
  try {
    const shop = createShop(client, { times: defaultTechnicalTimes, searchAttributes: () => false });
    const result = await ask(shop, { key: `cli-${randomUUID()}`, actor: actor() });
    if (result.outcome === 'refused') throw refused(result);
    say(result.note);
  } finally {
    await client.connection.close();
  }
}

/** Something that is not there. */
export function missing(what: string): ShopError {
  return new ShopError('NotFound', { message: `there is no ${what}` });
}

/** A command that does not say what it should. */
export function wrong(message: string): ShopError {
  return new ShopError('ConfigInvalid', { message });
}

function refused({ reason, note }: Extract<OperatorResult, { outcome: 'refused' }>): ShopError {
  const detail = note === undefined ? '' : ` (${note})`;
  return wrong(`Nothing was changed. ${textsFor('en').refusals[reason]}${detail}`);
}
