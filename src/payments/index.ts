import type { Clock } from '../clock';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { PaymentProvider } from './provider';
import { blocks, type ProviderCode, type Settings } from './blocks';
import { createCloudpayments } from './cloudpayments';
import { createCryptopay } from './cryptopay';
import { createHeleket } from './heleket';
import { createManual } from './manual';
import { createPlatega } from './platega';
import { createStars } from './stars';
import { createStripe } from './stripe';
import { createTon } from './ton';
import { createYookassa } from './yookassa';
import { createYoomoney } from './yoomoney';

/** Settings of a provider as stored, opened; `version` changes with them. */
export interface StoredMethod {
  readonly provider: string;
  readonly settings: unknown;
  readonly version: string;
}

export interface ProviderDeps {
  readonly load: (code: string) => Promise<StoredMethod | undefined>;
  readonly http: HttpClient;
  readonly telegram: { readonly apiRoot: string; readonly token: string };
  readonly clock: Clock;
}

/** How each provider is made from its settings; total, so a block without a provider does not compile. */
const makers: { readonly [Code in ProviderCode]: (settings: Settings<Code>, deps: ProviderDeps) => PaymentProvider } = {
  yookassa: createYookassa,
  cryptopay: createCryptopay,
  manual: createManual,
  heleket: createHeleket,
  ton: createTon,
  platega: createPlatega,
  yoomoney: createYoomoney,
  cloudpayments: createCloudpayments,
  stripe: createStripe,
  stars: (settings, deps) => createStars(settings, { http: deps.http, ...deps.telegram }),
};

function isKnown(code: string): code is ProviderCode {
  return Object.hasOwn(makers, code);
}

/** Makes one provider; throws `ConfigInvalid` naming the field when its settings are not complete. */
export function makeProvider(code: ProviderCode, settings: unknown, deps: ProviderDeps): PaymentProvider {
  const parsed = blocks[code].safeParse(settings);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new ShopError('ConfigInvalid', {
      message: `the settings of ${code} are not complete: "${field}". Correct shop.yaml and apply it.`,
    });
  }
  // The block of exactly this provider has just made the settings.
  const make = makers[code] as (settings: unknown, deps: ProviderDeps) => PaymentProvider;
  return make(parsed.data, deps);
}

export interface ProviderDirectory {
  /** The provider with its present settings; throws `MethodUnavailable` when it is not configured. */
  get(code: string): Promise<PaymentProvider>;
}

/** Makes the directory: providers are built from stored settings and kept until these change. */
export function createProviderDirectory(deps: ProviderDeps): ProviderDirectory {
  const built = new Map<string, { readonly version: string; readonly provider: PaymentProvider }>();
  return {
    async get(code) {
      const stored = isKnown(code) ? await deps.load(code) : undefined;
      if (!isKnown(code) || stored === undefined) throw new ShopError('MethodUnavailable', { message: `${code} is not configured` });
      const known = built.get(code);
      if (known?.version === stored.version) return known.provider;
      const provider = makeProvider(code, stored.settings, deps);
      built.set(code, { version: stored.version, provider });
      return provider;
    },
  };
}
