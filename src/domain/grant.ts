import { addPeriod, type Period } from './period';

export type GrantKind = 'purchase' | 'renewal' | 'trial' | 'gift' | 'manual' | 'pause' | 'resume' | 'refund' | 'revoke' | 'dispute';

/** End after one more period: counted from the present end while it lies ahead, else from now. Nothing paid for is lost. */
export function extendedEnd(endBefore: Date | undefined, period: Period, at: { readonly now: Date; readonly timeZone: string }): Date {
  const start = endBefore !== undefined && endBefore > at.now ? endBefore : at.now;
  return addPeriod(start, period, at.timeZone);
}
