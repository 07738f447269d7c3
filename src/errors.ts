/** Every way in which the shop can fail. Adding a code does not compile until each total map below and at the edges decides. */
export type ShopErrorCode =
  | 'ConfigInvalid'
  | 'NotFound'
  | 'PlanUnavailable'
  | 'MethodUnavailable'
  | 'OrderNotOpen'
  | 'UserBanned'
  | 'BalanceTooLow'
  | 'MoneyInvalid'
  | 'Busy'
  | 'TemporalUnavailable'
  | 'DatabaseUnavailable'
  | 'SecretKeyMismatch'
  | 'ProviderUnavailable'
  | 'ProviderUnknownOutcome'
  | 'ProviderRejected'
  | 'ProviderMisconfigured'
  | 'ProviderContract'
  | 'PanelUnavailable'
  | 'PanelUnknownOutcome'
  | 'PanelAuthFailed'
  | 'PanelRateLimited'
  | 'PanelBadConfig'
  | 'PanelContract'
  | 'PanelConflict'
  | 'PanelTargetMissing'
  | 'PanelLockLost'
  | 'TelegramUnavailable'
  | 'TelegramUnknownOutcome'
  | 'TelegramRateLimited'
  | 'TelegramUnreachable'
  | 'TelegramRejected'
  | 'Internal';

export interface ShopErrorOptions {
  /** Shown to operators and written to logs and workflow history: never a secret, a token or personal data. */
  readonly message: string;
  /** Earliest sensible next try, in milliseconds from now, when the other side named one. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error class of the shop: a closed code and a sentence that is safe to show to an operator. */
export class ShopError extends Error {
  readonly code: ShopErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ShopErrorCode, options: ShopErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ShopError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Tells whether `error` is a `ShopError`, with one of `codes` when any are given. */
export function isShopError(error: unknown, ...codes: readonly ShopErrorCode[]): error is ShopError {
  return error instanceof ShopError && (codes.length === 0 || codes.includes(error.code));
}

/** What an activity does with a failure: `world` is retried for ever, `slow` too but 15 minutes apart, `final` never, `bug` a few times. */
export type RetryClass = 'world' | 'slow' | 'final' | 'bug';

/** Retry class of each code; total, so a new code has to choose. */
export const retryClass: Readonly<Record<ShopErrorCode, RetryClass>> = {
  ConfigInvalid: 'final',
  NotFound: 'final',
  PlanUnavailable: 'final',
  MethodUnavailable: 'final',
  OrderNotOpen: 'final',
  UserBanned: 'final',
  BalanceTooLow: 'final',
  MoneyInvalid: 'final',
  Busy: 'world',
  TemporalUnavailable: 'world',
  DatabaseUnavailable: 'world',
  SecretKeyMismatch: 'slow',
  ProviderUnavailable: 'world',
  ProviderUnknownOutcome: 'world',
  ProviderRejected: 'final',
  ProviderMisconfigured: 'slow',
  ProviderContract: 'slow',
  PanelUnavailable: 'world',
  PanelUnknownOutcome: 'world',
  PanelAuthFailed: 'slow',
  PanelRateLimited: 'world',
  PanelBadConfig: 'slow',
  PanelContract: 'slow',
  PanelConflict: 'final',
  PanelTargetMissing: 'slow',
  PanelLockLost: 'world',
  TelegramUnavailable: 'world',
  TelegramUnknownOutcome: 'world',
  TelegramRateLimited: 'world',
  TelegramUnreachable: 'final',
  TelegramRejected: 'final',
  Internal: 'bug',
};
