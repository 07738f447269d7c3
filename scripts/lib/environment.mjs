import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** Folder of the project. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const shopVariables = [
  'BOT_TOKEN',
  'TELEGRAM_API_ROOT',
  'TELEGRAM_WEBHOOK_SECRET',
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'PUBLIC_URL',
  'HOST',
  'PORT',
  'METRICS_PORT',
  'SECRET_KEY',
  'DATA_DIR',
  'ROLE',
  'LOG_LEVEL',
  'TRUSTED_PROXIES',
  'SHOP_FILE',
];

/** The environment without what belongs to a real shop: the demo and the tests must not touch one. */
export function withoutShop(environment = process.env) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !shopVariables.includes(name)));
}
