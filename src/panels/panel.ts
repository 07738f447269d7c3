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
  /** Inbounds (or squads) the account belongs to. Targets it has beyond these are taken away. */
  readonly targets: readonly number[];
}

/** What was read back from the panel after writing. */
export interface SeenTarget {
  readonly target: number;
  readonly nodes: readonly Node[];
}

export interface SeenAccount {
  readonly targets: readonly SeenTarget[];
  /** Whether anything had to be written. */
  readonly changed: boolean;
}

export interface PanelHealth {
  readonly version: string;
  readonly xrayState: string;
  readonly targets: readonly { readonly target: number; readonly protocol: string; readonly enabled: boolean; readonly title: string }[];
}

/**
 * One panel. All setting is absolute, so every call may be repeated. Throws `ShopError`: `PanelUnavailable` (nothing happened),
 * `PanelUnknownOutcome` (may have happened: repeating reads first), `PanelAuthFailed`, `PanelRateLimited`, `PanelBadConfig` (wrong path
 * or version), `PanelContract` (an answer that breaks the contract), `PanelConflict` (a foreign client owns our name),
 * `PanelTargetMissing` (the inbound does not exist).
 */
export interface Panel {
  readonly kind: string;
  /** Whether only one process at a time may write: the caller holds the panel's lock then. */
  readonly singleWriter: boolean;
  /** Makes the panel equal to `desired`, reads it back from the inbound's settings and returns what stands there. */
  ensureAccount(desired: DesiredAccount, signal: AbortSignal): Promise<SeenAccount>;
  /** Takes the account away; absent is done. */
  removeAccount(
    account: { readonly credentials: AccountCredentials; readonly targets: readonly number[] },
    signal: AbortSignal,
  ): Promise<void>;
  health(): Promise<PanelHealth>;
  close(): Promise<void>;
}
