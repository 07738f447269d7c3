import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { ShopError } from '../../errors';
import { keep } from './keeper';

export interface EmbeddedTemporal {
  readonly address: string;
  readonly uiUrl: string | undefined;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface TemporalOptions {
  /** The `temporal` program. */
  readonly program: string;
  readonly port: number;
  /** Port of the web UI; undefined = none. */
  readonly uiPort: number | undefined;
  readonly namespaces: readonly string[];
  /** Folder of the database file; undefined = in memory. */
  readonly folder: string | undefined;
}

const attributes = [
  'ShopUserId=Int',
  'ShopState=Keyword',
  'ShopProblem=Keyword',
  'ShopPlan=Keyword',
  'ShopProvider=Keyword',
  'ShopOrderId=Keyword',
  'ShopExpiresAt=Datetime',
];

const startMs = 60_000;

function argumentsFor(options: TemporalOptions): string[] {
  const ui = options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  const file =
    options.folder === undefined
      ? []
      : [
          '--db-filename',
          join(options.folder, 'temporal.db'),
          '--sqlite-pragma',
          'journal_mode=wal',
          '--sqlite-pragma',
          'synchronous=normal',
        ];
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(options.port),
    ...ui,
    ...file,
    '--log-level',
    'error',
    '--dynamic-config-value',
    'matching.useNewMatcher=true',
    ...options.namespaces.flatMap((name) => ['--namespace', name]),
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
  ];
}

async function untilReady(address: string, namespaces: readonly string[]): Promise<void> {
  const end = Date.now() + startMs;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        for (const namespace of namespaces) await connection.workflowService.describeNamespace({ namespace });
        return;
      } finally {
        await connection.close();
      }
    } catch (error) {
      if (Date.now() > end)
        throw new ShopError('TemporalUnavailable', {
          message: `the Temporal server did not answer on ${address} within a minute`,
          cause: error,
        });
      await wait(200);
    }
  }
}

/** Starts a Temporal development server and waits until it answers for every namespace. */
export async function startEmbeddedTemporal(options: TemporalOptions): Promise<EmbeddedTemporal> {
  if (options.folder !== undefined) mkdirSync(options.folder, { recursive: true });
  const kept = await keep({ kind: 'program', program: options.program, args: argumentsFor(options) });
  const address = `127.0.0.1:${options.port}`;
  try {
    await untilReady(address, options.namespaces);
  } catch (error) {
    await kept.stop();
    throw error;
  }
  return {
    address,
    uiUrl: options.uiPort === undefined ? undefined : `http://127.0.0.1:${options.uiPort}`,
    pid: kept.pid,
    stop: kept.stop,
  };
}
