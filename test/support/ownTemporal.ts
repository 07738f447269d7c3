import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePort } from '../../src/main/embedded/ports';
import { startEmbeddedTemporal, type EmbeddedTemporal } from '../../src/main/embedded/temporal';

/** A Temporal server of one test's own, which may be stopped, started again, and lose its database. */
export interface OwnTemporal {
  readonly address: string;
  readonly namespace: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Deletes the database; only while stopped. */
  lose(): void;
  close(): Promise<void>;
}

/** Makes a stopped server with a database file. */
export async function createOwnTemporal(): Promise<OwnTemporal> {
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-temporal-'));
  const port = await freePort(41_000 + Math.floor(Math.random() * 10_000));
  let running: EmbeddedTemporal | undefined;
  const own: OwnTemporal = {
    address: `127.0.0.1:${port}`,
    namespace: 'own',
    async start() {
      running = await startEmbeddedTemporal({
        program: process.env['KIOSK_TEMPORAL_CLI'] ?? 'temporal',
        port,
        uiPort: undefined,
        namespaces: ['own'],
        folder,
      });
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
    lose() {
      rmSync(folder, { recursive: true, force: true });
    },
    async close() {
      await own.stop();
      own.lose();
    },
  };
  return own;
}
