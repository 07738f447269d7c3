import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partFrom, suffices, takenFrom } from './balance';

type Account = 'user' | 'held' | 'sales' | 'provider' | 'rewards' | 'corrections';

interface Sale {
  readonly price: number;
  /** What of it the balance gave. */
  readonly part: number;
  /** What went back to the balance, and can be taken again while the refund is not carried out. */
  back: number;
}

/** One buyer's money, kept the plain way. */
interface Book {
  readonly accounts: Record<Account, number>;
  open: { readonly price: number; readonly part: number } | undefined;
  late: { readonly price: number; readonly part: number } | undefined;
  readonly sales: Sale[];
  /** Money that became balance and may go back, and rewards that may be taken back. */
  readonly credits: number[];
  readonly rewards: number[];
  readonly faults: string[];
}

function move(book: Book, minor: number, way: readonly [Account, Account]): void {
  if (minor < 0) book.faults.push(`${minor} moved from ${way.join(' to ')}`);
  book.accounts[way[0]] -= minor;
  book.accounts[way[1]] += minor;
}

function release(book: Book): void {
  if (book.open === undefined) return;
  move(book, book.open.part, ['held', 'user']);
  book.late = book.open;
  book.open = undefined;
}

/** Takes what is due and lets `to` have all of it; the shop bears what the balance lacks. */
function takeBack(book: Book, due: number, to: Account): void {
  const { takenMinor, missingMinor } = takenFrom(book.accounts.user, due);
  if (takenMinor + missingMinor !== due) book.faults.push(`${due} due, ${takenMinor} taken and ${missingMinor} missing`);
  move(book, takenMinor, ['user', to]);
  move(book, missingMinor, ['sales', to]);
  if (missingMinor > 0 && book.accounts.user > 0) book.faults.push('the shop bears what the balance still has');
}

/** Takes a sum out of a list of those that can go back. */
function pick(sums: number[], at: number): number {
  return sums.splice(at % Math.max(1, sums.length), 1)[0] ?? 0;
}

type Take = (book: Book, minor: number) => void;

const takes = {
  'money comes that no order takes': (book, minor) => {
    move(book, minor, ['provider', 'user']);
    book.credits.push(minor);
  },
  'an order is opened, part from the balance': (book, minor) => {
    release(book);
    const part = partFrom(book.accounts.user, minor);
    if (part >= minor) book.faults.push('nothing is left to be paid');
    move(book, part, ['user', 'held']);
    book.open = { price: minor, part };
  },
  'the open order is paid': (book) => {
    if (book.open === undefined) return;
    const { price, part } = book.open;
    move(book, price - part, ['provider', 'sales']);
    move(book, part, ['held', 'sales']);
    book.sales.push({ price, part, back: 0 });
    book.open = undefined;
  },
  'the open order runs out': release,
  'late money comes for a closed order': (book) => {
    if (book.late === undefined) return;
    const { price, part } = book.late;
    book.late = undefined;
    if (!suffices(book.accounts.user, part)) {
      move(book, price - part, ['provider', 'user']);
      book.credits.push(price - part);
      return;
    }
    move(book, part, ['user', 'sales']);
    move(book, price - part, ['provider', 'sales']);
    book.sales.push({ price, part, back: 0 });
  },
  'a plan is bought from the balance': (book, minor) => {
    if (!suffices(book.accounts.user + book.accounts.held, minor)) return;
    release(book);
    move(book, minor, ['user', 'sales']);
    book.sales.push({ price: minor, part: minor, back: 0 });
  },
  'a sale goes back to the balance': (book, minor) => {
    const sale = book.sales.find(({ back }) => back === 0);
    if (sale === undefined) return;
    sale.back = Math.min(sale.part, minor);
    move(book, sale.back, ['sales', 'user']);
  },
  'a refund is cancelled': (book) => {
    const sale = book.sales.find(({ back }) => back > 0);
    if (sale === undefined || !suffices(book.accounts.user, sale.back)) return;
    move(book, sale.back, ['user', 'sales']);
    sale.back = 0;
  },
  'money that became balance goes back': (book, minor) => takeBack(book, pick(book.credits, minor), 'provider'),
  'a reward is given': (book, minor) => {
    move(book, minor, ['rewards', 'user']);
    book.rewards.push(minor);
  },
  'a reward is taken back': (book, minor) => takeBack(book, pick(book.rewards, minor), 'rewards'),
  'an operator adds': (book, minor) => move(book, minor, ['corrections', 'user']),
  'an operator takes': (book, minor) => {
    if (suffices(book.accounts.user, minor)) move(book, minor, ['user', 'corrections']);
  },
} as const satisfies Record<string, Take>;

type Step = readonly [keyof typeof takes, number];
// The keys of the record itself.
const names = Object.keys(takes) as (keyof typeof takes)[];
const history: fc.Arbitrary<Step[]> = fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 500 })), {
  minLength: 1,
  maxLength: 40,
});

function empty(): Book {
  return {
    accounts: { user: 0, held: 0, sales: 0, provider: 0, rewards: 0, corrections: 0 },
    open: undefined,
    late: undefined,
    sales: [],
    credits: [],
    rewards: [],
    faults: [],
  };
}

function faultsIn(steps: readonly Step[]): readonly string[] {
  const book = empty();
  const faults: string[] = [];
  for (const [name, minor] of steps) {
    takes[name](book, minor);
    const { accounts, open } = book;
    if (accounts.user < 0) faults.push(`${name}: the balance is ${accounts.user}`);
    if (accounts.held !== (open?.part ?? 0)) faults.push(`${name}: ${accounts.held} held for an order that needs ${open?.part ?? 0}`);
    if (Object.values(accounts).some((sum) => !Number.isSafeInteger(sum))) faults.push(`${name}: a sum is no whole number`);
  }
  return [...faults, ...book.faults];
}

describe('a balance, over any history', () => {
  it('is never below zero, whatever is held, taken back, refunded or corrected, and the shop bears only what it lacks', () => {
    const broken = fc.check(
      fc.property(history, (steps) => faultsIn(steps).length === 0),
      { numRuns: 10_000 },
    ).counterexample;
    expect(broken === null ? [] : faultsIn(broken[0])).toEqual([]);
  });

  it('is emptied by what is due above it, kept by what is below it', () => {
    expect(takenFrom(500, 700)).toEqual({ takenMinor: 500, missingMinor: 200 });
    expect(takenFrom(700, 500)).toEqual({ takenMinor: 500, missingMinor: 0 });
    expect([partFrom(500, 700), partFrom(700, 700), partFrom(900, 700)]).toEqual([500, 699, 699]);
    expect([suffices(699, 700), suffices(700, 700)]).toEqual([false, true]);
  });
});
