import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a real panel answered, in the order in which it was asked; `left` names what is not replayed, and why. */
export interface Recording {
  readonly version: string;
  readonly recordedAt: string;
  readonly basePath: string;
  readonly left: Readonly<Record<string, readonly string[]>>;
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly forwardedHeaders?: Readonly<Record<string, string>>;
  };
  readonly response: { readonly status?: number; readonly body?: unknown; readonly transportError?: string };
}

/** How two answers are compared. */
export interface Comparison {
  /** Fields that differ between any two runs: only their type is compared. */
  readonly volatile: readonly string[];
  /** Fields that panels choose: the recorded value stands for the simulated one from then on, also in later requests. */
  readonly chosen: readonly string[];
  /** Recorded fields that the shop never reads and the simulator leaves out. */
  readonly unread: readonly string[];
  /** Fields below which lists have no order. */
  readonly unordered?: readonly string[];
  /** Makes two texts comparable. */
  readonly plain?: (text: string) => string;
}

/** Reads a recording of a real panel. */
export function readRecording(name: string): Recording {
  // The file is written by hand from a recording and checked by being replayed.
  return JSON.parse(readFileSync(join(__dirname, '..', 'recordings', `${name}.json`), 'utf8')) as Recording;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function lastKey(path: string): string {
  return /(?:^|\.)([^.[\]]*)(?:\[\d+\])*$/.exec(path)?.[1] ?? '';
}

// Which fields a validation refused, in whatever form; its sentences differ by version and nobody reads them.
function refusedFields(key: string, value: unknown): readonly string[] | undefined {
  if (key === 'errors' && Array.isArray(value)) return value.map((error) => JSON.stringify(isRecord(error) ? error['path'] : error)).sort();
  return key === 'detail' && isRecord(value) ? Object.keys(value).sort() : undefined;
}

/** Compares answers and learns what stands for what. */
export class Book {
  private readonly texts = new Map<string, string>();
  private readonly numbers = new Map<number, number>();

  constructor(private readonly rules: Comparison) {}

  /** A recorded text as the simulated panel would write it. */
  translate(text: string): string {
    let result = text;
    for (const [recorded, simulated] of this.texts) result = result.replaceAll(recorded, simulated);
    return result.replaceAll(/(?<=\/)\d+(?=\/|$)/g, (number) => String(this.numbers.get(Number(number)) ?? number));
  }

  /** A recorded body as it has to be sent. */
  translateBody(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.translate(value);
    if (typeof value === 'number' && this.rules.chosen.includes(key)) return this.numbers.get(value) ?? value;
    if (Array.isArray(value)) return value.map((entry) => this.translateBody(entry, key));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, this.translateBody(entry, name)]));
  }

  private learn(recorded: unknown, simulated: unknown): boolean {
    if (typeof recorded === 'number' && typeof simulated === 'number') {
      if (!this.numbers.has(recorded)) this.numbers.set(recorded, simulated);
      return this.numbers.get(recorded) === simulated;
    }
    if (typeof recorded !== 'string' || typeof simulated !== 'string') return recorded === simulated;
    if (recorded !== simulated && !this.texts.has(recorded)) this.texts.set(recorded, simulated);
    return this.translate(recorded) === simulated;
  }

  /** What differs, as sentences; none when both say the same. */
  compare(recorded: unknown, simulated: unknown, at = ''): string[] {
    const key = lastKey(at);
    if (this.rules.volatile.includes(key)) {
      return typeOf(recorded) === typeOf(simulated) ? [] : [`${at}: ${typeOf(recorded)} became ${typeOf(simulated)}`];
    }
    const fields = refusedFields(key, recorded);
    if (fields !== undefined) return this.compareLists(fields, refusedFields(key, simulated) ?? [], `${at}.path`);
    return this.compareByShape(recorded, simulated, at);
  }

  private compareByShape(recorded: unknown, simulated: unknown, at: string): string[] {
    if (Array.isArray(recorded) && Array.isArray(simulated)) return this.compareLists(recorded, simulated, at);
    if (isRecord(recorded) && isRecord(simulated)) return this.compareObjects(recorded, simulated, at);
    if (this.rules.chosen.includes(lastKey(at))) return this.learn(recorded, simulated) ? [] : [`${at}: another than before`];
    return this.isSame(recorded, simulated) ? [] : [`${at}: ${JSON.stringify(recorded)} became ${JSON.stringify(simulated)}`];
  }

  private isSame(recorded: unknown, simulated: unknown): boolean {
    if (typeof recorded !== 'string' || typeof simulated !== 'string') return recorded === simulated;
    const plain = this.rules.plain ?? ((text: string): string => text);
    return plain(this.translate(recorded)) === plain(simulated);
  }

  private compareLists(recorded: readonly unknown[], simulated: readonly unknown[], at: string): string[] {
    if (recorded.length !== simulated.length) return [`${at}: ${recorded.length} entries became ${simulated.length}`];
    if (this.rules.unordered?.some((name) => at.includes(`.${name}`)) === true) {
      const same = JSON.stringify(recorded.toSorted()) === JSON.stringify(simulated.toSorted());
      return same ? [] : [`${at}: ${JSON.stringify(recorded)} became ${JSON.stringify(simulated)}`];
    }
    return recorded.flatMap((entry, index) => this.compare(entry, simulated[index], `${at}[${index}]`));
  }

  private compareObjects(recorded: Readonly<Record<string, unknown>>, simulated: Readonly<Record<string, unknown>>, at: string): string[] {
    const missing = Object.keys(recorded).filter((name) => !(name in simulated) && !this.rules.unread.includes(name));
    const extra = Object.keys(simulated).filter((name) => !(name in recorded));
    return [
      ...missing.map((name) => `${at}.${name} is missing`),
      ...extra.map((name) => `${at}.${name} is not in the recording`),
      ...Object.keys(recorded).flatMap((name) =>
        name in simulated && !this.rules.unread.includes(name) ? this.compare(recorded[name], simulated[name], `${at}.${name}`) : [],
      ),
    ];
  }
}

