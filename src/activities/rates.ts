import { healAlert, raiseAlert } from '../db/alerts';
import { listMethodFacts, storeRate } from '../db/methods';
import type { PaymentDeps } from './deps';
import { toShopError } from './failures';

async function refresh(deps: PaymentDeps, code: string, currency: string): Promise<boolean> {
  const { currency: quote } = await deps.settings();
  const key = `rate:${currency}`;
  try {
    const rate = await (await deps.providers.get(code)).fetchRate?.(quote);
    if (rate === undefined) throw new RangeError('no price');
    const kept = await storeRate(deps.db, { currency, quote, ...rate, now: deps.clock.now() });
    if (kept === 'used') {
      await healAlert(deps.db, key);
      return true;
    }
    await raiseAlert(deps.db, {
      key,
      kind: 'rate',
      text: `Buyers do not see ${code}: the price of ${currency} moved by more than 10 %, to ${rate.unitPrice} ${quote}. If that is right: npm run shop -- rate ${currency} ${rate.unitPrice}`,
    });
  } catch (error) {
    deps.log.warn({ provider: code, code: toShopError(error).code }, 'no price of a currency');
    await raiseAlert(deps.db, {
      key,
      kind: 'rate',
      text: `The price of ${currency} cannot be asked for; after 15 minutes buyers do not see ${code}. A fixed price: payments.${code}.rate in shop.yaml.`,
    });
  }
  return false;
}

/** Asks for the prices of currencies that have to be fresh; one that fails stops no other. Returns how many are in use. */
export async function refreshRates(deps: PaymentDeps): Promise<number> {
  let used = 0;
  for (const facts of await listMethodFacts(deps.db)) {
    if (facts.rateCurrency !== undefined && (await refresh(deps, facts.provider, facts.rateCurrency))) used += 1;
  }
  return used;
}
