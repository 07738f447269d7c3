import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/environment.mjs';
import { runMain } from './lib/say.mjs';

await runMain(async () => {
  await ensureDependencies(root);
  return 0;
});
