import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demoShop, shopValues } from '../../sandbox/demoShop';
import { applyShop } from '../../src/catalog/apply';
import { parseShopFile } from '../../src/catalog/load';
import { createSealer, loadOrCreateSecretKeys } from '../../src/db/seal';
import { makeExpiredCertificate } from '../support/expired';
import { orderByCard, post } from '../support/facts';
import { feedLinks, panelBlock } from '../support/panels';
import { openTestShop, secrets, type TestShop } from '../support/shop';
import { until } from '../support/until';

interface Trouble {
  readonly name: string;
  /** The block of the panel, where it is not the right one. */
  readonly block: (places: {
    readonly sandbox: string;
    readonly expired: string;
    readonly old: string;
  }) => Parameters<typeof panelBlock>[1];
  readonly says: RegExp;
}

const troubles: readonly Trouble[] = [
  {
    name: 'a wrong URL',
    block: () => ({ url: 'http://127.0.0.1:9/panel/' }),
    says: /nobody listens at its address; does it run, and is the port in its url right/,
  },
  {
    name: 'a wrong path',
    block: ({ sandbox }) => ({ url: `${sandbox}/panels/nowhere/` }),
    says: /path in its url/,
  },
  {
    name: 'a wrong password',
    block: () => ({ password: 'not-the-password' }),
    says: /refused the user name, the password/,
  },
  {
    name: 'an expired certificate',
    block: ({ expired }) => ({ url: expired, tls: 'verify' }),
    says: /its certificate has expired: renew it/,
  },
  {
    name: 'a version that is too old',
    block: ({ old }) => ({ url: old }),
    says: /older than 2\.3/,
  },
];

/** A panel as it was before its API: it takes the login and knows nothing else the shop asks. */
function ancientPanel(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (request.method === 'POST' && request.url === '/login') {
    response.setHeader('set-cookie', '3x-ui=session; Path=/; HttpOnly');
    response.end(JSON.stringify({ success: true, msg: '', obj: null }));
    return;
  }
  response.statusCode = 404;
  response.end();
}

function listen(server: HttpServer | Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      // A listening TCP server has an AddressInfo.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

describe.each(troubles)('a panel with $name', ({ name, block, says }) => {
  let shop: TestShop;
  let server: Server;
  let ancient: HttpServer;
  let folder: string;
  let file: string;
  let certificate: ReturnType<typeof makeExpiredCertificate>;
  let values: Readonly<Record<string, string>>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-problem-'));
    certificate = makeExpiredCertificate(folder);
    server = createServer(certificate);
    ancient = createHttpServer(ancientPanel);
    const expired = `https://127.0.0.1:${await listen(server)}/`;
    const old = `http://127.0.0.1:${await listen(ancient)}/`;
    shop = await openTestShop({ panels: ['main', 'second'], closed: true });
    values = shopValues({ apiUrl: shop.apiUrl, sandboxUrl: shop.sandbox.url, panelPassword: secrets.panelPassword, keys: secrets });
    const text = demoShop
      .replace('servers:\n', `${panelBlock('second', block({ sandbox: shop.sandbox.url, expired, old }))}servers:\n`)
      .replace(/(- id: de\n {4}panel: )main/, '$1second')
      .replace('inbounds: [2]', 'inbounds: [1]');
    file = join(folder, 'shop.yaml');
    writeFileSync(file, text);
    const sealer = createSealer(loadOrCreateSecretKeys(shop.config.dataDir));
    await applyShop(shop.db, { file: parseShopFile('test', text, values), sealer, actor: 'test' });
    await shop.open();
  });
  afterAll(async () => {
    await shop.close();
    server.close();
    ancient.close();
    rmSync(folder, { recursive: true, force: true });
  });

  // A process of its own, so that the sandbox in this one can answer it.
  function command(...args: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, ['--import', 'tsx', 'src/main/cli.ts', ...args], {
        env: {
          ...process.env,
          ...shop.environment,
          ...values,
          NODE_EXTRA_CA_CERTS: certificate.file,
        },
      });
      let out = '';
      child.stdout.on('data', (part: Buffer) => {
        out += part.toString();
      });
      child.once('exit', () => resolve(out));
    });
  }

  it('is named by doctor and check, with what to do, and selling goes on with the other', async () => {
    const [doctor, check] = [await command('doctor'), await command('check', file)];
    for (const out of [doctor, check]) {
      expect(out).toMatch(/ok {7}Panel main: version/);
      expect(out.split('\n').find((line) => line.startsWith('PROBLEM  Panel second'))).toMatch(says);
      expect(out).not.toMatch(/not-the-password|canary/);
    }
    const buyer = shop.buyer();
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const { token }: { token: string } = await shop.db('subscriptions').first('token');
    expect((await feedLinks(shop, token)).map((link) => link.split('#')[1])).toEqual(['🇳🇱 Нидерланды']);
    await until(
      'the panel counts as down',
      async () => (await shop.db('panel_health').where({ panel_id: 'second', state: 'down' })).length === 1,
    );
    const before = await logins();
    await checksOfMain(3);
    // The password is refused once; nobody tries it in a loop, neither the waiting order nor the health check.
    if (name === 'a wrong password') expect(await logins()).toBe(before);
  });

  async function logins(): Promise<number> {
    const calls = (await (await fetch(`${shop.sandbox.url}/sandbox/panels/second/calls`)).json()) as Record<string, number>;
    return calls['login'] ?? 0;
  }

  async function checksOfMain(count: number): Promise<void> {
    for (let one = 0; one < count; one += 1) {
      const before: { checked_at: Date } = await shop.db('panel_health').where({ panel_id: 'main' }).first('checked_at');
      await until('the panels were checked again', async () => {
        const now: { checked_at: Date } = await shop.db('panel_health').where({ panel_id: 'main' }).first('checked_at');
        return now.checked_at > before.checked_at;
      });
    }
  }
});
