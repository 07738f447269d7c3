import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/environment.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  process.chdir(root);
  await ensureDependencies(root);
  return runForeground(process.execPath, ['--import', 'tsx', 'test/panels/realPanel.ts', ...process.argv.slice(2)], process.env);
});
