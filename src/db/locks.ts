import { Client } from 'pg';
import { ShopError } from '../errors';
import type { Db } from './connection';

/** A lock held by one connection: it goes with the process that held it. */
export interface SessionLock {
  release(): Promise<void>;
  /** Fires when the connection broke before the lock was released. */
  readonly lost: AbortSignal;
}

/** First key of each kind of lock, so that kinds never meet. */
const kinds = { panel: 7311, poller: 7312, installation: 7313 } as const;

/** Waits for a session lock on a connection of its own, at most until `until` fires; throws `DatabaseUnavailable` when there is none to be had. */
export async function takeLock(url: string, wanted: { kind: keyof typeof kinds; name: string }, until?: AbortSignal): Promise<SessionLock> {
  const { kind, name } = wanted;
  const client = new Client({
    connectionString: url,
    application_name: `vless-kiosk lock ${kind}`,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  const lost = new AbortController();
  let released = false;
  client.on('error', () => lost.abort());
  client.on('end', () => {
    if (!released) lost.abort();
  });
  const giveUp = (): void => void client.end().catch(() => undefined);
  until?.addEventListener('abort', giveUp, { once: true });
  try {
    await client.connect();
    await client.query('select pg_advisory_lock($1, hashtext($2))', [kinds[kind], name]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new ShopError('DatabaseUnavailable', { message: 'Postgres gave no lock', cause: error });
  } finally {
    until?.removeEventListener('abort', giveUp);
  }
  return {
    lost: lost.signal,
    async release() {
      released = true;
      await client.end().catch(() => undefined);
    },
  };
}

/** First key of each kind of lock that a transaction holds until it ends. */
const things = { 'trials of a link': 7321 } as const;

/** Keeps everybody else who wants this lock waiting until the transaction ends. Taken after every lock of a row. */
export async function lockName(tx: Db, thing: keyof typeof things, id: number): Promise<void> {
  await tx.raw('select pg_advisory_xact_lock(?, ?)', [things[thing], id]);
}
