import { randomUUID } from 'node:crypto';

export interface Amount {
  value: string;
  currency: string;
}

/** A decimal amount as whole kopecks. */
export const cents = (value: string): number => Math.round(Number(value) * 100);

/** An error object of the service. */
export function refusal(code: string, parameter?: string): { status: number; body: object } {
  return {
    status: 400,
    body: { type: 'error', id: randomUUID(), code, description: 'refused', ...(parameter === undefined ? {} : { parameter }) },
  };
}

/** Whether a value is an amount the service takes. */
export function checkAmount(value: unknown): value is Amount {
  if (typeof value !== 'object' || value === null || !('value' in value) || !('currency' in value)) return false;
  return typeof value.value === 'string' && /^\d+\.\d{2}$/.test(value.value) && cents(value.value) > 0 && value.currency === 'RUB';
}

function receiptFault(body: Record<string, unknown>, amount: Amount): string | undefined {
  const receipt = body['receipt'];
  if (receipt === undefined) return undefined;
  if (typeof receipt !== 'object' || receipt === null || !('items' in receipt) || !Array.isArray(receipt.items)) return 'receipt.items';
  if (!('customer' in receipt) || typeof receipt.customer !== 'object') return 'receipt.customer';
  const lines: unknown[] = receipt.items;
  const sum = lines.reduce<number>((total, line) => {
    const value =
      typeof line === 'object' && line !== null && 'amount' in line && checkAmount(line.amount) ? cents(line.amount.value) : Number.NaN;
    return total + value;
  }, 0);
  return sum === cents(amount.value) ? undefined : 'receipt.items';
}

/** What the real service refuses, as it names it. */
export function faultIn(body: Record<string, unknown>): { status: number; body: object } | undefined {
  const { amount, confirmation, description, metadata } = body;
  if (!checkAmount(amount)) return refusal('invalid_request', 'amount');
  if (body['capture'] !== true) return refusal('invalid_request', 'capture');
  const saved = typeof body['payment_method_id'] === 'string';
  if (!saved && (typeof confirmation !== 'object' || confirmation === null || !('return_url' in confirmation)))
    return refusal('invalid_request', 'confirmation');
  if (typeof description === 'string' && description.length > 128) return refusal('invalid_request', 'description');
  const pairs = typeof metadata === 'object' && metadata !== null ? Object.entries(metadata) : [];
  if (pairs.length > 16 || pairs.some(([key, value]) => key.length > 32 || typeof value !== 'string' || value.length > 512)) {
    return refusal('invalid_request', 'metadata');
  }
  const field = receiptFault(body, amount);
  return field === undefined ? undefined : refusal('invalid_request', field);
}
