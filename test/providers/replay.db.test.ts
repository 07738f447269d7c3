import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock';
import { connect, type Db } from '../../src/db/connection';
import { storeEvents } from '../../src/inbox/paymentEvents';
import { eventsFromUpdate } from '../../src/payments/stars';
import { createTestDatabase, type TestDatabase } from '../support/stack';
import { webhookListener } from '../support/webhookServer';
import { tables } from '../vectors/index';
import type { Sending } from '../vectors/table';

const sending = tables.flatMap(({ code, send }) => (send === undefined ? [] : [{ code, send }]));
const rounds = 10;

interface Route {
  readonly db: Db;
  readonly server: Server;
  readonly url: string;
}

async function openRoute(databaseUrl: string): Promise<Route> {
  const db = connect({ url: databaseUrl });
  const server = createServer(webhookListener(db));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  return { db, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('4: the same message twice', () => {
  let database: TestDatabase;
  let routes: readonly [Route, Route];
  beforeAll(async () => {
    database = await createTestDatabase();
    routes = [await openRoute(database.url), await openRoute(database.url)];
  });
  afterAll(async () => {
    for (const route of routes) {
      route.server.closeAllConnections();
      await new Promise((resolve) => void route.server.close(resolve));
      await route.db.destroy();
    }
    await database.drop();
  });

  async function send(route: Route, code: string, message: { path: string; signed: ReturnType<Sending['sign']> }): Promise<number> {
    const { headers, body } = message.signed;
    const reply = await fetch(`${route.url}/webhooks/${code}${message.path}`, { method: 'POST', headers, body: new Uint8Array(body) });
    await reply.arrayBuffer();
    return reply.status;
  }

  async function keys(code: string): Promise<readonly string[]> {
    const rows: readonly { dedupe_key: string }[] = await database.db('payment_events').where({ provider: code }).select('dedupe_key');
    return rows.map((row) => row.dedupe_key);
  }

  it.each(sending)('$code: at the same moment on two connections, and once more later: one row each time', async ({ code, send: how }) => {
    let before = 0;
    for (let round = 0; round < rounds; round += 1) {
      const body = Buffer.from(how.body({ id: String(9_000 + round), reference: 'pay_twice', now: new Date() }));
      const message = { path: how.slot === undefined ? '' : `/${how.slot}`, signed: how.sign(body, new Date()) };
      const statuses = await Promise.all(routes.map((route) => send(route, code, message)));
      expect([...statuses, await send(routes[0], code, message)]).toEqual([200, 200, 200]);
      const seen = await keys(code);
      expect(new Set(seen).size).toBe(seen.length);
      // A message may say several things; each round adds as many as the first did.
      const added = seen.length - before;
      expect(added).toBe(seen.length / (round + 1));
      expect(added).toBeGreaterThan(0);
      before = seen.length;
    }
  });

  it('stars: an update that is delivered twice is one event', async () => {
    const update = {
      message: {
        message_id: 1,
        date: 1,
        chat: { id: 77, type: 'private' },
        from: { id: 77, is_bot: false, first_name: 'A' },
        successful_payment: {
          currency: 'XTR',
          total_amount: 150,
          invoice_payload: 'pay_twice',
          telegram_payment_charge_id: 'stx1',
          provider_payment_charge_id: '',
        },
      },
    };
    const stored = await Promise.all(routes.map(({ db }) => storeEvents({ db, clock: systemClock }, eventsFromUpdate(update))));
    expect(stored.flat()).toHaveLength(1);
    expect(await keys('stars')).toEqual(['charge:stx1']);
  });
});
