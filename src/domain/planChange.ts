import { countedFrom, leftMs, type Term } from './grant';
import type { Money } from './money';
import { nominalMs, type Period } from './period';

export type ChangeRefusal = 'ChangeNotNow' | 'OfferChanged';

/** What time of a plan costs. */
export interface Worth {
  readonly price: Money;
  readonly period: Period;
}

/** How much time of `to` the time that is left of `from` is worth, rounded down; undefined where the two prices cannot be compared. Milliseconds. */
export function convertedMs(ms: number, from: Worth, to: Worth): number | undefined {
  if (from.price.currency !== to.price.currency || to.price.minor <= 0) return undefined;
  const worth = BigInt(ms) * BigInt(from.price.minor) * BigInt(nominalMs(to.period));
  return Number(worth / (BigInt(nominalMs(from.period)) * BigInt(to.price.minor)));
}

/** The end of a subscription that is moved from one plan to another now: what is left keeps its worth. */
export function changedEnd(term: Term, now: Date, worths: { readonly from: Worth; readonly to: Worth }): Date | undefined {
  const ms = convertedMs(leftMs(term, now), worths.from, worths.to);
  return ms === undefined ? undefined : new Date(countedFrom(term, now).getTime() + ms);
}

/** Text that is the same as long as the offer is: what the buyer saw is what is done. */
export function offerOf({ from, to }: { readonly from: Worth; readonly to: Worth }): string {
  const say = ({ price, period }: Worth): string => `${price.minor} ${price.currency} ${period.value} ${period.unit}`;
  return `${say(from)} > ${say(to)}`;
}
