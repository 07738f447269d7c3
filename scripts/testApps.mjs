import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root, withoutShop } from './lib/environment.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  process.chdir(root);
  await ensureDependencies(root);
  return runForeground(process.execPath, ['--import', 'tsx', 'test/apps/run.ts'], withoutShop());
});
