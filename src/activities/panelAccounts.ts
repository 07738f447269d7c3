import { Context } from '@temporalio/activity';
import { healAlert, raiseAlert } from '../db/alerts';
import { hasFailingWork } from '../db/panelHealth';
import { announceGiven } from '../db/giveSubscription';
import { findOperation, finishOperation, noteFailedTry, type StoredOperation } from '../db/operations';
import { markOrderFulfilled } from '../db/orders';
import { forgetPanelUsage } from '../db/panelSync';
import { findAccount, storeConflict, storeSeen, type StoredAccount } from '../db/panelAccounts';
import { lockSubscription } from '../db/subscriptions';
import { retryClass } from '../errors';
import type { Panel, SeenAccount } from '../panels/panel';
import type { EnsureOutcome } from './contract';
import type { PanelDeps } from './deps';
import { toShopError } from './failures';
import { storeLinks } from './keyLinks';
import { runOnPanel } from './panelWork';

/** Key of the alert about work that a panel does not take although it is up. */
function panelWorkAlert(panelId: string): string {
  return `panel-work:${panelId}`;
}

/** Versions of the desired state written in one go before the operation is handed back to be tried anew. */
const mostRounds = 5;

async function store(deps: PanelDeps, account: StoredAccount, seen: SeenAccount): Promise<boolean> {
  return deps.db.transaction(async (tx) => {
    await lockSubscription(tx, account.subscriptionId);
    await storeLinks(tx, account, seen.targets);
    if (account.resetsUsage) await forgetPanelUsage(tx, account.id);
    return storeSeen(tx, { panelAccountId: account.id, version: account.version, epoch: account.epoch, now: deps.clock.now() });
  });
}

async function write(panel: Panel, account: StoredAccount, signal: AbortSignal): Promise<SeenAccount> {
  if (account.isRemoved) {
    await panel.removeAccount(account.credentials, signal);
    return { targets: [], changed: true };
  }
  return account.resetsUsage ? panel.resetUsage(account, signal) : panel.ensureAccount(account, signal);
}

async function writeDesired(deps: PanelDeps, panelAccountId: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; round < mostRounds; round += 1) {
    const account = await findAccount(deps.db, panelAccountId);
    if (account === undefined) return;
    const panel = await deps.panels.get(account.panelId);
    const seen = await write(panel, account, signal);
    if (!(await store(deps, account, seen))) return;
  }
}

async function finish(deps: PanelDeps, operation: StoredOperation, state: 'done' | 'conflict'): Promise<EnsureOutcome> {
  const now = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    await finishOperation(tx, operation.id, { state, now });
    if (state === 'done' && operation.orderId !== undefined) await markOrderFulfilled(tx, operation.orderId, now);
    if (state === 'done' && operation.orderId === undefined) await announceGiven(tx, operation.cause);
  });
  return { outcome: state, ...(operation.orderId === undefined ? {} : { orderId: operation.orderId }) };
}

// Beats until the work ends, so that a dead worker is noticed within one silence and a busy one is not.
async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 1_000);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}

async function handleFailure(
  deps: PanelDeps,
  work: { operation: StoredOperation; panelId: string },
  thrown: unknown,
): Promise<EnsureOutcome> {
  const { operation, panelId } = work;
  const error = toShopError(thrown);
  await noteFailedTry(deps.db, operation.id, error.code);
  if (error.code === 'PanelConflict') {
    await storeConflict(deps.db, operation.panelAccountId, deps.clock.now());
    await raiseAlert(deps.db, {
      key: `conflict:${operation.panelAccountId}`,
      kind: 'panel_conflict',
      text: `Panel ${panelId}: a foreign client has the name of account ${operation.panelAccountId}. Rename or delete it there, then retry the user.`,
    });
    return finish(deps, operation, 'conflict');
  }
  if (retryClass[error.code] === 'slow') {
    await raiseAlert(deps.db, {
      key: panelWorkAlert(panelId),
      kind: 'panel',
      text: `Panel ${panelId}: ${error.message}. Paid orders wait and go on by themselves.`,
    });
  }
  throw error;
}

/** Makes the panel equal to the desired state as it is now, however old the operation; stores the links that were read back. */
export async function ensureAccount(deps: PanelDeps, input: { readonly operationId: string }): Promise<EnsureOutcome> {
  const operation = await findOperation(deps.db, input.operationId);
  const account = operation === undefined ? undefined : await findAccount(deps.db, operation.panelAccountId);
  if (operation === undefined || account === undefined) return { outcome: 'gone' };
  try {
    const use = { panelId: account.panelId, signal: Context.current().cancellationSignal };
    await whileBeating(() => runOnPanel(deps, use, (signal) => writeDesired(deps, account.id, signal)));
  } catch (error) {
    return handleFailure(deps, { operation, panelId: account.panelId }, error);
  }
  const end = await finish(deps, operation, 'done');
  if (!(await hasFailingWork(deps.db, account.panelId))) await healAlert(deps.db, panelWorkAlert(account.panelId));
  return end;
}
