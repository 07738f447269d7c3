import type { FoundAccount } from '../domain/drift';
import type { Node } from '../domain/node';

/** Credentials of one panel account: random, made once, stored before the first call. */
export interface AccountCredentials {
  /** Opaque name on the panel, `[a-z0-9]{8,32}`; nothing about the buyer can be read from it. */
  readonly name: string;
  readonly uuid: string;
  readonly password: string;
  readonly subId: string;
}

/** What the panel should hold for one account, all absolute: setting it twice is the same as once. */
export interface DesiredAccount {
  readonly credentials: AccountCredentials;
  readonly enabled: boolean;
  /** Absolute end, grace included. */
  readonly endsAt: Date;
  /** Bytes; 0 = unlimited, said on purpose. */
  readonly trafficLimitBytes: number;
  /** 0 = unlimited, said on purpose. */
  readonly deviceLimit: number;
  /** Inbounds (or squads, groups) the account belongs to, as the panel names them. Targets it has beyond these are taken away. */
  readonly targets: readonly string[];
}

/** What was read back from the panel after writing. */
export interface SeenTarget {
  readonly target: string;
  readonly nodes: readonly Node[];
}

export interface SeenAccount {
  readonly targets: readonly SeenTarget[];
  /** Whether anything had to be written. */
  readonly changed: boolean;
}

export interface PanelCapabilities {
  /** Only one process may write at a time: the caller holds the panel's lock. */
  readonly singleWriter: boolean;
  /** What a device limit means there: distinct addresses, registered devices, or nothing. */
  readonly deviceLimit: 'addresses' | 'devices' | 'none';
  /** Whether this version's answers were compared with a recording of a real panel. */
  readonly evidence: 'recorded' | 'untried';
}

/** One account as the panel lists it; may be foreign. */
export interface ListedAccount extends FoundAccount {
  readonly usedBytes: number;
}

export interface PanelTarget {
  readonly target: string;
  readonly title: string;
  readonly protocol: string;
  /** Whether accounts there can be sold: it is switched on and of a protocol the shop makes links for. */
  readonly enabled: boolean;
  /** Changes whenever anything a link is built from changes: port, names, keys, transport, flow. */
  readonly fingerprint: string;
}

export interface PanelListing {
  /** Everything on the panel, foreign accounts too. */
  readonly accounts: readonly ListedAccount[];
  readonly targets: readonly PanelTarget[];
  /** Nodes of one listed account, made when asked for; absent where only a call per account can tell (`ensureAccount` gives them). */
  readonly nodesOf?: (account: AccountCredentials) => readonly SeenTarget[];
}

export interface PanelHealth {
  /** As the panel says, or what can be told of it. */
  readonly version: string;
  /** State of xray (or what else carries the traffic): `running` when all is well, `unknown` where the panel does not tell. */
  readonly coreState: string;
  readonly targets: readonly PanelTarget[];
  /** Sentences for the operator: what works and is still a trap. */
  readonly warnings: readonly string[];
}

/**
 * One panel. All setting is absolute, so every call may be repeated. Throws `ShopError`: `PanelUnavailable` (nothing happened),
 * `PanelUnknownOutcome` (may have happened: repeating reads first), `PanelAuthFailed`, `PanelRateLimited`, `PanelBadConfig` (wrong path
 * or version), `PanelContract` (an answer that breaks the contract), `PanelConflict` (a foreign client owns our name),
 * `PanelTargetMissing` (the inbound does not exist).
 */
export interface Panel {
  readonly kind: string;
  /** What this panel's version can do; asks the panel the first time, where that depends on the version. */
  capabilities(signal: AbortSignal): Promise<PanelCapabilities>;
  /** Makes the panel equal to `desired`, reads it back and returns what stands there. */
  ensureAccount(desired: DesiredAccount, signal: AbortSignal): Promise<SeenAccount>;
  /** Takes the account away everywhere on the panel; absent is done. A foreign account with its name stays. */
  removeAccount(account: AccountCredentials, signal: AbortSignal): Promise<void>;
  /** Counts traffic from 0 again, opens what the panel had shut for it, and leaves the account as `desired`. */
  resetUsage(desired: DesiredAccount, signal: AbortSignal): Promise<SeenAccount>;
  /** All accounts and targets, by one call where the panel can. */
  listAccounts(signal: AbortSignal): Promise<PanelListing>;
  /** Asks the panel anew what it is and how it is. */
  health(): Promise<PanelHealth>;
  close(): Promise<void>;
}
