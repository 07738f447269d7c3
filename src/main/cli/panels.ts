import { listPanels } from '../../db/catalog';
import { panelReport, type PanelReport } from '../../db/panelReport';
import { trustPanel } from '../../db/panelSync';
import { ShopError } from '../../errors';
import { say, type CliContext } from './context';

/** How long an operator's word for a panel's list holds: one or two syncs. */
const trustMs = 30 * 60_000;
const gigabyte = 1024 ** 3;

function stateLine(panel: PanelReport): string {
  if (panel.checkedAt === undefined && panel.state === undefined) return 'not asked yet; the worker asks every minute';
  const since = panel.since === undefined ? '' : ` since ${panel.since.toISOString()}`;
  if (panel.state === 'down') return `DOWN${since}: ${panel.errorText ?? 'no answer'}`;
  const untried = panel.evidence === 'untried' ? '; this version was never tried on a real panel' : '';
  return `up${since}, ${panel.kind} ${panel.version ?? '?'}, core ${panel.coreState ?? '?'}${untried}`;
}

function repairedLine(panel: PanelReport): string {
  const parts = Object.entries(panel.repaired).map(([drift, count]) => `${drift} ${count}`);
  return parts.length === 0 ? 'no drift' : `drift repaired: ${parts.join(', ')}`;
}

function linesOf(panel: PanelReport): readonly string[] {
  const sync =
    panel.syncedAt === undefined
      ? 'not compared yet; every 15 minutes'
      : `compared ${panel.syncedAt.toISOString()}, ${repairedLine(panel)}`;
  return [
    stateLine(panel),
    `accounts: ${panel.ours} of this shop, ${panel.foreign} foreign (never touched); used ${(panel.usedBytes / gigabyte).toFixed(1)} GB`,
    panel.refreshedLinks > 0 ? `${sync}, ${panel.refreshedLinks} link(s) made anew` : sync,
    ...(panel.waiting === 0 ? [] : [`${panel.waiting} piece(s) of work wait for it`]),
    ...(panel.conflicts === 0
      ? []
      : [`! ${panel.conflicts} foreign client(s) have a name of this shop: rename or delete them on the panel`]),
    ...(panel.implausible === undefined ? [] : [`! not believed: ${panel.implausible}. If it is true: npm run shop -- repair ${panel.id}`]),
    ...panel.warnings.map((warning) => `! ${warning}`),
    ...(panel.state === 'down' ? ['! npm run shop -- doctor says what is wrong; work goes on by itself when it answers'] : []),
  ];
}

/** Prints how every panel is, what it holds, and what to do. */
export async function showPanels({ db }: CliContext): Promise<void> {
  const panels = await panelReport(db);
  for (const panel of panels) {
    say(panel.id);
    for (const line of linesOf(panel)) say(`  ${line}`);
  }
  if (panels.length === 0) say('There are no panels yet: npm run shop -- apply shop.yaml');
}

/** Says that a panel's list is true, so that the next sync makes it as the shop says. */
export async function repairPanel({ db }: CliContext, panelId: string): Promise<void> {
  if (!(await listPanels(db)).some((panel) => panel.id === panelId))
    throw new ShopError('NotFound', { message: `there is no panel "${panelId}"` });
  await trustPanel(db, panelId, new Date(Date.now() + trustMs));
  say(`The next comparison (within 15 minutes) makes panel ${panelId} as this shop says.`);
}
