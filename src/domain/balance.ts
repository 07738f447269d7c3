/**
 * What becomes of a sum that has to be taken from a balance, as money that went back or a reward that is taken back: the balance gives what it
 * has and never goes below zero; the shop bears the rest. Minor units.
 */
export function takenFrom(balanceMinor: number, dueMinor: number): { readonly takenMinor: number; readonly missingMinor: number } {
  const takenMinor = Math.min(balanceMinor, dueMinor);
  return { takenMinor, missingMinor: dueMinor - takenMinor };
}

/** Whether a balance can give a sum that is taken whole or not at all. Minor units. */
export function suffices(balanceMinor: number, sumMinor: number): boolean {
  return balanceMinor >= sumMinor;
}

/** What a balance gives to a price of which a provider is paid the rest: never all of it, since no provider takes a payment of nothing. Minor units. */
export function partFrom(balanceMinor: number, priceMinor: number): number {
  return Math.min(balanceMinor, priceMinor - 1);
}
