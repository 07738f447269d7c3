import type { Money } from './money';

/** Share of the price, in per cent, that may come above it and stay with the shop. */
const toleratedPercent = 1;

/** What came above a price and goes to the balance: nothing while it is within 1 % or within one unit of the currency. Minor units. */
export function excessOf(due: Money, worth: Money, unitMinor: number): number {
  const over = worth.minor - due.minor;
  const isTolerated = over * 100 <= due.minor * toleratedPercent || over <= unitMinor;
  return isTolerated ? 0 : over;
}

/** Part of a price that part of what was asked is worth; together the parts are worth exactly the price. */
export function worthOf(partMinor: number, asked: Money, price: Money): Money {
  const minor = (BigInt(partMinor) * BigInt(price.minor)) / BigInt(asked.minor);
  return { minor: Number(minor), currency: price.currency };
}
