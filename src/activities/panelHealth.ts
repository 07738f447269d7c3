import { healAlert, raiseAlert } from '../db/alerts';
import { listPanels } from '../db/catalog';
import { findPanelHealth, storePanelFacts, type StoredPanelHealth } from '../db/panelHealth';
import type { PanelHealth } from '../panels/panel';
import type { PanelDeps } from './deps';
import { noteSuccess, noteTrouble, tellPanelDown } from './panelWork';

/** Ids of the panels in use. */
export async function listPanelIds(deps: PanelDeps): Promise<readonly string[]> {
  return (await listPanels(deps.db)).map((panel) => panel.id);
}

/** Targets that servers need on the panel and that are not there, or not of use. */
async function missingTargets(deps: PanelDeps, panelId: string, health: PanelHealth): Promise<readonly string[]> {
  const panel = (await listPanels(deps.db)).find((entry) => entry.id === panelId);
  const sold = new Set(health.targets.filter((target) => target.enabled).map((target) => target.target));
  return (panel?.servers ?? []).flatMap((server) =>
    server.targets.filter((target) => !sold.has(target)).map((target) => `${target} of server ${server.id}`),
  );
}

async function setAlert(deps: PanelDeps, alert: { key: string; text: string | undefined }): Promise<void> {
  if (alert.text === undefined) await healAlert(deps.db, alert.key);
  else await raiseAlert(deps.db, { key: alert.key, kind: 'panel', text: alert.text });
}

async function tellOfHealth(deps: PanelDeps, panelId: string, health: PanelHealth): Promise<void> {
  const missing = await missingTargets(deps, panelId, health);
  const isRunning = health.coreState === 'running' || health.coreState === 'unknown';
  await setAlert(deps, {
    key: `panel-core:${panelId}`,
    text: isRunning
      ? undefined
      : `Panel ${panelId} works, but its core does not run (${health.coreState}): buyers have no connection there.`,
  });
  await setAlert(deps, {
    key: `panel-targets:${panelId}`,
    text:
      missing.length === 0
        ? undefined
        : `Panel ${panelId} lacks ${missing.join(', ')}, or it is switched off there. Correct it on the panel or in shop.yaml; paid orders wait.`,
  });
}

// Between tries these two cost more than they tell: a login too many, or a call that the panel asked to be spared.
function isLeftAlone(health: StoredPanelHealth | undefined, now: Date): boolean {
  if (health?.state !== 'down' || health.retryAt === undefined || health.retryAt <= now) return false;
  return health.errorCode === 'PanelAuthFailed' || health.errorCode === 'PanelRateLimited';
}

async function askHealth(deps: PanelDeps, panelId: string): Promise<void> {
  const panel = await deps.panels.get(panelId);
  const health = await panel.health();
  const { evidence } = await panel.capabilities(AbortSignal.timeout(deps.checkMs));
  const { version, coreState, warnings } = health;
  await storePanelFacts(deps.db, { panelId, version, coreState, evidence, warnings, now: deps.clock.now() });
  await noteSuccess(deps, panelId);
  await tellOfHealth(deps, panelId, health);
}

/**
 * Asks one panel how it is and stores the answer. A panel that refused the credentials is left alone until its pause is over; what went wrong
 * before is said to the operators when it is still so.
 */
export async function checkPanel(deps: PanelDeps, input: { readonly panelId: string }): Promise<'up' | 'down' | 'left alone'> {
  const { panelId } = input;
  const before = await findPanelHealth(deps.db, panelId);
  if (isLeftAlone(before, deps.clock.now())) return 'left alone';
  try {
    await askHealth(deps, panelId);
    return 'up';
  } catch (thrown) {
    const error = await noteTrouble(deps, panelId, thrown);
    const after = await findPanelHealth(deps.db, panelId);
    if (after?.state !== 'down') throw error;
    // A restart of the panel is over before this is true twice.
    if (before?.state === 'down') await tellPanelDown(deps, panelId, { code: after.errorCode ?? '', message: after.errorText ?? '' });
    return 'down';
  }
}
