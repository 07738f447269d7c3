import type { AppFamily, FeedFormat } from '../domain/app';

/** One line of the detection table: the first that matches the User-Agent decides. */
export interface AppRule {
  readonly test: RegExp;
  readonly family: AppFamily;
  /** Where the app is answered otherwise than its family is. */
  readonly format?: FeedFormat;
  /** Finds the version that the family's limits are counted in. */
  readonly version?: RegExp;
}

const singboxVersion = /(?:sing-?box[ /]|^sf[aimt]\/)v?(\d+\.\d+(?:\.\d+)?)/i;
const mihomoVersion = /(?:^|[ ;(])(?:mihomo|clash\.meta)\/v?(\d+\.\d+(?:\.\d+)?)/i;

/**
 * Apps by how their User-Agent begins. Anchored, because the names of apps stand in each other's User-Agents: Hiddify's and NekoBox's say
 * "ClashMeta", Hiddify's says "v2ray sing-box". No expression repeats what repeats, so each is linear in the length of the text.
 */
export const appRules: readonly AppRule[] = [
  { test: /^hiddify/i, family: 'hiddify' },
  { test: /^(?:happ|incy)\//i, family: 'happ' },
  { test: /^v2raytun/i, family: 'xray' },
  { test: /^(?:streisand|v2box|foxray|v2rayng|v2rayn|v2plus)(?:\/|$)/i, family: 'xray' },
  { test: /^(?:ktor-client|io\.github\.saeeddev94\.xray\/)/i, family: 'xray' },
  { test: /^shadowrocket\//i, family: 'shadowrocket', version: /^shadowrocket\/(\d+)/i },
  { test: /^(?:nekobox|nekoray)/i, family: 'nekobox' },
  { test: /^karing/i, family: 'karing' },
  { test: /^(?:(?:sfa|sfi|sfm|sft)\/|sing-?box)/i, family: 'singbox', version: singboxVersion },
  { test: /^stash/i, family: 'stash', version: /^stash\/v?(\d+(?:\.\d+){0,2})/i },
  // Karing names every app it can replace; it reads Clash YAML, but its core is sing-box.
  { test: /^mihomo\/[\d.]+;/i, family: 'karing', format: 'clash' },
  {
    test: /^(?:flclash|clash-verge|clash-nyanpasu|clash[-. ]?x[ -]?meta|clash[-.]?meta|clashmi|koala-clash|prizrak-box|mihomo|murge|flowvy)/i,
    family: 'mihomo',
    version: mihomoVersion,
  },
  { test: /^clash/i, family: 'clash' },
  { test: /^throne/i, family: 'throne' },
];

/** How a family is answered where nothing else is asked for. */
export const usualFormats: Readonly<Record<AppFamily, FeedFormat>> = {
  hiddify: 'base64',
  happ: 'base64',
  xray: 'base64',
  shadowrocket: 'base64',
  nekobox: 'base64',
  karing: 'base64',
  singbox: 'singbox',
  stash: 'stash',
  mihomo: 'mihomo',
  clash: 'clash',
  throne: 'base64',
  other: 'base64',
};

export const browsers = /^(?:mozilla|opera)\//i;

/** Programs that fetch a link to show a preview of it: they get the page, and nothing that opens anything. */
export const previewBots =
  /(?:telegram|twitter|discord|slack|linkedin|pinterest|google|bing|yandex|apple)bot|facebookexternalhit|whatsapp\/|vkshare|skypeuripreview/i;
