import { usualLimits, type FeedLimits } from '../api/routes/feed';
import { defaultAskPace, type AskPace } from '../domain/asking';
import { defaultBreakerPace, type BreakerPace } from '../domain/breaker';
import { defaultPolicy, defaultTechnicalTimes, type Policy, type TechnicalTimes } from '../domain/policy';
import { defaultFeedPace, type FeedPace } from '../feed/cache';
import { defaultRelayPace, type RelayPace } from '../inbox/relay';
import { defaultJobPace, type JobPace } from '../temporal/schedules';

/** Durations of a running shop; tests shorten them, a shop keeps the defaults. */
export interface Tuning {
  readonly policy: Policy;
  readonly times: TechnicalTimes;
  readonly askPace: AskPace;
  readonly relayPace: RelayPace;
  readonly jobPace: JobPace;
  readonly breaker: BreakerPace;
  /** How often the installation's marker is looked for in Temporal. */
  readonly markerMs: number;
  /** Pause between two users while rebuilding. */
  readonly rebuildPaceMs: number;
  /** How long a workflow task waits for the worker that had the workflow before. */
  readonly stickyMs: number;
  readonly alertMs: number;
  /** Reminders begun per second over all workers: less than all messages together may be (`telegram/rate.ts`). */
  readonly remindersPerSecond: number;
  readonly feedPace: FeedPace;
  readonly feedLimits: FeedLimits;
}

export type TuningChanges = { readonly [Key in keyof Tuning]?: Tuning[Key] extends number ? number : Partial<Tuning[Key]> };

const defaults: Tuning = {
  policy: defaultPolicy,
  times: defaultTechnicalTimes,
  askPace: defaultAskPace,
  relayPace: defaultRelayPace,
  jobPace: defaultJobPace,
  breaker: defaultBreakerPace,
  markerMs: 30_000,
  rebuildPaceMs: 200,
  stickyMs: 10_000,
  alertMs: 5_000,
  remindersPerSecond: 15,
  feedPace: defaultFeedPace,
  feedLimits: usualLimits,
};

/** The defaults with changes laid over them. */
export function tuned(changes: TuningChanges = {}): Tuning {
  return {
    policy: { ...defaults.policy, ...changes.policy },
    times: { ...defaults.times, ...changes.times },
    askPace: { ...defaults.askPace, ...changes.askPace },
    relayPace: { ...defaults.relayPace, ...changes.relayPace },
    jobPace: { ...defaults.jobPace, ...changes.jobPace },
    breaker: { ...defaults.breaker, ...changes.breaker },
    markerMs: changes.markerMs ?? defaults.markerMs,
    rebuildPaceMs: changes.rebuildPaceMs ?? defaults.rebuildPaceMs,
    stickyMs: changes.stickyMs ?? defaults.stickyMs,
    alertMs: changes.alertMs ?? defaults.alertMs,
    remindersPerSecond: changes.remindersPerSecond ?? defaults.remindersPerSecond,
    feedPace: { ...defaults.feedPace, ...changes.feedPace },
    feedLimits: { ...defaults.feedLimits, ...changes.feedLimits },
  };
}