export interface Replay {
  readonly url: string;
  readonly recording: Recording;
  readonly comparison: Comparison;
  /** Values of the placeholders that stand for secrets. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Headers that every recorded request carried. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was done outside the API before an exchange: figures written into the panel's database, a job that ran. */
  readonly before: Readonly<Record<string, () => Promise<void>>>;
}

function fillIn(text: string, secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets).reduce((filled, [name, value]) => filled.replaceAll(`<${name}>`, value), text);
}

async function ask(replay: Replay, book: Book, { request }: Exchange): Promise<{ status: number; body: unknown } | undefined> {
  const body = request.body ?? undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(book.translateBody(body));
  const headers = { ...(request.forwardedHeaders ?? replay.headers), ...request.headers };
  try {
    const reply = await fetch(
      `${replay.url}${replay.recording.basePath}${fillIn(book.translate(request.path), replay.secrets)}`.replace(/(?<!:)\/\//g, '/'),
      {
        method: request.method,
        redirect: 'manual',
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fillIn(value, replay.secrets)])),
        ...(body === undefined ? {} : { body: fillIn(text, replay.secrets) }),
      },
    );
    const answer = await reply.text();
    const isJson = reply.headers.get('content-type')?.includes('json') ?? false;
    return { status: reply.status, body: isJson && answer !== '' ? JSON.parse(answer) : answer };
  } catch {
    return undefined;
  }
}

/** Sends every recorded request to the simulated panel, in order; answers with what differs, by exchange. */
export async function replayAll(replay: Replay): Promise<readonly string[]> {
  const book = new Book(replay.comparison);
  const differences: string[] = [];
  for (const exchange of replay.recording.exchanges) {
    await replay.before[exchange.name]?.();
    const got = await ask(replay, book, exchange);
    const want = exchange.response;
    const found =
      got === undefined || want.status === undefined
        ? got === undefined && want.status === undefined
          ? []
          : [`${want.status ?? want.transportError} became ${got?.status ?? 'no answer'}`]
        : [
            ...(got.status === want.status
              ? []
              : [`status ${want.status} became ${got.status}: ${JSON.stringify(got.body).slice(0, 200)}`]),
            ...book.compare(want.body, got.body),
          ];
    differences.push(...found.map((one) => `${exchange.name}: ${one}`));
  }
  return differences;
}
