import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

function isIgnored(path: string): boolean {
  return spawnSync('git', ['check-ignore', '-q', '--no-index', path]).status === 0;
}

it.each([
  '.env',
  '.env.local',
  '.env.production',
  '.data/demo/postgres/PG_VERSION',
  '.data/secret.key',
  'shop.yaml',
  'backup.dump',
  'x.db',
  'x.db-wal',
  'a.sqlite3',
  'b.sql.gz',
  'node_modules/a/index.js',
  'dist/a.js',
  'shop.log',
])('git leaves %s alone', (path) => expect(isIgnored(path)).toBe(true));

it.each(['.env.example', 'shop.example.yaml', 'migrations/20261124100000_create_installation.ts', 'test/histories/purchase-user.json'])(
  'git keeps %s',
  (path) => expect(isIgnored(path)).toBe(false),
);
