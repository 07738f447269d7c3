import type { z } from 'zod';
import { parseDecimal, type Money } from '../domain/money';
import { HttpFailure, type HttpClient, type HttpReply, type HttpRequest } from '../http';
import { ShopError } from '../errors';

/** Longest a provider is waited for; the user's loop waits for it too. */
export const callMs = 9_000;

/** Sends a call to a provider; a network failure becomes `ProviderUnavailable` or, when the call may have been carried out, `ProviderUnknownOutcome`. */
export async function callProvider(http: HttpClient, provider: string, request: HttpRequest): Promise<HttpReply> {
  try {
    return await http.send(request);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    const harmless = error.outcome === 'not-sent' || request.method === 'GET';
    const code = harmless ? 'ProviderUnavailable' : 'ProviderUnknownOutcome';
    throw new ShopError(code, { message: `${provider} gave no answer (${error.reason})` });
  }
}

/** Waits named by a `Retry-After` header in seconds (RFC 9110, 10.2.3), in milliseconds. */
export function retryAfterOf(reply: HttpReply): number | undefined {
  const seconds = Number(reply.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

export interface Failed {
  readonly provider: string;
  readonly reply: HttpReply;
  /** The call changes nothing, so that a failure of the other side leaves no doubt. */
  readonly harmless: boolean;
  /** What the provider gave as its reason, in its own words; a code, never a text of a person. */
  readonly detail?: string | undefined;
}

/** The error that a refused call stands for, by its HTTP status. */
export function failureOf({ provider, reply, harmless, detail }: Failed): ShopError {
  const retryAfterMs = retryAfterOf(reply);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const message = `${provider} answered ${reply.status}`;
  if (reply.status === 401 || reply.status === 403) {
    return new ShopError('ProviderMisconfigured', { message: `${provider} refused the credentials of shop.yaml` });
  }
  if (reply.status === 429) return new ShopError('ProviderUnavailable', { message, ...wait });
  if (reply.status >= 500 || reply.status < 400) {
    return new ShopError(harmless ? 'ProviderUnavailable' : 'ProviderUnknownOutcome', { message, ...wait });
  }
  return new ShopError('ProviderRejected', { message: `${message} ${detail ?? ''}`.trimEnd() });
}

/** Reads a JSON answer; anything else than the schema says is `ProviderContract`. The body never enters the message. */
export function readJson<T>(provider: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ShopError('ProviderContract', { message: `${provider} answered something that is not JSON` });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ShopError('ProviderContract', { message: `${provider} answered an object whose field "${path}" is not as documented` });
}

/** A decimal of an answer as money; `ProviderContract` when it is no plain decimal of a known currency. */
export function readMoney(provider: string, text: string, currency: string): Money {
  try {
    return parseDecimal(text, currency);
  } catch (error) {
    throw new ShopError('ProviderContract', { message: `${provider} gave an amount that cannot be read`, cause: error });
  }
}
