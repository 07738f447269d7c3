import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import type Koa from 'koa';
import type { Load, LoadResult } from './load';

/** The middle of the values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Prints one line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Does `work` for each item, so many at once; returns how many a second. */
export async function inParallel<T>(
  items: readonly T[],
  how: { readonly atOnce: number; readonly work: (item: T) => Promise<unknown> },
): Promise<number> {
  const queue = [...items];
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await how.work(item);
  };
  await Promise.all(Array.from({ length: how.atOnce }, worker));
  return items.length / ((performance.now() - started) / 1_000);
}

function loadWith(child: ChildProcess, load: Load): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (result) => {
      child.off('error', reject);
      // What bench/load.ts sends.
      resolve(result as LoadResult);
    });
    child.send(load);
  });
}

export interface Contestant {
  readonly name: string;
  readonly handle: RequestListener;
}

/** A koa application as a request listener. */
export function handlerOf(app: Koa): Contestant['handle'] {
  const handle = app.callback();
  return (request, response) => void handle(request, response);
}

interface Round {
  readonly rate: number;
  readonly cpuMicros: number;
  readonly p99Ms: number;
}

async function round(child: ChildProcess, contestant: Contestant, load: Omit<Load, 'url'>): Promise<Round> {
  const server = createServer(contestant.handle);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const before = process.cpuUsage();
  const result = await loadWith(child, { ...load, url });
  const used = process.cpuUsage(before);
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
  if (result.failures > 0) throw new Error(`${contestant.name}: ${result.failures} requests failed`);
  return { rate: result.perSecond, cpuMicros: (used.user + used.system) / load.requests, p99Ms: result.p99Ms };
}

const rounds = 5;

/** Rounds of one contestant alone; the first warms up. */
export async function measureAlone(contestant: Contestant, load: Omit<Load, 'url'>): Promise<{ readonly cpuMicros: number }> {
  const child = fork(join(__dirname, 'load.ts'), { execArgv: ['--import', 'tsx'] });
  const seen: Round[] = [];
  for (let index = 0; index <= rounds; index += 1) {
    const result = await round(child, contestant, load);
    if (index > 0) seen.push(result);
  }
  child.kill();
  return { cpuMicros: median(seen.map((one) => one.cpuMicros)) };
}

/** Medians of the rounds of both. */
export interface Comparison {
  /** Rate of ours as a share of the peer's. */
  readonly ratio: number;
  /** Server's CPU time per request in microseconds. */
  readonly oursMicros: number;
  readonly peerMicros: number;
}

/** Interleaved rounds of ours against a peer in the same run; the first of each warms up. Prints the medians. */
export async function compareWith(
  title: string,
  contestants: { ours: Contestant; peer: Contestant },
  load: () => Omit<Load, 'url'>,
): Promise<Comparison> {
  const child = fork(join(__dirname, 'load.ts'), { execArgv: ['--import', 'tsx'] });
  const seen = { ours: [] as Round[], peer: [] as Round[] };
  for (let index = 0; index <= rounds; index += 1) {
    for (const side of ['peer', 'ours'] as const) {
      const result = await round(child, contestants[side], load());
      if (index > 0) seen[side].push(result);
    }
  }
  child.kill();
  say(`\n${title}`);
  for (const side of ['peer', 'ours'] as const) {
    const rate = median(seen[side].map((one) => one.rate));
    const cpu = median(seen[side].map((one) => one.cpuMicros));
    const p99 = median(seen[side].map((one) => one.p99Ms));
    say(
      `  ${contestants[side].name.padEnd(44)} ${rate.toFixed(0).padStart(7)} per s   ${cpu.toFixed(0).padStart(6)} µs CPU each   p99 ${p99.toFixed(1)} ms`,
    );
  }
  const of = (side: 'ours' | 'peer', part: 'rate' | 'cpuMicros'): number => median(seen[side].map((one) => one[part]));
  return { ratio: of('ours', 'rate') / of('peer', 'rate'), oursMicros: of('ours', 'cpuMicros'), peerMicros: of('peer', 'cpuMicros') };
}

/** As `compareWith`, and gives the ratio of the rates. */
export async function compare(
  title: string,
  contestants: { ours: Contestant; peer: Contestant },
  load: () => Omit<Load, 'url'>,
): Promise<number> {
  return (await compareWith(title, contestants, load)).ratio;
}
