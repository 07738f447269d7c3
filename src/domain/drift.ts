/** What the shop wants of one account, as far as a panel's list shows it. */
export interface WantedAccount {
  readonly uuid: string;
  readonly enabled: boolean;
  /** End of access, grace included. */
  readonly endsAt: Date;
  readonly trafficLimitBytes: number;
  readonly deviceLimit: number;
  readonly targets: readonly string[];
}

/** What a panel lists of one account. */
export interface FoundAccount {
  /** Name as the shop gave it, without what an adapter adds per target. */
  readonly name: string;
  readonly uuid: string | undefined;
  readonly enabled: boolean;
  /** Undefined = never. Less than a second off what was wished, where the panel keeps whole seconds. */
  readonly endsAt: Date | undefined;
  /** Bytes; 0 = unlimited. */
  readonly trafficLimitBytes: number;
  /** 0 = unlimited; undefined where the panel has none or does not list it. */
  readonly deviceLimit: number | undefined;
  readonly targets: readonly string[];
  /** False when its entries on several targets differ in what the shop sets: it has to be written anew, whatever the values above. */
  readonly uniform: boolean;
}

/** How an account on a panel differs from what was paid for. `foreign` = somebody else's client has its name. */
export type Drift = 'missing' | 'switched' | 'end' | 'limits' | 'targets' | 'mixed' | 'foreign';

/** Fewer accounts than this can really vanish by hand at once. */
const fewest = 4;

/** Panels keep milliseconds or seconds, which some round up so that nobody gets less than was paid for. */
const secondMs = 1_000;

function isSameEnd(found: Date, wanted: Date): boolean {
  return Math.abs(found.getTime() - wanted.getTime()) < secondMs;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a);
  return known.size === new Set(b).size && b.every((entry) => known.has(entry));
}

function isOpen(found: FoundAccount, now: Date): boolean {
  return found.enabled && (found.endsAt === undefined || found.endsAt > now);
}

function liveDrift(wanted: WantedAccount, found: FoundAccount): Drift | undefined {
  if (!found.enabled) return 'switched';
  if (found.endsAt === undefined || !isSameEnd(found.endsAt, wanted.endsAt)) return 'end';
  if (found.trafficLimitBytes !== wanted.trafficLimitBytes) return 'limits';
  if (found.deviceLimit !== undefined && found.deviceLimit !== wanted.deviceLimit) return 'limits';
  if (!sameSet(found.targets, wanted.targets)) return 'targets';
  return found.uniform ? undefined : 'mixed';
}

/** How the panel differs from what is wanted; undefined when it gives exactly the access that was paid for. */
export function driftOf(wanted: WantedAccount, found: FoundAccount | undefined, now: Date): Drift | undefined {
  const live = wanted.enabled && wanted.targets.length > 0 && wanted.endsAt > now;
  if (found === undefined) return live ? 'missing' : undefined;
  if (found.uuid !== undefined && found.uuid.toLowerCase() !== wanted.uuid.toLowerCase()) return 'foreign';
  if (live) return liveDrift(wanted, found);
  // What has ended or was taken away may stand there, as long as it opens nothing.
  return isOpen(found, now) ? 'switched' : undefined;
}

/**
 * Why a panel's list cannot be true, in words for the operator; undefined when it can. A panel that forgot its clients or lost its database must
 * not be "repaired" from, nor hammered with half of the shop.
 */
export function implausible(list: {
  /** Live accounts of the shop that were in place before. */
  readonly ours: number;
  readonly missing: number;
  readonly endless: number;
  /** All that the panel lists. */
  readonly accounts: number;
  readonly targets: number;
}): string | undefined {
  if (list.ours === 0) return undefined;
  if (list.targets === 0) return 'it lists no inbounds at all';
  if (list.accounts === 0) return `it lists no clients at all, and ${list.ours} of this shop should be there`;
  if (list.ours < fewest) return undefined;
  if (list.missing * 2 >= list.ours) return `${list.missing} of ${list.ours} clients of this shop are gone`;
  if (list.endless * 2 >= list.ours) return `${list.endless} of ${list.ours} clients of this shop have lost their end`;
  return undefined;
}
