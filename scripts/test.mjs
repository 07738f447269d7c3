import process from 'node:process';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root, withoutShop } from './lib/environment.mjs';
import { runForeground } from './lib/run.mjs';
import { runMain } from './lib/say.mjs';
import { ensureTemporalProgram } from './lib/temporalProgram.mjs';

await runMain(async () => {
  process.chdir(root);
  await ensureDependencies(root);
  const program = await ensureTemporalProgram();
  return runForeground(process.execPath, ['--import', 'tsx', 'test/support/runTests.ts', ...process.argv.slice(2)], {
    ...withoutShop(),
    KIOSK_TEMPORAL_CLI: program,
  });
});
