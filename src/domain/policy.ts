import { defaultRenewalPolicy, type RenewalPolicy } from './autoRenewal';
import { defaultPausePolicy, type PausePolicy } from './pause';
import { defaultReminderPolicy, type ReminderPolicy } from './reminder';

/** Business durations of a shop in milliseconds; data, so that a test can live a year in a minute. */
export interface Policy {
  /** After this long without "ready" the buyer and the operator are told. */
  readonly patienceMs: number;
  /** When a new panel account is looked at once more, after the panel's own periodic job. */
  readonly secondLookMs: number;
  /** A user's workflow without anything open or live ends after this long. */
  readonly idleMs: number;
  /** History events after which the user's workflow continues as new. */
  readonly continueAsNewEvents: number;
  readonly pause: PausePolicy;
  readonly reminders: ReminderPolicy;
  readonly renewal: RenewalPolicy;
  /** Whether the namespace has the shop's search attributes. */
  readonly searchAttributes: boolean;
}

/** Technical durations in milliseconds, injected where a workflow starts so that tests see a kill at once. */
export interface TechnicalTimes {
  readonly databaseMs: number;
  readonly providerMs: number;
  readonly panelMs: number;
  /** Longest silence of panel work before its worker counts as dead. */
  readonly heartbeatMs: number;
  readonly telegramMs: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

export const defaultPolicy: Policy = {
  patienceMs: 60_000,
  secondLookMs: 15_000,
  idleMs: 7 * 86_400_000,
  continueAsNewEvents: 250,
  pause: defaultPausePolicy,
  reminders: defaultReminderPolicy,
  renewal: defaultRenewalPolicy,
  searchAttributes: true,
};

export const defaultTechnicalTimes: TechnicalTimes = {
  databaseMs: 5_000,
  providerMs: 10_000,
  panelMs: 300_000,
  heartbeatMs: 10_000,
  telegramMs: 10_000,
  retryMs: 500,
  maxRetryMs: 120_000,
};
