import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fullShop, shopValues } from '../../sandbox/demoShop';
import { expectMoney, finishPanels } from '../../test/support/moneyChecks';
import { playMoney, type MoneySpec } from '../../test/support/moneyRun';
import { deliveryPlan, historySpec } from '../../test/support/paymentHistory';
import { secrets } from '../../test/support/shop';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { applyShop } from '../catalog/apply';
import { parseShopFile } from '../catalog/load';
import type { Plan } from '../domain/plan';
import { listPlans } from './catalog';
import { findDifferences, findWrongBalances } from './reconcile';
import { createSealer, parseSecretKeys } from './seal';

const moneySpec: fc.Arbitrary<MoneySpec> = fc.record({
  kind: fc.constantFrom('plan', 'plan', 'topup'),
  inCoin: fc.boolean(),
  startMinor: fc.constantFrom(0, 10_000, 20_000),
  useBalance: fc.boolean(),
  payments: fc.array(fc.record({ history: historySpec, plan: deliveryPlan, isReversed: fc.boolean() }), { minLength: 1, maxLength: 2 }),
  interruptions: fc.array(
    fc.record({
      what: fc.constantFrom('expire', 'cancel', 'ban', 'unban', 'refund_unused', 'refund_full', 'refund_to_balance'),
      turns: fc.nat(30),
    }),
    { maxLength: 3 },
  ),
});

const none = {
  style: 'listed',
  refundStyle: 'parts',
  charges: [],
  refunds: [],
  dispute: undefined,
  noise: [],
  isToldTwice: false,
} as const;

// A part became balance when its order expired, the rest bought it late, and everything went back: also the part.
const releasedPart: MoneySpec = {
  kind: 'plan',
  inCoin: false,
  startMinor: 0,
  useBalance: false,
  payments: [
    {
      history: { ...none, style: 'counted', charges: [1, 1_000], refunds: [{ charge: 0, permille: 1 }] },
      plan: [[0], [1]],
      isReversed: false,
    },
    { history: none, plan: [], isReversed: false },
  ],
  interruptions: [{ what: 'expire', turns: 2 }],
};

describe('18: money through Postgres, from several connections at once', () => {
  let database: TestDatabase;
  let plan: Plan;
  const now = new Date('2026-11-26T12:00:00.000Z');
  beforeAll(async () => {
    database = await createTestDatabase();
    const values = shopValues({ apiUrl: 'https://vpn.example', sandboxUrl: 'https://sandbox.example', panelPassword: 'p', keys: secrets });
    const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 7).toString('base64')));
    await applyShop(database.db, { file: parseShopFile('shop.yaml', fullShop, values), sealer, actor: 'test' });
    const [first] = await listPlans(database.db);
    if (first === undefined) throw new Error('the shop has no plan');
    plan = first;
  });
  afterAll(() => database.drop());
  const waiting = new Set<string>();

  it('any history, any order, any repetition: the providers’ books, one sale, and every other kopeck on the balance', async () => {
    await fc.assert(
      fc.asyncProperty(moneySpec, async (spec) => {
        const run = await playMoney({ db: database.db, plan, now }, spec);
        await expect(expectMoney(database.db, run, spec)).resolves.toBeUndefined();
        for (const refundId of run.waiting) waiting.add(refundId);
      }),
      { numRuns: 200, examples: [[releasedPart]] },
    );
  }, 600_000);

  it('leaves nothing on which money and access differ, but what waits for an operator', async () => {
    await finishPanels(database.db);
    const findings = await findDifferences(database.db, new Date(Date.now() + 3_600_000));
    const decided = findings.filter(({ kind, subject }) => kind === 'quarantine' || (kind === 'refund_waits' && waiting.has(subject)));
    expect(findings.filter((finding) => !decided.includes(finding))).toEqual([]);
    expect(await findWrongBalances(database.db)).toEqual([]);
  });
});
