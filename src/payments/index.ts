import type { z } from 'zod';
import type { Clock } from '../clock';
import { ShopError } from '../errors';
import type { HttpClient } from '../http';
import type { PaymentProvider } from './provider';
import { createStars, starsSettings } from './stars';
import { createYookassa } from './yookassa/provider';
import { yookassaSettings } from './yookassa/settings';

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

function parse<T>(provider: string, schema: z.ZodType<T>, settings: unknown): T {
  const parsed = schema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ShopError('ConfigInvalid', {
    message: `the settings of ${provider} are not complete: "${field}". Correct shop.yaml and apply it.`,
  });
}

const makers: Readonly<Record<string, (settings: unknown, deps: ProviderDeps) => PaymentProvider>> = {
  yookassa: (settings, deps) => createYookassa(parse('yookassa', yookassaSettings, settings), deps),
  stars: (settings, deps) => createStars(parse('stars', starsSettings, settings), { http: deps.http, ...deps.telegram }),
};

export interface ProviderDirectory {
  /** The provider with its present settings; throws `MethodUnavailable` when it is not configured. */
  get(code: string): Promise<PaymentProvider>;
}

/** Makes the directory: providers are built from stored settings and kept until these change. */
export function createProviderDirectory(deps: ProviderDeps): ProviderDirectory {
  const built = new Map<string, { readonly version: string; readonly provider: PaymentProvider }>();
  return {
    async get(code) {
      const make = makers[code];
      const stored = make === undefined ? undefined : await deps.load(code);
      if (make === undefined || stored === undefined) throw new ShopError('MethodUnavailable', { message: `${code} is not configured` });
      const known = built.get(code);
      if (known?.version === stored.version) return known.provider;
      const provider = make(stored.settings, deps);
      built.set(code, { version: stored.version, provider });
      return provider;
    },
  };
}
