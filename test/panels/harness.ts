import type { AccountCredentials, Panel } from '../../src/panels/panel';
import type { PanelWriter } from '../../src/panels/panelWriter';

/** What only a simulator can be made to do. A case that needs one is skipped where it is missing, and says so. */
export interface PanelPowers {
  /** The next change of this kind is carried out, and its answer lost. */
  dropAnswer(change: 'create' | 'update' | 'remove'): Promise<void>;
  /** Keeps a copy of everything the panel holds, and gives a function that brings it back, as an operator restores a backup. */
  backUp(): Promise<() => Promise<void>>;
  /** Puts a foreign account there under the very name that our account would have. */
  addForeign(account: AccountCredentials): Promise<void>;
  /** Counts more traffic for the account than it may use, and lets the panel shut it. */
  useUp(account: AccountCredentials, bytes: number): Promise<void>;
  /** Lets the panel's own periodic work happen: it shuts what has ended. */
  runJobs(): Promise<void>;
  /** Logins that reached the panel so far. */
  countLogins(): Promise<number>;
}

export interface OpenedPanel {
  /** The panel as one worker process has it, with a session of its own; or with something wrong in its settings. */
  connect(wrong?: 'password' | 'path'): Panel;
  /** The panel's lock, as all processes of a shop share it. */
  readonly writer: PanelWriter;
  /** Two targets an account can be sold on, and one that does not exist. */
  readonly targets: readonly [string, string];
  readonly absentTarget: string;
  readonly powers: Partial<PanelPowers>;
  close(): Promise<void>;
}

/** One adapter against one version of its panel: how to get a fresh one. */
export interface PanelHarness {
  readonly title: string;
  open(): Promise<OpenedPanel>;
}
