import { setTimeout as wait } from 'node:timers/promises';
import { healAlert, raiseAlert } from '../db/alerts';
import { insertOperations } from '../db/operations';
import { storeConflict } from '../db/panelAccounts';
import {
  accountsOnPanel,
  changedTargets,
  isTrusted,
  storeSync,
  storeTargets,
  storeUsage,
  type SyncedAccount,
  type SyncSummary,
} from '../db/panelSync';
import { lockSubscription } from '../db/subscriptions';
import { driftOf, implausible, type Drift } from '../domain/drift';
import type { ListedAccount, PanelListing } from '../panels/panel';
import type { PanelDeps, UserSignals } from './deps';
import { storeLinks } from './keyLinks';
import { askPanel } from './panelWork';
import { shutUsedUp } from './traffic';

export interface SyncDeps extends PanelDeps {
  readonly signals: UserSignals;
}

/** Accounts put right in one run; the next run takes the rest. */
const mostRepairs = 500;
/** Users woken per second: repairs must not keep purchases waiting. */
const perSecond = 10;

interface Compared {
  readonly account: SyncedAccount;
  readonly found: ListedAccount | undefined;
  readonly drift: Drift | undefined;
}

interface Comparison {
  readonly panelId: string;
  readonly listing: PanelListing;
  readonly accounts: readonly Compared[];
  readonly foreign: number;
  readonly implausible: string | undefined;
}

function compare(panelId: string, accounts: readonly SyncedAccount[], listing: PanelListing & { readonly now: Date }): Comparison {
  const byName = new Map(listing.accounts.map((found) => [found.name.toLowerCase(), found]));
  const compared = accounts.map((account): Compared => {
    const found = byName.get(account.credentials.name.toLowerCase());
    return { account, found, drift: driftOf(account, found, listing.now) };
  });
  const live = compared.filter(({ account }) => account.enabled && account.targets.length > 0 && account.endsAt > listing.now);
  const doubt = implausible({
    ours: live.length,
    missing: live.filter(({ found }) => found === undefined).length,
    endless: live.filter(({ found }) => found !== undefined && found.endsAt === undefined).length,
    accounts: listing.accounts.length,
    targets: listing.targets.length,
  });
  const ours = new Set(compared.flatMap(({ found, drift }) => (found === undefined || drift === 'foreign' ? [] : [found])));
  return { panelId, listing, accounts: compared, foreign: listing.accounts.length - ours.size, implausible: doubt };
}

async function keepUsage(deps: SyncDeps, { accounts }: Comparison, now: Date): Promise<void> {
  const usage = accounts.flatMap(({ account, found, drift }) =>
    found === undefined || drift === 'foreign' ? [] : [{ panelAccountId: account.id, bytes: Math.round(found.usedBytes) }],
  );
  await storeUsage(deps.db, usage, now);
}

async function tellConflicts(deps: SyncDeps, { panelId, accounts }: Comparison, now: Date): Promise<number> {
  const conflicts = accounts.filter(({ account, drift }) => drift === 'foreign' && account.settled);
  for (const { account } of conflicts) {
    await storeConflict(deps.db, account.id, now);
    await raiseAlert(deps.db, {
      key: `conflict:${account.id}`,
      kind: 'panel_conflict',
      text: `Panel ${panelId}: a foreign client has the name of account ${account.id}. Rename or delete it there, then retry the user.`,
    });
  }
  return accounts.filter(({ drift }) => drift === 'foreign').length;
}

/** Leaves the work of making these accounts right to their users' workflows, a few per second. */
async function repair(deps: SyncDeps, panelId: string, accounts: { list: readonly SyncedAccount[]; cause: string }): Promise<void> {
  for (const account of accounts.list) {
    await insertOperations(deps.db, {
      cause: accounts.cause,
      userId: account.userId,
      orderId: undefined,
      changes: [{ panelAccountId: account.id, panelId, version: account.version, moved: false }],
    });
    await deps.signals.resync(account.userId);
    await wait(1_000 / perSecond);
  }
}

