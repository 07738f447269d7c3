import { z } from 'zod';

const secret = z.string().min(1);

/** What the shop needs to know of each kind of panel: the fields of its block in `shop.yaml`, and how a server names its targets there. */
export const panelBlocks = {
  '3x-ui': {
    fields: {
      username: secret.optional(),
      password: secret.optional(),
      /** Secret of the second factor in base32, as the panel shows it beside the QR code. */
      totpSecret: z
        .string()
        .regex(/^[A-Z2-7]{16,}=*$/, 'has to be the secret in base32, as shown beside the QR code')
        .optional(),
      /** API token, from 3.0 on; in place of a user name and password. */
      token: secret.optional(),
    },
    /** A token, or a user name and a password; the fields above say no more than that each may be left out. */
    credentials: 'token or login',
    /** Field of a server that holds its targets on such a panel, and what one of them looks like. */
    targets: 'inbounds',
    target: { pattern: /^[1-9]\d*$/, message: 'has to hold numbers of inbounds, as the panel shows them' },
  },
  remnawave: {
    fields: {
      /** API token, made on the panel's settings page. */
      token: secret,
      /** Value of the header X-Api-Key, where a guard before the panel wants one. */
      apiKey: secret.optional(),
    },
    credentials: 'token',
    targets: 'squads',
    target: {
      pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      message: 'has to hold uuids of internal squads, in small letters, as the panel shows them',
    },
  },
  marzban: {
    fields: { username: secret, password: secret },
    credentials: 'login',
    targets: 'inbounds',
    target: { pattern: /^\S(.*\S)?$/, message: 'has to hold tags of inbounds, as the core configuration has them' },
  },
  pasarguard: {
    fields: {
      username: secret.optional(),
      password: secret.optional(),
      /** API key (`pg_key_…`), in place of a user name and password. */
      token: secret.optional(),
    },
    credentials: 'token or login',
    targets: 'groups',
    target: { pattern: /^[1-9]\d*$/, message: 'has to hold numbers of groups, as the panel shows them' },
  },
} as const;

export type PanelKind = keyof typeof panelBlocks;

// The keys of a literal, which `Object.keys` widens to strings.
export const panelKinds = Object.keys(panelBlocks) as PanelKind[];
