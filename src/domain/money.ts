/** An amount in whole minor units (kopecks, Stars, cents) of one currency. Always a safe integer. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** Digits after the decimal point per currency: ISO 4217; Telegram Stars (XTR) have none. */
const exponents: Readonly<Record<string, number>> = {
  RUB: 2,
  USD: 2,
  EUR: 2,
  KZT: 2,
  BYN: 2,
  UAH: 2,
  JPY: 0,
  XTR: 0,
  USDT: 6,
  TON: 9,
  BTC: 8,
};

/** Currencies the shop can count in. */
export const knownCurrencies: readonly string[] = Object.keys(exponents);

/** Digits after the point of `currency`; throws `RangeError` for one the shop does not know. */
export function exponentOf(currency: string): number {
  const exponent = Object.hasOwn(exponents, currency) ? exponents[currency] : undefined;
  if (exponent === undefined) throw new RangeError(`unknown currency ${currency}`);
  return exponent;
}

/** Makes money from whole minor units; throws `RangeError` when they are not a safe integer. */
export function money(minor: number, currency: string): Money {
  exponentOf(currency);
  if (!Number.isSafeInteger(minor)) throw new RangeError('minor units are not a safe integer');
  return { minor, currency };
}

/**
 * Reads a plain decimal such as `299`, `299.5` or `299.000000`. Digits beyond the currency's exponent have to be zeros.
 * Throws `RangeError` for anything else: signs, exponents, spaces, empty text, amounts beyond a safe integer.
 */
export function parseDecimal(text: string, currency: string): Money {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new RangeError('amount is not a plain decimal');
  const exponent = exponentOf(currency);
  const fraction = match[2] ?? '';
  if (/[1-9]/.test(fraction.slice(exponent))) throw new RangeError(`amount has more than ${exponent} decimals`);
  const digits = `${match[1]}${fraction.slice(0, exponent).padEnd(exponent, '0')}`;
  const minor = BigInt(digits);
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('amount is too large');
  return { minor: Number(minor), currency };
}

/** The amount as a plain decimal with all digits of its currency: `29900 RUB` → `299.00`. */
export function formatDecimal(amount: Money): string {
  const exponent = exponentOf(amount.currency);
  if (exponent === 0) return String(amount.minor);
  const digits = String(amount.minor).padStart(exponent + 1, '0');
  return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * Converts at `unitPrice` (price of one unit of `to`, in the currency of `amount`, as a plain decimal), rounding up to the
 * minor unit of `to`, so that the shop never asks for less than the price.
 */
export function convertUp(amount: Money, to: string, unitPrice: string): Money {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(unitPrice);
  const scaled = match === null ? 0n : BigInt(`${match[1]}${match[2] ?? ''}`);
  if (match === null || scaled === 0n) throw new RangeError('rate is not a positive decimal');
  const rateScale = 10n ** BigInt((match[2] ?? '').length);
  const numerator = BigInt(amount.minor) * 10n ** BigInt(exponentOf(to)) * rateScale;
  const denominator = scaled * 10n ** BigInt(exponentOf(amount.currency));
  return money(Number((numerator + denominator - 1n) / denominator), to);
}
