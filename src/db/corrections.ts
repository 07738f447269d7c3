import { suffices } from '../domain/balance';
import type { Money } from '../domain/money';
import { audit } from './audit';
import type { Db } from './connection';
import { book, lockBalance } from './ledger';
import { addNotice } from './notices';
import { markQuarantineResolved, lockQuarantine } from './quarantine';

export interface Correction {
  readonly userId: number;
  readonly key: string;
  /** Less than zero takes away. */
  readonly amount: Money;
  readonly reason: string;
  readonly actor: string;
}

/** Adds to a balance or takes from it, with a reason; false when the balance has less than is to be taken. */
export async function correctBalance(tx: Db, correction: Correction): Promise<boolean> {
  const { userId, amount, actor, reason } = correction;
  const before = await lockBalance(tx, userId, amount.currency);
  if (!suffices(before.minor, -amount.minor)) return false;
  const sign = amount.minor < 0 ? -1 : 1;
  const absolute = { minor: Math.abs(amount.minor), currency: amount.currency };
  const user = `user:${userId}` as const;
  await book(tx, {
    operationKey: `correction:${userId}:${correction.key}`,
    from: sign === 1 ? 'corrections' : user,
    to: sign === 1 ? user : 'corrections',
    amount: absolute,
    kind: 'correction',
    userId,
  });
  await audit(tx, {
    actor,
    action: 'balance.corrected',
    target: user,
    before: { minor: before.minor, currency: before.currency },
    after: { minor: before.minor + amount.minor, currency: before.currency, reason },
  });
  await addNotice(tx, {
    userId,
    key: `corrected:${userId}:${correction.key}`,
    kind: 'corrected',
    params: { amount: absolute, sign, reason },
  });
  return true;
}

export interface QuarantineDecision {
  readonly quarantineId: string;
  readonly userId: number;
  readonly action: 'credit' | 'keep';
  readonly actor: string;
  /** What the money is worth on a balance; undefined where that cannot be said. */
  readonly worth: (amount: Money) => Promise<Money | undefined>;
  readonly now: Date;
}

/** Decides what becomes of money that was put aside, once; says what was done, or why nothing was. */
export async function resolveQuarantine(tx: Db, decision: QuarantineDecision): Promise<'done' | 'already' | 'not_found' | 'no_worth'> {
  const entry = await lockQuarantine(tx, decision.quarantineId);
  if (entry === undefined) return 'not_found';
  if (entry.isResolved) return 'already';
  if (decision.action === 'credit') {
    const { amount } = entry;
    const worth = amount === undefined ? undefined : await decision.worth(amount);
    if (amount === undefined || worth === undefined || worth.minor <= 0) return 'no_worth';
    const names = { userId: decision.userId, ...(entry.paymentId === undefined ? {} : { paymentId: entry.paymentId }) };
    const key = `quarantine:${entry.id}`;
    const user = `user:${decision.userId}` as const;
    if (!entry.isBooked) {
      const from = `provider:${entry.provider}` as const;
      await book(tx, { ...names, operationKey: `${key}:aside`, from, to: 'quarantine', amount, kind: 'quarantine' });
    }
    if (amount.currency === worth.currency) {
      await book(tx, { ...names, operationKey: key, from: 'quarantine', to: user, amount: worth, kind: 'credit' });
    } else {
      await book(tx, { ...names, operationKey: `${key}:in`, from: 'quarantine', to: 'exchange', amount, kind: 'exchange' });
      await book(tx, { ...names, operationKey: key, from: 'exchange', to: user, amount: worth, kind: 'credit' });
    }
    await addNotice(tx, { userId: decision.userId, key, kind: 'credited_late', params: { amount: worth } });
  }
  await markQuarantineResolved(tx, entry.id, { actor: decision.actor, action: decision.action, now: decision.now });
  await audit(tx, { actor: decision.actor, action: `quarantine.${decision.action}`, target: entry.id });
  return 'done';
}
