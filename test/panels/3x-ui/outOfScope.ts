import type { ProfileName } from '../../../sandbox/panel/profiles';

interface Left {
  /** Names of exchanges. */
  readonly names: RegExp;
  readonly why: string;
  readonly versions?: readonly ProfileName[];
}

/** Recorded exchanges that are not replayed, and why. Everything else is, in order. */
const left: readonly Left[] = [
  {
    names: /^server-status-(xray-stopped|after-repeated-adds|after-odd-clients)$/,
    why: 'asked within the two seconds after which the panel looks at xray again',
    versions: ['2.6.0', '2.9.4', '3.0.2', '3.1.0'],
  },
  { names: /^sub-/, why: 'the panel’s own subscription port: the shop has its own feed and never asks it' },
  { names: /^(settings|default-settings|xray-setting|restart-panel)/, why: 'settings of the panel: the shop never reads or writes them' },
  { names: /^(unauth-index|index-while-logged-in|unauth-panel-page|openapi-json)$/, why: 'pages for people' },
  { names: /^(wrong-base-path|root-path|base-path-without)/, why: 'outside the path of the panel, where the sandbox has other things' },
  { names: /uppercase-api$/, why: 'an old spelling of the path, redirected by every version' },
  { names: /^new-x25519/, why: 'makes keys for new inbounds, which is the operator’s work' },
  {
    names: /-while-failing$|^server-status-(old-path|old-location|new-location)$/,
    why: 'xray lacked its data files until they were put there',
  },
  {
    names: /^client-(bulk|get-bulk)/,
    why: 'bulk calls, which the shop never makes: some are relative and none says what became of each account',
  },
  { names: /^clients-(list-paged|export)/, why: 'pages and exports: the shop takes the whole list' },
  { names: /^inbounds-(options|list-slim)/, why: 'shorter lists: the shop needs the settings' },
  { names: /^client-get-by-tgid/, why: 'by Telegram id, which the shop never gives to a panel' },
  {
    names: /^(client-links|sub-links|get-sub-links|get-client-links)/,
    why: 'links are built by the shop, and compared with recorded ones beside its parser',
  },
  { names: /^bearer-settings-all$/, why: 'settings of the panel' },
  { names: /echo-of-export|after-echo-of-export/, why: 'needs the export, which is not replayed' },
];

/** Why an exchange is not replayed; undefined = it is. */
export function whyLeft(name: string, version: ProfileName): string | undefined {
  return left.find((one) => one.names.test(name) && (one.versions === undefined || one.versions.includes(version)))?.why;
}

interface Known {
  readonly version: ProfileName;
  /** Exchange and place, as differences name them. */
  readonly at: RegExp;
  readonly why: string;
}

/** Differences that are left on purpose. */
const known: readonly Known[] = [
  {
    version: '3.1.0',
    at: /^(clients-list: \.obj\[2\]|client-get-disabled: \.obj\.client)\.password: /,
    why: 'a record on trojan and shadowsocks loses its password by itself; the shop sells one protocol at a time on this version',
  },
  {
    version: '3.1.0',
    at: /^client-disable: /,
    why: 'the same record can no longer be updated after that',
  },
  {
    version: '3.6.0',
    at: /^clients-list: \.obj\[1\]\.flow: /,
    why: 'the panel fills the record from its inbounds some time later; the shop reads flow from the inbounds',
  },
];

/** Differences left on purpose in a version, each with its reason. */
export function knownDifferences(version: ProfileName): readonly Known[] {
  return known.filter((one) => one.version === version);
}
