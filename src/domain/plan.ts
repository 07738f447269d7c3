import type { Localised } from './language';
import type { Money } from './money';
import type { Period } from './period';

/** Something for sale. */
export interface Plan {
  readonly id: string;
  readonly title: Localised;
  readonly period: Period;
  readonly price: Money;
  /** Fixed price in Stars; without it the rate of the method decides. */
  readonly starsPrice?: number;
  /** Bytes per period; none = unlimited. */
  readonly trafficLimitBytes?: number;
  readonly deviceLimit?: number;
  readonly serverIds: readonly string[];
}
