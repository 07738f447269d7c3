import type { PanelRules } from '../../sandbox/panel/mount';
import type { AccountCredentials, Panel } from '../../src/panels/panel';
import { createPanelWriter } from '../../src/panels/panelWriter';
import type { OpenedPanel } from './harness';
import { servePanel } from './serve';

export interface SimulatedSetup<Book> {
  readonly rules: PanelRules<Book>;
  connect(url: string, wrong?: 'password' | 'path'): Panel;
  readonly targets: readonly [string, string];
  readonly absentTarget: string;
  /** Operations of the simulator that stand for the changes of the port. */
  readonly changes: Readonly<Record<'create' | 'update' | 'remove', string>>;
  foreign(account: AccountCredentials): object;
  used(account: AccountCredentials, bytes: number): object;
  logins(calls: Readonly<Record<string, number>>): number;
}

/** Opens a simulated panel for the contract suite, with every power. */
export async function openSimulated<Book>(setup: SimulatedSetup<Book>): Promise<OpenedPanel> {
  const panel = await servePanel(setup.rules);
  // One process and no lock: these panels need no single writer.
  const writer = createPanelWriter(() => Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() }));
  return {
    connect: (wrong) => setup.connect(panel.url, wrong),
    writer,
    targets: setup.targets,
    absentTarget: setup.absentTarget,
    powers: {
      dropAnswer: (change) => panel.fault({ mode: 'drop', operation: setup.changes[change], count: 1 }),
      async backUp() {
        const book = await panel.book();
        return () => panel.restore(book);
      },
      addForeign: (account) => panel.plant(setup.foreign(account)),
      async useUp(account, bytes) {
        await panel.plant(setup.used(account, bytes));
        await panel.runJob();
      },
      runJobs: () => panel.runJob(),
      countLogins: async () => setup.logins(await panel.calls()),
    },
    close: () => panel.stop(),
  };
}
