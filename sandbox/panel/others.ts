import type { Faults } from '../faults';
import { marzbanRules } from './marzban/marzban';
import { mountPanel, type PanelSimulation } from './mount';
import { pasarguardRules } from './pasarguard/pasarguard';
import { remnawaveRules } from './remnawave/remnawave';

/** Panels beside 3x-ui that the sandbox can be, each as a recorded version. */
export type OtherPanel = 'remnawave-2.8.1' | 'remnawave-3.3.2' | 'marzban-0.8.4' | 'pasarguard-5.2.1';

export interface OtherPanelOptions {
  readonly name: string;
  readonly kind: OtherPanel;
  /** The password is the token where the kind wants one. */
  readonly login: { readonly username: string; readonly password: string };
  readonly faults: Faults;
  readonly jobMs?: number;
}

/** Makes a simulated panel of another kind than 3x-ui. */
export function openOtherPanel({ kind, login, ...mount }: OtherPanelOptions): PanelSimulation {
  switch (kind) {
    case 'remnawave-2.8.1':
    case 'remnawave-3.3.2':
      return mountPanel(remnawaveRules({ version: kind === 'remnawave-2.8.1' ? '2.8.1' : '3.3.2', token: login.password }), mount);
    case 'marzban-0.8.4':
      return mountPanel(marzbanRules(login), mount);
    case 'pasarguard-5.2.1':
      // The name `admin` is the one of its environment, which may not log in.
      return mountPanel(pasarguardRules({ username: 'owner', password: login.password }), mount);
  }
}
