import process from 'node:process';
import { readConfig, type Config } from '../../config';
import { connect, type Db } from '../../db/connection';
import { createSealer, loadOrCreateSecretKeys, parseSecretKeys, type Sealer } from '../../db/seal';
import { freePort } from '../embedded/ports';
import { startEmbeddedPostgres } from '../embedded/postgres';
import { runningEngines } from '../engines';

/** What commands work with. */
export interface CliContext {
  readonly config: Config;
  readonly db: Db;
  readonly databaseUrl: string;
  /** Address of Temporal where one is known. */
  readonly temporalAddress: string | undefined;
  readonly sealer: Sealer;
}

/** Prints one line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs a command against the shop's database: the given one, that of a running shop, or the embedded one, started for the command. */
export async function withDatabase(environment: NodeJS.ProcessEnv, work: (context: CliContext) => Promise<void>): Promise<void> {
  const config = readConfig(environment);
  const running = runningEngines(config);
  const given = config.databaseUrl ?? running?.databaseUrl;
  const started = given === undefined ? await startEmbeddedPostgres({ folder: config.dataDir, port: await freePort(54_320) }) : undefined;
  const databaseUrl = given ?? started?.url ?? '';
  const db = connect({ url: databaseUrl });
  try {
    const keys = config.secretKey === undefined ? loadOrCreateSecretKeys(config.dataDir) : parseSecretKeys(config.secretKey);
    const temporalAddress = config.temporalAddress ?? running?.temporalAddress;
    await work({ config, db, databaseUrl, temporalAddress, sealer: createSealer(keys) });
  } finally {
    await db.destroy();
    await started?.stop();
  }
}
