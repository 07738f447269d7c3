import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import type { Config } from '../config';
import { ShopError } from '../errors';
import { freePort } from './embedded/ports';
import { startEmbeddedPostgres } from './embedded/postgres';
import { startEmbeddedTemporal } from './embedded/temporal';
import type { Engines } from './foundation';

export interface StartedEngines extends Engines {
  readonly temporalUi: string | undefined;
  stop(): Promise<void>;
}

const running = z.object({ pid: z.number(), databaseUrl: z.string(), temporalAddress: z.string() });

function fileOf(config: Config): string {
  return join(config.dataDir, 'running.json');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The engines of a shop that runs on this data folder; undefined when none does. */
export function runningEngines(config: Config): (Engines & { readonly pid: number }) | undefined {
  const file = fileOf(config);
  if (!existsSync(file)) return undefined;
  const found = running.parse(JSON.parse(readFileSync(file, 'utf8')));
  return isAlive(found.pid) ? found : undefined;
}

/** The engines the configuration names; what it does not name is started on the data folder and ends with this process. */
export async function startEngines(config: Config, temporalProgram: string | undefined): Promise<StartedEngines> {
  const owner = runningEngines(config);
  const embedded = config.databaseUrl === undefined || config.temporalAddress === undefined;
  if (embedded && owner !== undefined) {
    throw new ShopError('ConfigInvalid', {
      message: `a shop runs on ${config.dataDir} already (process ${owner.pid}). End it, set DATA_DIR to another folder, or give both DATABASE_URL and TEMPORAL_ADDRESS.`,
    });
  }
  const stops: (() => Promise<void>)[] = [];
  let databaseUrl = config.databaseUrl;
  let temporalAddress = config.temporalAddress;
  let temporalUi: string | undefined;
  if (databaseUrl === undefined) {
    const postgres = await startEmbeddedPostgres({ folder: config.dataDir, port: await freePort(54_320) });
    stops.push(postgres.stop);
    databaseUrl = postgres.url;
  }
  if (temporalAddress === undefined) {
    const temporal = await startEmbeddedTemporal({
      program: temporalProgram ?? 'temporal',
      port: await freePort(7_233),
      uiPort: await freePort(8_233),
      namespaces: [config.temporalNamespace],
      folder: config.dataDir,
    });
    stops.push(temporal.stop);
    temporalAddress = temporal.address;
    temporalUi = temporal.uiUrl;
  }
  if (embedded) writeFileSync(fileOf(config), JSON.stringify({ pid: process.pid, databaseUrl, temporalAddress }), { mode: 0o600 });
  return {
    databaseUrl,
    temporalAddress,
    temporalUi,
    async stop() {
      for (const stop of stops.toReversed()) await stop();
      if (embedded) rmSync(fileOf(config), { force: true });
    },
  };
}
