import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countedFrom, leftMs, remainderOf, renewedEnd, takenEnd, type GrantEntry, type GrantKind, type Term } from './grant';
import { pauseRefusal, resumedEnd, type PausePolicy } from './pause';
import type { Period } from './period';
import { changedEnd, type Worth } from './planChange';

const dayMs = 86_400_000;
const timeZone = 'Europe/Berlin';
const policy: PausePolicy = { shortestMs: dayMs, longestMs: 30 * dayMs, count: 3, windowMs: 365 * dayMs };
const periods: readonly Period[] = [
  { value: 30, unit: 'day' },
  { value: 1, unit: 'month' },
  { value: 1, unit: 'year' },
];
const worths: readonly Worth[] = [29_900, 9_900, 249_000].map((minor, index) => ({
  price: { minor, currency: 'RUB' },
  period: periods[index] ?? { value: 1, unit: 'day' },
}));

type Step =
  | { readonly kind: 'order'; readonly plan: number }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'pause' | 'resume' }
  | { readonly kind: 'change'; readonly plan: number }
  | { readonly kind: 'refund'; readonly order: number; readonly percent: number }
  | { readonly kind: 'revoke' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('order' as const), plan: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'pause' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'resume' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('change' as const), plan: fc.nat(2) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('refund' as const), order: fc.nat(5), percent: fc.integer({ min: 1, max: 100 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'revoke' as const }) },
);
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 * dayMs }), step), { minLength: 1, maxLength: 20 });

interface Life {
  now: Date;
  term: Term & { readonly revokedAt: Date | undefined };
  plan: number;
  pauses: number;
  readonly entries: GrantEntry[];
  /** What was paid for each order, and what of that went back. */
  readonly orders: { readonly id: string; readonly price: number; back: number }[];
}

function worthOf(plan: number): Worth {
  const worth = worths[plan];
  if (worth === undefined) throw new Error(`there is no plan ${plan}`);
  return worth;
}

function enter(life: Life, { kind, endAfter }: Pick<GrantEntry, 'kind' | 'endAfter'>, changes: Partial<Life['term']> = {}): void {
  const sourceId = kind === 'renewal' ? `order${life.orders.length}` : `step${life.entries.length}`;
  const entry = { kind, source: kind === 'renewal' ? 'order' : kind, sourceId, endBefore: life.term.endsAt, endAfter, createdAt: life.now };
  life.entries.push(entry);
  life.term = { ...life.term, ...changes, endsAt: endAfter };
}

function convert(life: Life, plan: number): void {
  const ends = changedEnd(life.term, life.now, { from: worthOf(life.plan), to: worthOf(plan) });
  if (ends !== undefined && plan !== life.plan && leftMs(life.term, life.now) > 0) enter(life, { kind: 'change', endAfter: ends });
  life.plan = plan;
}

function refund(life: Life, of: { readonly order: number; readonly percent: number }): void {
  const order = life.orders[of.order];
  const { endsAt } = life.term;
  if (order === undefined || endsAt === undefined) return;
  const remainder = remainderOf({ ...life.term, entries: life.entries }, { source: 'order', sourceId: order.id }, life.now);
  if (remainder === undefined || remainder.addedMs === 0) return;
  const taken = Math.floor((remainder.unusedMs * of.percent) / 100);
  order.back += Math.floor(((order.price - order.back) * taken) / remainder.addedMs);
  const ends = takenEnd(endsAt, taken, remainder.factor);
  const sourceId = `${order.id}:${life.entries.length}`;
  life.entries.push({ kind: 'refund', source: 'refund', sourceId, endBefore: endsAt, endAfter: ends, createdAt: life.now });
  const isOver = ends <= countedFrom(life.term, life.now);
  life.term = { ...life.term, endsAt: ends, revokedAt: isOver ? life.now : life.term.revokedAt };
}

type Take<Kind extends Step['kind']> = (life: Life, step: Extract<Step, { kind: Kind }>) => void;

const steps: { readonly [Kind in Step['kind']]: Take<Kind> } = {
  order: (life, { plan }) => {
    if (life.term.revokedAt !== undefined) return;
    convert(life, plan);
    life.orders.push({ id: `order${life.orders.length + 1}`, price: worthOf(plan).price.minor, back: 0 });
    enter(life, { kind: 'renewal', endAfter: renewedEnd(life.term, worthOf(plan).period, { now: life.now, timeZone }) });
  },
  days: (life, { days }) => {
    if (life.term.revokedAt !== undefined) return;
    enter(life, { kind: 'gift', endAfter: renewedEnd(life.term, { value: days, unit: 'day' }, { now: life.now, timeZone }) });
  },
  pause: (life) => {
    const { endsAt } = life.term;
    if (endsAt === undefined || pauseRefusal(life.term, life.pauses, { now: life.now, policy }) !== undefined) return;
    life.pauses += 1;
    enter(life, { kind: 'pause', endAfter: endsAt }, { pausedAt: life.now });
  },
  resume: (life) => {
    const { endsAt, pausedAt } = life.term;
    if (endsAt === undefined || pausedAt === undefined) return;
    const endAfter = resumedEnd({ ...life.term, endsAt, pausedAt }, life.now, policy);
    enter(life, { kind: 'resume', endAfter }, { pausedAt: undefined });
  },
  change: (life, { plan }) => {
    if (life.term.revokedAt === undefined && life.term.pausedAt === undefined) convert(life, plan);
  },
  refund,
  revoke: (life) => {
    const { endsAt, revokedAt } = life.term;
    if (revokedAt !== undefined || endsAt === undefined) return;
    enter(life, { kind: 'revoke', endAfter: life.now < endsAt ? life.now : endsAt }, { revokedAt: life.now });
  },
};

