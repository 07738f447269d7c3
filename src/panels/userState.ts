import type { DesiredAccount } from './panel';

/** What Marzban and its descendants keep of a user's right to connect. */
export interface UserState {
  readonly status: 'active' | 'disabled' | 'limited' | 'expired' | 'on_hold';
  /** Undefined = never. */
  readonly endsAt: Date | undefined;
  /** Bytes; 0 = unlimited. */
  readonly limitBytes: number;
  readonly usedBytes: number;
}

/** Statuses as answers carry them. */
export const userStatuses = ['active', 'disabled', 'limited', 'expired', 'on_hold'] as const;

// By rights: used up under the very limit that is wished, or over.
function isShutByRights(state: UserState, desired: DesiredAccount, now: Date): boolean {
  const limit = desired.trafficLimitBytes;
  if (state.status === 'limited') return limit > 0 && state.limitBytes === limit && state.usedBytes >= limit;
  return state.status === 'expired' && desired.endsAt <= now;
}

/** Whether the status is what comes of the wish. */
export function statusFits(state: UserState, desired: DesiredAccount, now: Date): boolean {
  if (!desired.enabled) return state.status === 'disabled';
  return state.status === 'active' || isShutByRights(state, desired, now);
}

/** Whether it is on as far as anybody decided: not switched off by hand, nor called expired before its end. */
export function isOn({ status, endsAt }: UserState, now: Date): boolean {
  return status === 'active' || status === 'limited' || (status === 'expired' && endsAt !== undefined && endsAt <= now);
}
