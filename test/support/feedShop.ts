import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { newId, newToken } from '../../src/db/ids';
import type { Db } from '../../src/db/connection';
import { dayMs } from './feeds';

export interface LiveFeed {
  readonly subscriptionId: string;
  readonly userId: number;
  readonly token: string;
}

/** Live subscriptions with a ready key on the demo's first server, as provisioning leaves them. */
export async function liveFeeds(db: Db, count: number, endsAt = new Date(Date.now() + 20 * dayMs)): Promise<readonly LiveFeed[]> {
  const feeds: LiveFeed[] = [];
  for (let index = 0; index < count; index += 1) {
    const [user]: { id: number }[] = await db('users').insert({ language: 'ru' }).returning('id');
    const feed = { subscriptionId: newId('sub'), userId: user?.id ?? 0, token: newToken() };
    const owner = { user_id: feed.userId };
    await db('subscriptions').insert({
      ...owner,
      id: feed.subscriptionId,
      plan_id: 'month',
      token: feed.token,
      ends_at: endsAt,
      server_ids: ['nl'],
    });
    const links = `vless://00000000-0000-4000-8000-${String(index).padStart(12, '0')}@nl.example:443?encryption=none&security=none&type=tcp#NL`;
    const key = { id: newId('key'), subscription_id: feed.subscriptionId, server_id: 'nl', connection_string: links, expires_at: endsAt };
    await db('vpn_keys').insert({ ...owner, ...key });
    feeds.push(feed);
  }
  return feeds;
}

/** What a feed says to Happ: its status and its links, readable. */
export async function readFeed(apiUrl: string, token: string): Promise<{ readonly status: number; readonly text: string }> {
  const reply = await fetch(`${apiUrl}/sub/${token}`, { headers: { 'user-agent': 'Happ/3.1.0' } });
  const body = await reply.text();
  return { status: reply.status, text: reply.status === 200 ? decodeURIComponent(Buffer.from(body, 'base64').toString('utf8')) : body };
}

export interface CountingServer {
  readonly url: string;
  connections(): number;
  close(): Promise<void>;
}

/** A port that counts who connects, in place of everything that must not be called. */
export async function countConnections(): Promise<CountingServer> {
  let connections = 0;
  const server: Server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    // A listening TCP server has an AddressInfo.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
