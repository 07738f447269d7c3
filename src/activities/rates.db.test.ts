import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fullShop, shopValues } from '../../sandbox/demoShop';
import { secrets } from '../../test/support/shop';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { applyShop } from '../catalog/apply';
import { parseShopFile } from '../catalog/load';
import { getShopSettings } from '../db/catalog';
import { findRate, listMethodFacts, loadSituation, storeRate } from '../db/methods';
import { createSealer, parseSecretKeys } from '../db/seal';
import { hiddenBecause } from '../domain/method';
import { ShopError } from '../errors';
import type { PaymentProvider } from '../payments/provider';
import type { PaymentDeps } from './deps';
import { refreshRates } from './rates';

const minute = 60_000;

describe('the price of a coin', () => {
  let database: TestDatabase;
  let now = new Date('2026-11-26T12:00:00.000Z');
  /** What the market says; undefined = no answer. */
  let market: string | undefined = '250';
  beforeAll(async () => {
    database = await createTestDatabase();
    const values = shopValues({ apiUrl: 'https://vpn.example', sandboxUrl: 'https://sandbox.example', panelPassword: 'p', keys: secrets });
    const sealer = createSealer(parseSecretKeys(Buffer.alloc(32, 7).toString('base64')));
    await applyShop(database.db, { file: parseShopFile('shop.yaml', fullShop, values), sealer, actor: 'test' });
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.db('rates').del();
    await database.db('alerts').del();
    now = new Date('2026-11-26T12:00:00.000Z');
  });

  const unused = (): never => {
    throw new ShopError('Internal', { message: 'not part of this test' });
  };

  function deps(): PaymentDeps {
    const fetchRate = (): ReturnType<NonNullable<PaymentProvider['fetchRate']>> =>
      market === undefined
        ? Promise.reject(new ShopError('ProviderUnavailable', { message: 'no answer' }))
        : Promise.resolve({ unitPrice: market, source: 'market' });
    return {
      db: database.db,
      clock: { now: () => now },
      log: { warn: () => undefined, error: () => undefined },
      settings: () => getShopSettings(database.db),
      get policy() {
        return unused();
      },
      // Only what a price is asked with is needed here.
      providers: { get: () => Promise.resolve({ fetchRate } as unknown as PaymentProvider) },
      returnUrl: unused,
      reportEvents: unused,
      get askPace() {
        return unused();
      },
    };
  }

  async function hidden(): Promise<string | undefined> {
    const facts = (await listMethodFacts(database.db)).find((entry) => entry.provider === 'ton');
    const due = { minor: 29_900, currency: 'RUB' };
    const situation = await loadSituation(database.db, { planId: 'month', serverIds: ['nl'], due, now });
    return facts === undefined ? 'no method' : hiddenBecause(facts, { provider: 'ton', choice: undefined }, situation);
  }

  const told = (): Promise<readonly { text: string; healed_at: Date | null }[]> => database.db('alerts').where({ key: 'rate:TON' });
  const rate = (): ReturnType<typeof findRate> => findRate(database.db, 'TON', { currency: 'RUB', now });

  it('20: is kept with its source and its time, and serves for 15 minutes', async () => {
    expect(await hidden()).toBe('rate_not_fresh');
    market = '250';
    expect(await refreshRates(deps())).toBe(1);
    expect(await rate()).toEqual({ unitPrice: '250', source: 'market', at: now });
    expect(await hidden()).toBeUndefined();
    now = new Date(now.getTime() + 15 * minute);
    expect(await hidden()).toBeUndefined();
    now = new Date(now.getTime() + 1);
    expect(await hidden()).toBe('rate_not_fresh');
    expect(await rate()).toBeUndefined();
  });

  it('20: that moved by more than 10 % hides the method, tells why, and serves after an operator confirmed it', async () => {
    market = '250';
    await refreshRates(deps());
    market = '275.01';
    expect(await refreshRates(deps())).toBe(0);
    expect(await hidden()).toBe('rate_not_fresh');
    expect((await told())[0]?.text).toBe(
      'Buyers do not see ton: the price of TON moved by more than 10 %, to 275.01 RUB. If that is right: npm run shop -- rate TON 275.01',
    );
    await storeRate(database.db, { currency: 'TON', quote: 'RUB', unitPrice: '275.01', source: 'cli', now, isConfirmed: true });
    expect(await hidden()).toBeUndefined();
    expect(await refreshRates(deps())).toBe(1);
    expect((await told())[0]?.healed_at).not.toBeNull();
  });

  it('20: that comes back to where it was serves again by itself', async () => {
    market = '250';
    await refreshRates(deps());
    market = '100';
    await refreshRates(deps());
    expect(await hidden()).toBe('rate_not_fresh');
    market = '255';
    await refreshRates(deps());
    expect(await hidden()).toBeUndefined();
    expect(await rate()).toMatchObject({ unitPrice: '255' });
  });

  it('20: that cannot be asked for is told of at once, with what to do', async () => {
    market = undefined;
    expect(await refreshRates(deps())).toBe(0);
    expect((await told())[0]?.text).toMatch(
      /The price of TON cannot be asked for; after 15 minutes buyers do not see ton\. A fixed price: payments\.ton\.rate/,
    );
  });
});
