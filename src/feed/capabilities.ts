import type { AppFamily } from '../domain/app';
import type { RealityFamily } from '../domain/reality';

/** What a node asks of an app. */
export type Feature =
  | 'vless'
  | 'trojan'
  | 'vmess'
  | 'shadowsocks'
  | 'shadowsocks-2022'
  | 'hysteria2'
  | 'tcp'
  | 'http-header'
  | 'ws'
  | 'httpupgrade'
  | 'grpc'
  | 'grpc-multi'
  | 'xhttp'
  | 'kcp'
  | 'none'
  | 'tls'
  | 'reality'
  | 'vision'
  | 'encryption'
  | 'final-mask'
  | 'split-download'
  | 'pins'
  | 'verify-name';

/** Features that an app cannot serve together. */
export interface Lack {
  readonly together: readonly Feature[];
  /** Version from which on it can. */
  readonly until?: string;
  /** Whether an app that does not tell its version is taken for one that can. */
  readonly unknownCan?: boolean;
}

export interface Capabilities {
  readonly lacks: readonly Lack[];
  /** As which core the app announces itself to REALITY servers, where that is not Xray with a version of its own. */
  readonly announcesAs?: RealityFamily;
  /** Whether the app reads links of kinds that the shop does not know. */
  readonly readsUnknownLinks: boolean;
}

const lack = (...together: readonly Feature[]): Lack => ({ together });

const ofSingbox: Capabilities = {
  announcesAs: 'singbox',
  readsUnknownLinks: false,
  lacks: [
    lack('xhttp'),
    lack('kcp'),
    lack('encryption'),
    lack('grpc-multi'),
    lack('final-mask'),
    // Its HTTP transport is the TCP header only where there is no TLS below.
    lack('http-header', 'tls'),
    lack('http-header', 'reality'),
    // It can pin public keys and verify the SNI, nothing else.
    lack('pins'),
    lack('verify-name'),
  ],
};

/** Trojan of the Clash family always has TLS, and an unknown network silently becomes TCP: a dead server, not an error. */
const clashTrojan: readonly Lack[] = [
  lack('trojan', 'none'),
  lack('trojan', 'http-header'),
  lack('trojan', 'xhttp'),
  lack('trojan', 'kcp'),
];

const xray: Capabilities = { lacks: [], readsUnknownLinks: true };

/** Which app understands which node: the matrix of the panels' makers and apps' documents, one entry a family. */
export const capabilities: Readonly<Record<AppFamily, Capabilities>> = {
  xray,
  happ: xray,
  other: xray,
  hiddify: { announcesAs: 'singbox', readsUnknownLinks: true, lacks: [lack('final-mask')] },
  throne: { announcesAs: 'singbox', readsUnknownLinks: true, lacks: [lack('final-mask')] },
  shadowrocket: {
    readsUnknownLinks: true,
    lacks: [lack('final-mask'), lack('encryption'), { together: ['hysteria2'], until: '1993', unknownCan: true }],
  },
  singbox: ofSingbox,
  nekobox: ofSingbox,
  karing: ofSingbox,
  mihomo: {
    announcesAs: 'mihomo',
    readsUnknownLinks: false,
    lacks: [
      lack('kcp'),
      lack('grpc-multi'),
      lack('final-mask'),
      // Its words for a separate way down are its own.
      lack('split-download'),
      lack('vmess', 'xhttp'),
      ...clashTrojan,
      { together: ['xhttp'], until: '1.19.22' },
      { together: ['encryption'], until: '1.19.13', unknownCan: true },
    ],
  },
  stash: {
    announcesAs: 'mihomo',
    readsUnknownLinks: false,
    lacks: [
      lack('xhttp'),
      lack('kcp'),
      lack('grpc-multi'),
      lack('encryption'),
      lack('final-mask'),
      lack('verify-name'),
      lack('vmess', 'httpupgrade'),
      lack('vless', 'http-header'),
      lack('trojan', 'reality'),
      ...clashTrojan,
      { together: ['reality'], until: '3.1', unknownCan: true },
      { together: ['vision'], until: '3.1', unknownCan: true },
      { together: ['shadowsocks-2022'], until: '3.0', unknownCan: true },
      { together: ['hysteria2'], until: '2.5', unknownCan: true },
    ],
  },
  clash: {
    readsUnknownLinks: false,
    lacks: [
      lack('vless'),
      lack('hysteria2'),
      lack('shadowsocks-2022'),
      lack('reality'),
      lack('httpupgrade'),
      lack('http-header'),
      lack('grpc-multi'),
      lack('xhttp'),
      lack('kcp'),
      lack('final-mask'),
      lack('pins'),
      lack('verify-name'),
      ...clashTrojan,
    ],
  },
};
