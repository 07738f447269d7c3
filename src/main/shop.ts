import { existsSync } from 'node:fs';
import process from 'node:process';
import { applyShop } from '../catalog/apply';
import { readConfig, type Config } from '../config';
import { connect } from '../db/connection';
import { migrate } from '../db/migrate';
import { createSealer, loadOrCreateSecretKeys, parseSecretKeys } from '../db/seal';
import { isShopError, ShopError } from '../errors';
import { createLogger } from '../logger';
import { startEngines } from './engines';
import { runShop } from './run';
import { readShopFile } from './shopFile';
import { tuned, type TuningChanges } from './tuning';

async function prepareDatabase(config: Config, databaseUrl: string): Promise<void> {
  await migrate(databaseUrl);
  const db = connect({ url: databaseUrl });
  try {
    const shop: unknown = await db('shop').first('id');
    if (existsSync(config.shopFile)) {
      const file = readShopFile(config.shopFile, config);
      const keys = config.secretKey === undefined ? loadOrCreateSecretKeys(config.dataDir) : parseSecretKeys(config.secretKey);
      await applyShop(db, { file, sealer: createSealer(keys), actor: 'start' });
    } else if (shop === undefined) {
      throw new ShopError('ConfigInvalid', {
        message: `there is no ${config.shopFile}. Copy shop.example.yaml to ${config.shopFile}, fill it in, and start again.`,
      });
    }
  } finally {
    await db.destroy();
  }
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

// Durations for tests that run the shop in a process of its own; a shop leaves them alone.
function tuningChanges(): TuningChanges {
  const text = process.env['KIOSK_TUNING'];
  return text === undefined ? {} : (JSON.parse(text) as TuningChanges);
}

async function main(): Promise<number> {
  const interrupted = untilSignal();
  const config = readConfig(process.env);
  const log = createLogger({ level: config.logLevel });
  if (config.botToken === undefined) {
    throw new ShopError('ConfigInvalid', {
      message: 'BOT_TOKEN is not set. Ask @BotFather in Telegram for a bot, and put BOT_TOKEN=… into .env',
    });
  }
  const engines = await startEngines(config, process.env['KIOSK_TEMPORAL_CLI']);
  try {
    // One role alone finds a database that the migrate step or another role has prepared.
    if (config.role === 'all' || existsSync(config.shopFile)) await prepareDatabase(config, engines.databaseUrl);
    const shop = await runShop(config, engines, { tuning: tuned(tuningChanges()), log });
    log.info({ role: config.role, port: shop.port, temporalUi: engines.temporalUi }, 'the shop is open');
    await interrupted;
    log.info({}, 'the shop closes');
    await shop.stop();
    return 0;
  } finally {
    await engines.stop();
  }
}

void main().then(
  (code) => {
    process.exitCode = code;
    // Native handles of the worker may outlive their connection; everything of ours has been ended above.
    setTimeout(() => process.exit(code), 2_000).unref();
  },
  (error: unknown) => {
    process.stderr.write(
      `${isShopError(error) ? error.message : error instanceof Error ? (error.stack ?? error.message) : 'the shop failed'}\n`,
    );
    process.exit(1);
  },
);
