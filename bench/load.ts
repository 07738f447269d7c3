import process from 'node:process';
import { Pool } from 'undici';

/** One request as it is sent. */
export interface LoadMessage {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A burst of requests from a process of its own, so that the server's CPU time is the server's alone. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  /** Paths asked for in turn, or messages sent one after another. */
  readonly paths?: readonly string[];
  readonly messages?: readonly LoadMessage[];
  /** Headers of each path, or of all where there is one. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
  /** Status that counts as success; 200 without it. */
  readonly status?: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/**
 * Keeps this process from sleeping. To wake a process on the same machine costs the one that writes to it several microseconds; that would be
 * charged to the server, and more often to the slower one, which the asking process has time to wait for.
 */
function keepAwake(until: AbortSignal): void {
  if (!until.aborted) setImmediate(keepAwake, until);
}

async function run(load: Load): Promise<LoadResult> {
  const pool = new Pool(load.url, { connections: load.connections, pipelining: 1 });
  const times: number[] = [];
  let failures = 0;
  let next = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (next < load.requests) {
      const index = next;
      next += 1;
      const begin = performance.now();
      const message = load.messages?.[index];
      const at = index % (load.paths?.length ?? 1);
      const path = load.paths?.[at] ?? '/';
      const headers = load.headers?.[at % load.headers.length] ?? {};
      const reply = await pool.request(message === undefined ? { path, headers, method: 'GET' } : { ...message, method: 'POST' });
      await reply.body.dump();
      if (reply.statusCode !== (load.status ?? 200)) failures += 1;
      times.push(performance.now() - begin);
    }
  };
  const stayAwake = new AbortController();
  keepAwake(stayAwake.signal);
  await Promise.all(Array.from({ length: load.connections }, worker));
  stayAwake.abort();
  const seconds = (performance.now() - started) / 1_000;
  await pool.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: load.requests / seconds, p50Ms: at(0.5), p99Ms: at(0.99), failures };
}

process.on('message', (load: Load) => {
  void run(load).then((result) => process.send?.(result));
});
