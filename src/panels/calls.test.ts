import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { isShopError, type ShopErrorCode } from '../errors';
import { HttpFailure, type HttpClient, type HttpReply, type HttpRequest } from '../http';
import { createCaller, readAnswer, type PanelCaller, type PanelRequest } from './calls';

/** A caller whose panel always does the same. */
function callerThat(does: (request: HttpRequest) => HttpReply): PanelCaller {
  const http: HttpClient = { send: (request) => Promise.resolve().then(() => does(request)), close: () => Promise.resolve() };
  return createCaller({ url: 'https://panel.example/path', http, mostAtOnce: 10 });
}

interface Failure {
  readonly code: ShopErrorCode;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

async function failureOf(request: PanelRequest, does: () => HttpReply): Promise<Failure> {
  try {
    await callerThat(does)(request);
  } catch (error) {
    if (isShopError(error)) return { code: error.code, message: error.message, retryAfterMs: error.retryAfterMs };
    throw error;
  }
  throw new Error('the call did not fail');
}

function reply(status: number, text: string, headers: Record<string, string> = {}): () => HttpReply {
  return () => ({ status, text, headers });
}

function nothing(outcome: 'not-sent' | 'unknown', reason: string): () => HttpReply {
  return () => {
    throw new HttpFailure(outcome, reason);
  };
}

const get: PanelRequest = { method: 'GET', path: 'api/users' };
const change: PanelRequest = { method: 'PUT', path: 'api/user/one', body: { status: 'disabled' } };

describe('a call to a panel', () => {
  it('goes below its root with a body of JSON or of a form', async () => {
    const sent: HttpRequest[] = [];
    const call = callerThat((request) => {
      sent.push(request);
      return { status: 200, text: '{}', headers: {} };
    });
    await call(change);
    await call({ method: 'POST', path: 'api/admin/token', body: 'username=one' });
    expect(sent.map(({ url, body, headers }) => [url, body, headers?.['content-type']])).toEqual([
      ['https://panel.example/path/api/user/one', '{"status":"disabled"}', 'application/json'],
      ['https://panel.example/path/api/admin/token', 'username=one', 'application/x-www-form-urlencoded'],
    ]);
  });

  it.each<readonly [string, PanelRequest, () => HttpReply, ShopErrorCode, RegExp]>([
    ['a read without an answer', get, nothing('unknown', 'timeout'), 'PanelUnavailable', /timeout/],
    ['a change without an answer', change, nothing('unknown', 'timeout'), 'PanelUnknownOutcome', /timeout/],
    ['a change that never left', change, nothing('not-sent', 'ECONNREFUSED'), 'PanelUnavailable', /nobody listens at its address/],
    ['a name that nobody knows', get, nothing('not-sent', 'ENOTFOUND'), 'PanelUnavailable', /is its url right/],
    ['an expired certificate', get, nothing('not-sent', 'CERT_HAS_EXPIRED'), 'PanelBadConfig', /has expired: renew it/],
    ['a certificate of another name', get, nothing('not-sent', 'ERR_TLS_CERT_ALTNAME_INVALID'), 'PanelBadConfig', /for another name/],
    ['a self-signed certificate', change, nothing('not-sent', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'PanelBadConfig', /pinned or selfSigned/],
    ['https at a port without it', get, nothing('not-sent', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'PanelBadConfig', /correct scheme or port/],
    ['a failed read', get, reply(502, ''), 'PanelUnavailable', /502/],
    ['a failed change', change, reply(500, 'Internal Server Error'), 'PanelUnknownOutcome', /500/],
    ['a redirect', get, reply(307, ''), 'PanelBadConfig', /check scheme, host and path/],
    ['a web page', get, reply(200, '<html>'), 'PanelUnavailable', /a web page answered/],
    ['a web page for a change', change, reply(404, ' <!doctype html>'), 'PanelUnknownOutcome', /a web page answered/],
    ['something that is no JSON', get, reply(200, 'hello'), 'PanelContract', /not JSON/],
  ])('on %s fails with what that means and what to do', async (...[, request, does, code, words]) => {
    const failure = await failureOf(request, does);
    expect([failure.code, failure.message]).toEqual([code, expect.stringMatching(words)]);
  });

  it('waits as long as it is told to', async () => {
    expect(await failureOf(get, reply(429, '', { 'retry-after': '7' }))).toMatchObject({ code: 'PanelRateLimited', retryAfterMs: 7_000 });
    expect(await failureOf(get, reply(429, ''))).toMatchObject({ code: 'PanelRateLimited', retryAfterMs: 60_000 });
    expect(await failureOf(get, reply(503, '', { 'retry-after': '9' }))).toMatchObject({ code: 'PanelUnavailable', retryAfterMs: 9_000 });
  });

  it('hands on what its caller understands, and texts as they are', async () => {
    expect(await callerThat(reply(500, 'Internal Server Error'))({ ...change, understood: [500] })).toMatchObject({ status: 500 });
    expect(await callerThat(reply(200, 'vless://one'))({ ...get, isText: true })).toMatchObject({ text: 'vless://one' });
    expect(await callerThat(reply(204, ''))(change)).toEqual({ status: 204, json: undefined, text: '' });
  });

  it('names the field that breaks the contract, never its value', () => {
    const read = (): unknown => readAnswer('a user', { name: { secret: 'canary' } }, z.object({ name: z.object({ secret: z.number() }) }));
    expect(read).toThrow('the panel gave a user whose field "name.secret" cannot be read');
  });
});
