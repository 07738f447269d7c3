import { z } from 'zod';
import type { Clock } from '../clock';
import { ShopError } from '../errors';
import { createHttpClient, type TlsChoice } from '../http';
import { createThreeXUi } from './3x-ui/panel';
import { panelKinds } from './blocks';
import { createMarzban } from './marzban/panel';
import type { Panel } from './panel';
import { createPasarGuard } from './pasarguard/panel';
import { createRemnawave } from './remnawave/panel';

/** A panel as stored, credentials opened; `version` changes with any of it. */
export interface StoredPanel {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly tls: TlsChoice;
  readonly credentials: unknown;
  readonly version: string;
}

export interface PanelDirectoryDeps {
  readonly load: (panelId: string) => Promise<StoredPanel | undefined>;
  readonly clock: Clock;
}

export interface PanelDirectory {
  /** The panel with its present settings; throws `NotFound` or `ConfigInvalid`. */
  get(panelId: string): Promise<Panel>;
  close(): Promise<void>;
}

const passwordLogin = z.object({ username: z.string().min(1), password: z.string().min(1) });
const threeXUiCredentials = z.union([z.object({ token: z.string().min(1) }), passwordLogin.extend({ totpSecret: z.string().optional() })]);
const remnawaveToken = z.object({ token: z.string().min(1), apiKey: z.string().optional() });
const tokenOrLogin = z.union([z.object({ token: z.string().min(1) }), passwordLogin]);

function opened<T>(stored: StoredPanel, schema: z.ZodType<T>, need: string): T {
  const credentials = schema.safeParse(stored.credentials);
  if (credentials.success) return credentials.data;
  throw new ShopError('ConfigInvalid', { message: `panel ${stored.id} needs ${need}` });
}

function build(stored: StoredPanel, clock: Clock): Panel {
  const deps = { http: createHttpClient({ tls: stored.tls }), clock };
  const { url } = stored;
  switch (stored.kind) {
    case '3x-ui':
      return createThreeXUi({ url, ...opened(stored, threeXUiCredentials, 'a username and a password, or a token') }, deps);
    case 'remnawave':
      return createRemnawave({ url, ...opened(stored, remnawaveToken, 'a token') }, deps);
    case 'marzban':
      return createMarzban({ url, ...opened(stored, passwordLogin, 'a username and a password') }, deps);
    case 'pasarguard':
      return createPasarGuard({ url, ...opened(stored, tokenOrLogin, 'a token, or a username and a password') }, deps);
    default:
      throw new ShopError('ConfigInvalid', {
        message: `panel ${stored.id} is of the kind "${stored.kind}"; the shop knows: ${panelKinds.join(', ')}`,
      });
  }
}

/** Makes the directory: panels are built from what is stored, with one session each, and kept until that changes. */
export function createPanelDirectory(deps: PanelDirectoryDeps): PanelDirectory {
  const built = new Map<string, { readonly version: string; readonly panel: Panel }>();
  return {
    async get(panelId) {
      const stored = await deps.load(panelId);
      if (stored === undefined) throw new ShopError('NotFound', { message: `panel ${panelId} does not exist` });
      const known = built.get(panelId);
      if (known?.version === stored.version) return known.panel;
      const panel = build(stored, deps.clock);
      built.set(panelId, { version: stored.version, panel });
      await known?.panel.close();
      return panel;
    },
    async close() {
      await Promise.all([...built.values()].map((entry) => entry.panel.close()));
    },
  };
}
