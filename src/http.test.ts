import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpClient, HttpFailure, type TlsChoice } from './http';

describe('the HTTP client', () => {
  let folder: string;
  let certificate: string;
  let secure: ReturnType<typeof createServer>;
  let plain: Server;
  let hits = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-tls-'));
    const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
    const made = spawnSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1'.split(
        ' ',
      ),
      '-keyout',
      files.key,
      '-out',
      files.cert,
    ]);
    if (made.status !== 0) throw new Error('this test needs the openssl program to make a certificate');
    certificate = readFileSync(files.cert, 'utf8');
    secure = createServer({ key: readFileSync(files.key), cert: certificate }, (_request, response) => {
      hits += 1;
      response.end('ok');
    });
    plain = createPlainServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end();
      else if (request.url === '/large') response.end('x'.repeat(2_000));
      else if (request.url === '/drop') request.socket.destroy();
      else if (request.url !== '/slow') response.end('plain');
    });
    for (const server of [secure, plain]) {
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
    }
  });
  afterAll(() => {
    secure.close();
    plain.closeAllConnections();
    plain.close();
    rmSync(folder, { recursive: true });
  });

  async function get(url: string, tls: TlsChoice, more: { timeoutMs?: number; maxBytes?: number } = {}): Promise<unknown> {
    const client = createHttpClient({ tls });
    try {
      const reply = await client.send({ method: 'GET', url, timeoutMs: 5_000, ...more });
      return reply.status === 200 ? reply.text : reply.status;
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      return error.outcome;
    } finally {
      await client.close();
    }
  }

  const secureUrl = (): string => `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;
  const plainUrl = (path = '/'): string => `http://127.0.0.1:${(plain.address() as AddressInfo).port}${path}`;

  it('refuses a certificate nobody vouches for, before a byte is sent', async () => {
    const before = hits;
    expect(await get(secureUrl(), { mode: 'verify' })).toBe('not-sent');
    expect(hits).toBe(before);
  });

  it('takes it when it is the pinned one or is given, with colons or without', async () => {
    const pin = new X509Certificate(certificate).fingerprint256;
    expect(await get(secureUrl(), { mode: 'pinned', sha256: pin })).toBe('ok');
    expect(await get(secureUrl(), { mode: 'pinned', sha256: pin.replaceAll(':', '').toLowerCase() })).toBe('ok');
    expect(await get(secureUrl(), { mode: 'self-signed', certificate })).toBe('ok');
  });

  it('refuses another certificate than the pinned one, before a byte is sent', async () => {
    const before = hits;
    expect(await get(secureUrl(), { mode: 'pinned', sha256: 'ab'.repeat(32) })).toBe('not-sent');
    expect(hits).toBe(before);
  });

  it('speaks plain http only where that was chosen', async () => {
    expect(await get(plainUrl(), { mode: 'verify' })).toBe('not-sent');
    expect(await get(plainUrl(), { mode: 'plain-http' })).toBe('plain');
  });

  it('follows no redirect, reads no more than it was told, and tells "never sent" from "unknown"', async () => {
    const tls: TlsChoice = { mode: 'plain-http' };
    expect(await get(plainUrl('/redirect'), tls)).toBe(302);
    expect(await get(plainUrl('/large'), tls, { maxBytes: 1_000 })).toBe('unknown');
    expect(await get(plainUrl('/drop'), tls)).toBe('unknown');
    expect(await get(plainUrl('/slow'), tls, { timeoutMs: 100 })).toBe('unknown');
    expect(await get('http://127.0.0.1:1/', tls)).toBe('not-sent');
  });
});
