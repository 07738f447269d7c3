import { Client } from 'pg';

/** One change that Postgres told. */
export type FeedChange =
  | { readonly kind: 'subscription'; readonly no: number; readonly version: number }
  | { readonly kind: 'shop'; readonly version: number };

const shape = /^(?:subscription:(\d{1,10})|shop):(\d{1,10})$/;

/** Reads the payload of a notification; undefined for one that is not of this shape. */
export function readFeedChange(payload: string): FeedChange | undefined {
  const match = shape.exec(payload);
  if (match === null) return undefined;
  const version = Number(match[2]);
  return match[1] === undefined ? { kind: 'shop', version } : { kind: 'subscription', no: Number(match[1]), version };
}

/**
 * Listens for changes of feeds on a connection of its own (a pooler in between would lose them) until it breaks or `until` fires; then
 * resolves. `listening` is called once nothing more can be missed. Rejects when there is no connection to be had.
 */
export async function listenForFeedChanges(
  url: string,
  hear: { readonly listening: () => void; readonly change: (change: FeedChange) => void },
  until: AbortSignal,
): Promise<void> {
  const client = new Client({
    connectionString: url,
    application_name: 'vless-kiosk feed',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  });
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  client.on('error', end);
  client.on('end', end);
  until.addEventListener('abort', end, { once: true });
  if (until.aborted) end();
  client.on('notification', ({ payload = '' }) => {
    const change = readFeedChange(payload);
    if (change !== undefined) hear.change(change);
  });
  try {
    await client.connect();
    await client.query('listen feed');
    hear.listening();
    await ended;
  } finally {
    until.removeEventListener('abort', end);
    await client.end().catch(() => undefined);
  }
}
