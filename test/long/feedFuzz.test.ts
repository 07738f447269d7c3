import { connect as open } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cacheOf, fakeSource, feedRow, serve, type FeedServer } from '../support/feeds';

const cases = 10_000;
const atOnce = 16;
const token = 'live-token-0000000';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ maxLength: 80 }),
  fc.constantFrom(
    '..',
    '%00',
    '%2e%2e%2f',
    '%c0%ae',
    '__proto__',
    'constructor',
    "'; drop table subscriptions; --",
    '\u0000',
    '%',
    ';',
    'x'.repeat(9_000),
  ),
);

/** Close to a token that opens something: one sign other, cut, doubled, encoded, in capitals. */
const almost = fc.oneof(
  fc.nat({ max: token.length - 1 }).map((at) => `${token.slice(0, at)}!${token.slice(at + 1)}`),
  fc.nat({ max: token.length - 1 }).map((at) => `${token.slice(0, at)}z${token.slice(at + 1)}`),
  fc.nat({ max: token.length - 1 }).map((at) => token.slice(0, at)),
  fc.constantFrom(
    token.toUpperCase(),
    `${token}${token}${token}${token}`,
    encodeURIComponent(`${token}/`),
    `${token}.`,
    `%6c${token.slice(1)}`,
    ` ${token}`,
  ),
  fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), minLength: 16, maxLength: 64 }),
);

const path = fc.oneof(
  fc
    .tuple(fc.oneof(almost, text), fc.oneof(fc.constantFrom('', '/', '/clash', '/nonsense', '/__proto__', '//'), text))
    .map(([first, rest]) => `/sub/${first}${rest}`),
  text.map((rest) => `/${rest}`),
);
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom('?format=clash', '?format=', '?format=clash&format=xray', '?__proto__=1', '?format[a]=b'),
  text.map((rest) => `?${rest}`),
);
const header = fc.tuple(
  fc.constantFrom(
    'User-Agent',
    'Accept',
    'If-None-Match',
    'Range',
    'X-HWID',
    'X-Device-Model',
    'X-Forwarded-For',
    'Cookie',
    'Accept-Encoding',
    'Content-Length',
    'Host',
  ),
  fc.oneof(text, fc.constantFrom('*', '"a", W/"b"', 'bytes=0-', 'text/html', 'Mozilla/5.0', '0', '-1', 'x'.repeat(20_000))),
);

interface Sent {
  readonly bytes: string;
  readonly isFeed: boolean;
}

const request: fc.Arbitrary<Sent> = fc
  .tuple(fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS', 'get'), path, query, fc.array(header, { maxLength: 4 }))
  .map(([method, target, asked, headers]) => {
    const lines = headers.map(([name, value]) => `${name}: ${value.replaceAll(/[\r\n]/g, ' ')}`);
    const clean = `${target}${asked}`.replaceAll(/[\r\n ]/g, '');
    return {
      bytes: `${method} ${clean} HTTP/1.1\r\nHost: h\r\n${lines.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`,
      isFeed: method === 'GET' && clean.startsWith('/sub/'),
    };
  });

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send(port: number, bytes: string): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = open(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that ends a connection which sends nonsense may reset it.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const answer = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), text: answer.replace(/^Date: .*\r\n/im, '') });
    });
  });
}

describe('the feed under fire', () => {
  let server: FeedServer;
  const source = fakeSource([feedRow({ deviceLimit: 1, hwids: ['known-device'] })]);
  let records = (): number => 0;
  let errors = 0;
  beforeAll(async () => {
    const cache = await cacheOf(source);
    records = () => cache.size().records;
    await cache.load(token);
    server = await serve(cache, { limits: { perToken: cases, misses: cases * 2 }, log: { warn: () => (errors += 1) } });
  });
  afterAll(() => server.close());

  it(`answers ${cases} requests that no app makes without a 5xx, unknown tokens all alike, and remembers none`, async () => {
    const port = Number(new URL(server.url).port);
    const seed = Date.now() % 2 ** 31;
    const requests = fc.sample(request, { numRuns: cases, seed });
    const statuses = new Map<number, number>();
    const unknown = new Set<string>();
    const next = requests.values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const { bytes, isFeed } of next) {
          const { status, text: answer } = await send(port, bytes);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (isFeed && status === 404 && answer.includes('text/plain')) unknown.add(answer);
        }
      }),
    );
    // The seed makes the same requests again.
    expect({ seed, failed: [...statuses.keys()].filter((status) => status >= 500) }).toEqual({ seed, failed: [] });
    expect(statuses.get(404)).toBeGreaterThan(cases / 4);
    expect({ seed, unknown: [...unknown] }).toEqual({ seed, unknown: [expect.stringContaining('Not found')] });
    expect(records()).toBe(1);
    expect(errors).toBe(0);
    expect((await send(port, `GET /sub/${token} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`)).status).toBe(200);
  });
});
