import type { z } from 'zod';
import { HttpFailure, type HttpClient, type HttpReply, type HttpRequest } from '../http';
import { ShopError } from '../errors';

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
