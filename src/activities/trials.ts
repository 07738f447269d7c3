import { raiseAlert } from '../db/alerts';
import type { Db } from '../db/connection';
import { lockUser } from '../db/requests';
import { findTrial, startTrial as startTrialIn } from '../db/trials';
import { findTelegramId } from '../db/users';
import { isShopError } from '../errors';
import type { Keyed, TrialResult } from '../workflows/user/messages/wishes';
import type { Answered } from './contract';
import type { ActivityDeps } from './deps';
import { answered, once } from './wishes';

export interface TrialDeps extends ActivityDeps {
  /** Knows a person again; throws `SecretKeyMismatch` where its key does not open. */
  readonly personHash: (telegramId: number) => Promise<string>;
}

async function knownPerson(deps: TrialDeps, userId: number): Promise<string | undefined> {
  const telegramId = await findTelegramId(deps.db, userId);
  if (telegramId === undefined) return undefined;
  try {
    return await deps.personHash(telegramId);
  } catch (error) {
    if (!isShopError(error, 'SecretKeyMismatch')) throw error;
    // Whoever cannot be told from those who tried before gets nothing; the mailbox goes on.
    await raiseAlert(deps.db, {
      key: 'trial:key',
      kind: 'activity',
      text: 'Trials are refused: the key that knows people again does not open. Give the key that the shop had before (SECRET_KEY, or secret.key in the data folder).',
    });
    return undefined;
  }
}

async function decide(tx: Db, deps: TrialDeps, wish: { userId: number; personHash: string | undefined }): Promise<TrialResult> {
  const { userId, personHash } = wish;
  const user = await lockUser(tx, userId);
  if (user?.isBanned === true) return { outcome: 'refused', reason: 'UserBanned' };
  const plan = await findTrial(tx);
  if (plan === undefined || personHash === undefined) return { outcome: 'refused', reason: 'TrialUnavailable' };
  const started = await startTrialIn(tx, { userId, personHash, plan, settings: await deps.settings(), now: deps.clock.now() });
  return 'refusal' in started ? { outcome: 'refused', reason: started.refusal } : { outcome: 'started', ...started };
}

/** Gives the one trial that a person can have, or says why not. */
export async function startTrial(deps: TrialDeps, input: { readonly userId: number } & Keyed): Promise<Answered<TrialResult>> {
  const { userId } = input;
  const personHash = await knownPerson(deps, userId);
  const result = await once(deps, input, (tx) => decide(tx, deps, { userId, personHash }));
  return answered(deps, userId, { result, show: [] });
}