function take(life: Life, next: Step): void {
  // The step is of the kind that names it.
  (steps[next.kind] as Take<Step['kind']>)(life, next);
}

function born(): Life {
  const term = { endsAt: undefined, pausedAt: undefined, suspendedAt: undefined, revokedAt: undefined };
  return { now: new Date('2026-01-31T10:00:00.000Z'), term, plan: 0, pauses: 0, entries: [], orders: [] };
}

const shrinking: readonly GrantKind[] = ['refund', 'revoke', 'change'];

interface Moment {
  readonly life: Life;
  readonly before: Term;
  readonly made: readonly GrantEntry[];
}

const leftNow = ({ life }: Moment): number => leftMs(life.term, life.now);
const leftBefore = ({ life, before }: Moment): number => leftMs(before, life.now);
const has = ({ made }: Moment, ...kinds: readonly GrantKind[]): boolean => made.some((entry) => kinds.includes(entry.kind));
const isEndedEarly = (at: Moment): boolean =>
  has(at, 'resume') && at.life.now.getTime() - (at.before.pausedAt?.getTime() ?? 0) < policy.shortestMs;
const endOf = (term: Term): number => term.endsAt?.getTime() ?? 0;

/** What must hold after every step. */
const rules: Readonly<Record<string, (at: Moment) => boolean>> = {
  'the end is that of the last entry': ({ life }) => endOf(life.term) === (life.entries.at(-1)?.endAfter.getTime() ?? 0),
  'an entry begins where the one before ended': ({ made, before }) =>
    made[0] === undefined || (made[0].endBefore?.getTime() ?? 0) === endOf(before),
  'a refund adds no time': (at) => !has(at, 'refund') || leftNow(at) <= leftBefore(at),
  'the end comes nearer only by refund, revocation or change': (at) => has(at, ...shrinking) || endOf(at.life.term) >= endOf(at.before),
  'no time is lost otherwise': (at) => has(at, ...shrinking) || isEndedEarly(at) || leftNow(at) >= leftBefore(at),
};

/** What is wrong with what an order can still give back. */
function faultsOfOrders(life: Life): readonly string[] {
  return life.orders.flatMap((order) => {
    const { unusedMs, addedMs } = remainderOf(
      { ...life.term, entries: life.entries },
      { source: 'order', sourceId: order.id },
      life.now,
    ) ?? { unusedMs: 0, addedMs: 0 };
    const isSound = order.back >= 0 && order.back <= order.price && unusedMs >= 0 && unusedMs <= addedMs;
    return isSound ? [] : [`${order.id}: ${order.back} of ${order.price}, ${unusedMs} of ${addedMs} ms`];
  });
}

function faultsIn(history: readonly (readonly [number, Step])[]): readonly string[] {
  const life = born();
  const faults: string[] = [];
  for (const [waitMs, next] of history) {
    life.now = new Date(life.now.getTime() + waitMs);
    const [count, before] = [life.entries.length, life.term];
    take(life, next);
    const at = { life, before, made: life.entries.slice(count) };
    for (const [rule, holds] of Object.entries(rules)) if (!holds(at)) faults.push(`${next.kind}: ${rule}`);
  }
  return [...faults, ...faultsOfOrders(life)];
}

describe('the end of a subscription, over any history', () => {
  it('is that of its last entry, shrinks only by refund, revocation or another plan, and no order gives back more than it was', () => {
    const broken = fc.check(
      fc.property(history, (life) => faultsIn(life).length === 0),
      { numRuns: 10_000 },
    ).counterexample;
    expect(broken === null ? [] : faultsIn(broken[0])).toEqual([]);
  });

  it('is the same in whatever order days are bought, and never earlier for one more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }), fc.nat(100), (days, paused) => {
        const now = new Date('2026-03-28T10:00:00.000Z');
        const start = { endsAt: now, pausedAt: new Date(now.getTime() - paused * dayMs), suspendedAt: undefined };
        const end = (list: readonly number[]): Date =>
          list.reduce<Date>((endsAt, value) => renewedEnd({ ...start, endsAt }, { value, unit: 'day' }, { now, timeZone }), now);
        expect(end(days.toReversed())).toEqual(end(days));
        expect(end([...days, 1]).getTime()).toBeGreaterThan(end(days).getTime());
      }),
      { numRuns: 500 },
    );
  });
});
