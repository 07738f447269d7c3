import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compare, startLearning, translate, translateBody, type Comparison, type Learned } from './comparison';

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

/** Reads a recording of a real panel. */
export function readRecording(name: string): Recording {
  // The file is written by hand from a recording and checked by being replayed.
  return JSON.parse(readFileSync(join(__dirname, '..', 'recordings', `${name}.json`), 'utf8')) as Recording;
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

async function ask(replay: Replay, learned: Learned, { request }: Exchange): Promise<{ status: number; body: unknown } | undefined> {
  const body = request.body ?? undefined;
  const text = typeof body === 'string' ? body : JSON.stringify(translateBody(learned, body));
  const headers = { ...(request.forwardedHeaders ?? replay.headers), ...request.headers };
  try {
    const reply = await fetch(
      `${replay.url}${replay.recording.basePath}${fillIn(translate(learned, request.path), replay.secrets)}`.replace(/(?<!:)\/\//g, '/'),
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
  const learned = startLearning(replay.comparison);
  const differences: string[] = [];
  for (const exchange of replay.recording.exchanges) {
    await replay.before[exchange.name]?.();
    const got = await ask(replay, learned, exchange);
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
            ...compare(learned, { recorded: want.body, simulated: got.body }),
          ];
    differences.push(...found.map((one) => `${exchange.name}: ${one}`));
  }
  return differences;
}
