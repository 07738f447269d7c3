import process from 'node:process';
import { syncPanel } from '../src/activities/panelSync';
import { systemClock } from '../src/clock';
import { getShopSettings, loadStoredPanel } from '../src/db/catalog';
import { connect } from '../src/db/connection';
import { createSealer, loadOrCreateSecretKeys } from '../src/db/seal';
import { defaultBreakerPace } from '../src/domain/breaker';
import { defaultPolicy } from '../src/domain/policy';
import { createPanelDirectory } from '../src/panels/index';

export interface SyncMeasured {
  readonly ours: number;
  readonly repaired: number;
  readonly tookMs: number;
  /** Highest resident memory while it ran, less that before it. */
  readonly moreBytes: number;
}

const silent = { warn: () => undefined, error: () => undefined };

async function measure(input: { readonly databaseUrl: string; readonly folder: string }): Promise<SyncMeasured> {
  const db = connect({ url: input.databaseUrl });
  const sealer = createSealer(loadOrCreateSecretKeys(input.folder));
  const panels = createPanelDirectory({ load: (id) => loadStoredPanel(db, sealer, id), clock: systemClock });
  const deps = {
    db,
    clock: systemClock,
    log: silent,
    settings: () => getShopSettings(db),
    policy: defaultPolicy,
    panels,
    writer: { run: <T>(_id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => work(new AbortController().signal) },
    breaker: defaultBreakerPace,
    checkMs: 20_000,
    atWork: new Map<string, number>(),
    signals: { operationFinished: () => Promise.resolve(), resync: () => Promise.resolve() },
  };
  // The panel itself is not asked before: what its list costs is what is measured.
  await getShopSettings(db);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const summary = await syncPanel(deps, { panelId: 'main' }, new AbortController().signal);
  const tookMs = performance.now() - start;
  const moreBytes = process.resourceUsage().maxRSS * 1024 - before;
  const repaired = Object.values(summary.repaired).reduce((sum, count) => sum + count, 0);
  return { ours: summary.ours, repaired, tookMs, moreBytes };
}

process.once('message', (input) => {
  // What bench/panels.ts sends.
  void measure(input as { databaseUrl: string; folder: string }).then((result) => process.send?.(result));
});
