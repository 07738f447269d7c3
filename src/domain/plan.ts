import type { Localised } from './language';
import type { Money } from './money';
import type { Period } from './period';

/** A server as a buyer chooses it. */
export interface Place {
  readonly serverId: string;
  readonly title: Localised;
  readonly country: string;
}

const tagLength = 4;

/** Four letters or digits that stand for a server on a button, where its id would be too long (FNV-1a, 32 bits; RFC 9923). */
export function placeTag(serverId: string): string {
  let hash = 0x811c9dc5;
  for (const letter of serverId) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(36).padStart(tagLength, '0').slice(-tagLength);
}

/** Something for sale. */
export interface Plan {
  readonly id: string;
  readonly title: Localised;
  readonly period: Period;
  readonly price: Money;
  /** Set where `price` is lower for this buyer. */
  readonly discount?: { readonly code: string; readonly listPrice: Money };
  /** Fixed price in Stars; without it the rate of the method decides. */
  readonly starsPrice?: number;
  /** Bytes per period; none = unlimited. */
  readonly trafficLimitBytes?: number;
  readonly deviceLimit?: number;
  readonly serverIds: readonly string[];
  /** The buyer chooses one of the servers; else a subscription has them all. */
  readonly choosesServer: boolean;
  /** Nobody has two of it at a time: to buy it again renews it. */
  readonly isSingle?: true;
  /** No place is left, in the plan or on any of its servers; renewals go on. */
  readonly soldOut: boolean;
}