/** Links of accounts on inbounds that changed: made anew from the list where the panel's list can tell, else by asking for each account. */
async function refreshLinks(
  deps: SyncDeps,
  comparison: Comparison,
  changed: readonly string[],
): Promise<{ readonly refreshed: number; readonly toAsk: readonly SyncedAccount[] }> {
  const concerned = comparison.accounts.filter(
    ({ account, found, drift }) => found !== undefined && drift !== 'foreign' && account.targets.some((target) => changed.includes(target)),
  );
  const { nodesOf } = comparison.listing;
  if (nodesOf === undefined) return { refreshed: 0, toAsk: concerned.map(({ account }) => account).filter(({ settled }) => settled) };
  let refreshed = 0;
  for (const { account } of concerned) {
    const place = { subscriptionId: account.subscriptionId, panelId: comparison.panelId };
    refreshed += await deps.db.transaction(async (tx) => {
      await lockSubscription(tx, account.subscriptionId);
      return storeLinks(tx, place, nodesOf(account.credentials));
    });
  }
  return { refreshed, toAsk: [] };
}

function countDrift(compared: readonly Compared[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { drift } of compared) if (drift !== undefined) counts[drift] = (counts[drift] ?? 0) + 1;
  return counts;
}

async function putRight(deps: SyncDeps, comparison: Comparison, now: Date): Promise<Pick<SyncSummary, 'repaired' | 'refreshedLinks'>> {
  const { panelId, listing } = comparison;
  const cause = `sync:${panelId}:${now.getTime()}`;
  const drifted = comparison.accounts
    .filter(({ account, drift }) => account.settled && drift !== undefined && drift !== 'foreign')
    .slice(0, mostRepairs);
  const changed = await changedTargets(deps.db, panelId, listing.targets);
  const { refreshed, toAsk } = await refreshLinks(deps, comparison, changed);
  await repair(deps, panelId, { list: [...new Set([...drifted.map(({ account }) => account), ...toAsk])], cause });
  await storeTargets(deps.db, { panelId, targets: listing.targets, now });
  return { repaired: countDrift(drifted), refreshedLinks: refreshed + toAsk.length };
}

async function isBelieved(deps: SyncDeps, { panelId, implausible: doubt }: Comparison, now: Date): Promise<boolean> {
  if (doubt === undefined || (await isTrusted(deps.db, panelId, now))) {
    await healAlert(deps.db, `panel-sync:${panelId}`);
    return true;
  }
  await raiseAlert(deps.db, {
    key: `panel-sync:${panelId}`,
    kind: 'panel',
    text: `Panel ${panelId}: ${doubt}. That looks like a fault of the panel, so nothing is changed there. If it is true: npm run shop -- repair ${panelId}`,
  });
  return false;
}

/**
 * Compares one panel with what was paid for, by one list: usage into Postgres, drift repaired towards Postgres, foreign clients counted and never
 * touched, links made anew where an inbound changed. An answer that cannot be true changes nothing.
 */
export async function syncPanel(deps: SyncDeps, input: { readonly panelId: string }, signal: AbortSignal): Promise<SyncSummary> {
  const { panelId } = input;
  const now = deps.clock.now();
  const accounts = await accountsOnPanel(deps.db, panelId);
  const listing = await askPanel(deps, { panelId, signal }, (panel) => panel.listAccounts(signal));
  const comparison = compare(panelId, accounts, { ...listing, now });
  const believed = await isBelieved(deps, comparison, now);
  if (believed) {
    await keepUsage(deps, comparison, now);
    await shutUsedUp(deps, panelId);
  }
  const conflicts = believed ? await tellConflicts(deps, comparison, now) : 0;
  const right = believed ? await putRight(deps, comparison, now) : { repaired: {}, refreshedLinks: 0 };
  const summary: SyncSummary = {
    panelId,
    ranAt: now,
    tookMs: deps.clock.now().getTime() - now.getTime(),
    ours: accounts.length,
    foreign: comparison.foreign,
    conflicts,
    ...right,
    implausible: believed ? undefined : comparison.implausible,
  };
  await storeSync(deps.db, summary);
  return summary;
}
