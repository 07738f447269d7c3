import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../clock';
import { isShopError, ShopError } from '../../errors';
import { createPanelDirectory } from '../../panels/index';
import type { Panel } from '../../panels/panel';
import { shopRows } from '../../catalog/rows';
import type { ShopFile } from '../../catalog/schema';
import { say } from './context';

interface ServerTargets {
  readonly id: string;
  readonly targets: readonly string[];
}

/** Asks a panel how it is; returns what it saw, throws a `ShopError` that says what is wrong and what to do. */
export async function askPanelHealth(panel: Panel, servers: readonly ServerTargets[]): Promise<string> {
  const health = await panel.health();
  const wanted = servers.flatMap((server) => server.targets.map((target) => ({ server: server.id, target })));
  const bad = wanted.filter(({ target }) => !health.targets.some((entry) => entry.target === target && entry.enabled));
  if (bad.length > 0) {
    const list = bad.map(({ server, target }) => `${target} of server ${server}`).join(', ');
    throw new ShopError('PanelTargetMissing', {
      message: `${list}: not there, switched off, or of a protocol the shop does not sell. Correct it on the panel or in shop.yaml`,
    });
  }
  const warnings = health.warnings.map((warning) => `\n         ! ${warning}`).join('');
  return `version ${health.version}, core ${health.coreState}, ${wanted.length} target(s) in use${warnings}`;
}

const patienceMs = 10_000;

async function inTime(answer: Promise<string>): Promise<string> {
  const end = new AbortController();
  const late = wait(patienceMs, undefined, { signal: end.signal }).then(() => {
    throw new ShopError('PanelUnavailable', { message: `no answer within ${patienceMs / 1_000} s` });
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    end.abort();
    await late.catch(() => undefined);
  }
}

/** Asks the panels of a shop file that is not applied yet, all at once, and says what is wrong. Returns how many have a problem. */
export async function checkPanelsOf(file: ShopFile): Promise<number> {
  const rows = shopRows(file);
  const directory = createPanelDirectory({
    load: (id) => {
      const panel = rows.panels.find((entry) => entry.id === id);
      return Promise.resolve(panel === undefined ? undefined : { ...panel, version: '1' });
    },
    clock: systemClock,
  });
  let problems = 0;
  const lines = await Promise.all(
    rows.panels.map(async ({ id }) => {
      const servers = file.servers.filter((server) => server.panel === id);
      const targets = servers.map((server) => ({ id: server.id, targets: server.inbounds ?? server.squads ?? server.groups ?? [] }));
      try {
        return `ok       Panel ${id}: ${await inTime(askPanelHealth(await directory.get(id), targets))}`;
      } catch (error) {
        problems += 1;
        return `PROBLEM  Panel ${id}: ${isShopError(error) ? error.message : 'it failed in a way this command does not know'}`;
      }
    }),
  );
  await directory.close();
  for (const line of lines) say(line);
  return problems;
}
