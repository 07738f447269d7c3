import { existsSync } from 'node:fs';
import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/environment.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';
import { ensureTemporalProgram } from './lib/temporalProgram.mjs';

await runMain(async () => {
  process.chdir(root);
  await ensureDependencies(root);
  if (existsSync('.env')) process.loadEnvFile('.env');
  const role = process.argv[2];
  const environment = { ...process.env, ...(role === undefined ? {} : { ROLE: role }) };
  if (!environment.TEMPORAL_ADDRESS) environment.KIOSK_TEMPORAL_CLI = await ensureTemporalProgram(environment);
  return runForeground(process.execPath, ['--import', 'tsx', 'src/main/shop.ts'], environment);
});
