import type { z } from 'zod';
import { ShopError, type ShopErrorCode } from '../errors';
import { HttpFailure, type HttpClient, type HttpReply, type HttpRequest } from '../http';
import { noAnswer } from './noAnswer';

export interface PanelRequest {
  readonly method: HttpRequest['method'];
  /** Below the panel's root, without the leading slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as a form. */
  readonly body?: object | string;
  readonly signal?: AbortSignal | undefined;
  /** Statuses from 500 on that the caller understands; all others are an outage. */
  readonly understood?: readonly number[];
  /** The answer is a text, not JSON. */
  readonly isText?: boolean;
}

export interface PanelAnswer {
  /** 200–299, 400–499 but 429, or one that the caller understands; everything else was thrown. */
  readonly status: number;
  /** Undefined where the body is empty, is a text, or comes with a status from 500 on. */
  readonly json: unknown;
  readonly text: string;
}

/** Sends one call; throws `ShopError` for everything that is no answer of a working panel. */
export type PanelCaller = (request: PanelRequest) => Promise<PanelAnswer>;

export interface CallerOptions {
  /** Web address of the panel's root. */
  readonly url: string;
  readonly http: HttpClient;
  /** Calls under way at once; the others wait their turn. */
  readonly mostAtOnce: number;
}

const timeoutMs = 20_000;
const defaultRetryAfterMs = 60_000;
/** Lists of a thousand users with their links. */
const maxBytes = 64 * 1024 * 1024;

function retryAfterMs(reply: HttpReply): number | undefined {
  const seconds = Number(reply.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

// A call that changes nothing leaves no doubt; a change without an answer may have been made.
function lost(method: HttpRequest['method'], message: string, reply?: HttpReply): ShopError {
  const code: ShopErrorCode = method === 'GET' ? 'PanelUnavailable' : 'PanelUnknownOutcome';
  const wait = reply === undefined ? undefined : retryAfterMs(reply);
  return new ShopError(code, { message, ...(wait === undefined ? {} : { retryAfterMs: wait }) });
}

// Statuses that no working panel answers a well-made call with.
function refuseOutages({ method, understood = [] }: PanelRequest, reply: HttpReply): void {
  const { status } = reply;
  if (status === 429) {
    throw new ShopError('PanelRateLimited', {
      message: 'the panel asks to be left alone for a while',
      retryAfterMs: retryAfterMs(reply) ?? defaultRetryAfterMs,
    });
  }
  if (status >= 500 && !understood.includes(status)) throw lost(method, `the panel answered ${status}`, reply);
  if (status >= 300 && status < 400) {
    throw new ShopError('PanelBadConfig', { message: 'the panel sends its callers elsewhere: check scheme, host and path in its url' });
  }
}

function interpret(request: PanelRequest, reply: HttpReply): PanelAnswer {
  refuseOutages(request, reply);
  const { status, text } = reply;
  if (status >= 500 || text === '') return { status, json: undefined, text };
  // Of whoever stands before the panel, or of its web interface: no word of the panel itself, least of all that something is absent.
  if (/^\s*</.test(text)) {
    throw lost(request.method, 'a web page answered in place of the panel: something stands before it, or its path is wrong');
  }
  if (request.isText === true && status < 300) return { status, json: undefined, text };
  try {
    return { status, json: JSON.parse(text), text };
  } catch {
    throw new ShopError('PanelContract', { message: `the panel answered ${status} with something that is not JSON` });
  }
}

/** Lets at most `most` pieces of work run at once. */
function createGate(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is handed on, so that nobody slips in between.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** Makes the caller of one panel whose API speaks JSON and HTTP statuses. */
export function createCaller({ url, http, mostAtOnce }: CallerOptions): PanelCaller {
  const base = url.endsWith('/') ? url : `${url}/`;
  const gate = createGate(mostAtOnce);
  return (request) =>
    gate(async () => {
      const { body } = request;
      const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
      try {
        const reply = await http.send({
          method: request.method,
          url: `${base}${request.path}`,
          headers: { accept: 'application/json', ...request.headers, ...(body === undefined ? {} : { 'content-type': type }) },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
          ...(request.signal === undefined ? {} : { signal: request.signal }),
          timeoutMs,
          maxBytes,
        });
        return interpret(request, reply);
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        throw noAnswer(error, request.method !== 'GET');
      }
    });
}

/** Reads an answer by `schema`; anything else breaks the contract. The value never enters the message. */
export function readAnswer<T>(what: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new ShopError('PanelContract', { message: `the panel gave ${what} whose field "${field}" cannot be read` });
}
