import { existsSync } from 'node:fs';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/environment.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  await ensureDependencies(root);
  if (existsSync('.env')) process.loadEnvFile('.env');
  return runForeground(process.execPath, ['--import', 'tsx', 'src/main/cli.ts', ...process.argv.slice(2)], process.env);
});
