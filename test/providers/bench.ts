import { systemClock } from '../../src/clock';
import type { HttpClient, HttpReply, HttpRequest } from '../../src/http';
import type { ProviderCode } from '../../src/payments/blocks';
import { makeProvider } from '../../src/payments/index';
import type { CreateInvoiceInput, PaymentProvider, RawWebhook } from '../../src/payments/provider';
import type { Message } from '../vectors/table';

export const now = new Date('2026-01-01T00:00:10.000Z');

/** An HTTP client that answers what it was told and keeps what it was asked. */
export function fakeHttp(answers: readonly (Partial<HttpReply> | Error)[]): HttpClient & { readonly calls: HttpRequest[] } {
  const calls: HttpRequest[] = [];
  return {
    calls,
    close: () => Promise.resolve(),
    send(request) {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? {};
      calls.push(request);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve({ status: 200, headers: {}, text: '', ...answer });
    },
  };
}

/** The provider with these settings on a fake network. */
export function providerWith(
  code: string,
  settings: object,
  answers: readonly (Partial<HttpReply> | Error)[] = [],
): { provider: PaymentProvider; calls: HttpRequest[] } {
  const http = fakeHttp(answers);
  const provider = makeProvider(code as ProviderCode, settings, {
    http,
    clock: { ...systemClock, now: () => now },
    telegram: { apiRoot: 'https://api.telegram.org', token: '1:test' },
    load: () => Promise.resolve(undefined),
  });
  return { provider, calls: http.calls };
}

/** A message as the route hands it over. */
export function webhookOf(message: Message): RawWebhook {
  const headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value]),
  );
  return {
    method: 'POST',
    slot: message.slot,
    query: '',
    headers,
    body: Buffer.from(message.body),
    remoteIp: message.remoteIp ?? '203.0.113.7',
    receivedAt: new Date(message.receivedAt ?? now),
  };
}

/** An ordinary wish for an invoice. */
export function invoiceInput(changes: Partial<CreateInvoiceInput> = {}): CreateInvoiceInput {
  return {
    paymentId: 'pay_1',
    attempt: 1,
    price: { minor: 29_900, currency: 'RUB' },
    description: '1 month',
    language: 'en',
    userId: 42,
    email: undefined,
    choice: undefined,
    saveMethod: false,
    expiresAt: new Date(now.getTime() + 1_800_000),
    madeAt: now,
    returnUrl: 'https://t.me/shop_bot',
    webhookUrl: 'https://shop.example/webhooks/provider',
    repeated: false,
    now,
    ...changes,
  };
}
