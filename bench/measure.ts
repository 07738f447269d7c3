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
/** A machine that others use too changes its pace within seconds; only many short rounds, each pair of them together, show a difference of a few per cent. */
const pairs = 15;

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

type Side = 'ours' | 'peer';
type Pair = Readonly<Record<Side, Round>>;

/** What a comparison is asked for: medians over its pairs of rounds. */
export interface Comparison {
  /** Rate of ours as a share of the peer's. */
  readonly ratio: number;
  /** Microseconds of the server's CPU that a request of ours costs over one of the peer's. */
  readonly moreMicros: number;
}

async function pairsOf(contestants: Readonly<Record<Side, Contestant>>, load: () => Omit<Load, 'url'>): Promise<readonly Pair[]> {
  const child = fork(join(__dirname, 'load.ts'), { execArgv: ['--import', 'tsx'] });
  const seen: Pair[] = [];
  for (let index = 0; index <= pairs; index += 1) {
    // Who goes first changes, so that neither always meets the faster half.
    const order: readonly Side[] = index % 2 === 0 ? ['peer', 'ours'] : ['ours', 'peer'];
    const found = new Map<Side, Round>();
    for (const side of order) found.set(side, await round(child, contestants[side], load()));
    const [ours, peer] = [found.get('ours'), found.get('peer')];
    // The first warms up.
    if (index > 0 && ours !== undefined && peer !== undefined) seen.push({ ours, peer });
  }
  child.kill();
  return seen;
}

/** The middle half of the values, as "0.79 to 0.83". */
function middleHalf(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  return `${at(0.25)} to ${at(0.75)}`;
}

/** Pairs of rounds of ours and a peer in the same run. Prints the medians, and how far the pairs are apart. */
export async function compareWith(
  title: string,
  contestants: Readonly<Record<Side, Contestant>>,
  load: () => Omit<Load, 'url'>,
): Promise<Comparison> {
  const seen = await pairsOf(contestants, load);
  say(`\n${title}`);
  for (const side of ['peer', 'ours'] as const) {
    const of = (part: keyof Round): number => median(seen.map((pair) => pair[side][part]));
    say(
      `  ${contestants[side].name.padEnd(44)} ${of('rate').toFixed(0).padStart(7)} per s   ${of('cpuMicros').toFixed(1).padStart(6)} µs CPU each   p99 ${of('p99Ms').toFixed(1)} ms`,
    );
  }
  const ratios = seen.map(({ ours, peer }) => ours.rate / peer.rate);
  const more = seen.map(({ ours, peer }) => ours.cpuMicros - peer.cpuMicros);
  say(`  ${seen.length} pairs, middle half: rate ${middleHalf(ratios)} of the peer's, CPU ${middleHalf(more)} µs more`);
  return { ratio: median(ratios), moreMicros: median(more) };
}

/** As `compareWith`, and gives the ratio of the rates. */
export async function compare(
  title: string,
  contestants: Readonly<Record<Side, Contestant>>,
  load: () => Omit<Load, 'url'>,
): Promise<number> {
  return (await compareWith(title, contestants, load)).ratio;
}
