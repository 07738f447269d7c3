import { createHash } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import { Agent, buildConnector, request } from 'undici';

/** How the other side proves who it is. Anything but `verify` is a stated choice of the operator. */
export type TlsChoice =
  | { readonly mode: 'verify' }
  | { readonly mode: 'plain-http' }
  | { readonly mode: 'pinned'; readonly sha256: string }
  | { readonly mode: 'self-signed'; readonly certificate: string };

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whole call, connection included. */
  readonly timeoutMs: number;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names; repeated headers joined by a comma, `set-cookie` by a line feed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** `not-sent`: the request provably never left. `unknown`: it may have been carried out. */
export type HttpOutcome = 'not-sent' | 'unknown';

/** A call that got no usable answer. The message names the host's role, never the address, query or headers. */
export class HttpFailure extends Error {
  readonly outcome: HttpOutcome;
  readonly reason: string;

  constructor(outcome: HttpOutcome, reason: string) {
    super(`no answer: ${reason}`);
    this.name = 'HttpFailure';
    this.outcome = outcome;
    this.reason = reason;
  }
}

export interface HttpClient {
  /** Sends one request, never follows a redirect; throws `HttpFailure` when there is no complete answer. */
  send(request: HttpRequest): Promise<HttpReply>;
  close(): Promise<void>;
}

const defaultMaxBytes = 8 * 1024 * 1024;

const neverLeft = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'KIOSK_PIN_MISMATCH',
]);

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('cause' in error) return errorCode(error.cause);
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown';
}

function matchesPin(certificate: Buffer, pin: string): boolean {
  const wanted = pin.replaceAll(':', '').toLowerCase();
  return createHash('sha256').update(certificate).digest('hex') === wanted;
}

// With a pin the chain is not verified: the exact certificate is compared before the first byte of the request is sent.
function pinnedConnector(pin: string): buildConnector.connector {
  const connect = buildConnector({ rejectUnauthorized: false });
  return (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      const peer = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
      if (peer !== undefined && matchesPin(peer.raw, pin)) {
        callback(null, socket);
        return;
      }
      socket.destroy();
      callback(Object.assign(new Error('not the pinned certificate'), { code: 'KIOSK_PIN_MISMATCH' }), null);
    });
  };
}

function agentFor(tls: TlsChoice): Agent {
  switch (tls.mode) {
    case 'verify':
    case 'plain-http':
      return new Agent();
    case 'self-signed':
      return new Agent({ connect: { ca: tls.certificate } });
    case 'pinned':
      return new Agent({ connect: pinnedConnector(tls.sha256) });
  }
}

function flatHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    flat[name.toLowerCase()] = Array.isArray(value) ? value.join(name.toLowerCase() === 'set-cookie' ? '\n' : ', ') : value;
  }
  return flat;
}

async function readText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes) throw new HttpFailure('unknown', `answer larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function requireScheme(url: string, tls: TlsChoice): void {
  const scheme = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (scheme === 'https:' || (scheme === 'http:' && tls.mode === 'plain-http')) return;
  throw new HttpFailure('not-sent', scheme === 'http:' ? 'plain http was not chosen for this address' : 'not an http address');
}

/** Makes a client with its own connections. Redirects are answers, not followed. */
export function createHttpClient(options: { readonly tls?: TlsChoice } = {}): HttpClient {
  const tls = options.tls ?? { mode: 'verify' };
  const agent = agentFor(tls);
  return {
    close: () => agent.close(),
    async send(call) {
      requireScheme(call.url, tls);
      const timeout = AbortSignal.timeout(call.timeoutMs);
      const signal = call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]);
      try {
        const reply = await request(call.url, {
          dispatcher: agent,
          method: call.method,
          signal,
          ...(call.headers === undefined ? {} : { headers: { ...call.headers } }),
          ...(call.body === undefined ? {} : { body: call.body }),
        });
        const text = await readText(reply.body, call.maxBytes ?? defaultMaxBytes);
        return { status: reply.statusCode, headers: flatHeaders(reply.headers), text };
      } catch (error) {
        if (error instanceof HttpFailure) throw error;
        const code = timeout.aborted ? 'timeout' : errorCode(error);
        throw new HttpFailure(neverLeft.has(code) ? 'not-sent' : 'unknown', code);
      }
    },
  };
}
