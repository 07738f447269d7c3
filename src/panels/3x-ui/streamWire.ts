import { z } from 'zod';

const headersField = z.record(z.string(), z.unknown()).nullish();
const texts = z.array(z.string()).nullish();

/** `pinnedPeerCertSha256` and `alpn`: lists, or one string with commas. */
const listField = z.union([z.array(z.string()), z.string()]).nullish();

const tlsClient = z
  .looseObject({
    fingerprint: z.string().nullish(),
    echConfigList: z.string().nullish(),
    pinnedPeerCertSha256: listField,
    verifyPeerCertByName: z.string().nullish(),
    allowInsecure: z.boolean().nullish(),
  })
  .nullish();

const finalMask = z
  .looseObject({
    tcp: z.array(z.looseObject({ type: z.string() })).nullish(),
    udp: z
      .array(
        z.looseObject({
          type: z.string(),
          settings: z
            .looseObject({ password: z.string().optional(), header: z.string().optional(), value: z.string().optional() })
            .nullish(),
        }),
      )
      .nullish(),
    quicParams: z.looseObject({ udpHop: z.looseObject({ ports: z.union([z.string(), z.number()]).optional() }).nullish() }).nullish(),
  })
  .nullish();
export type FinalMask = z.infer<typeof finalMask>;

/** Another way to an inbound: what replaces its address and security in the links. */
const externalProxy = z.looseObject({
  forceTls: z.string().default('same'),
  dest: z.string(),
  port: z.int(),
  remark: z.string().default(''),
  sni: z.string().nullish(),
  fingerprint: z.string().nullish(),
  alpn: listField,
  pinnedPeerCertSha256: listField,
  verifyPeerCertByName: z.string().nullish(),
  echConfigList: z.string().nullish(),
});

/** A host of `panel/api/hosts` (from 3.4 on), the successor of an external proxy; read from source, never tried on a real panel. */
export const panelHostEntry = z.looseObject({
  inboundId: z.int(),
  sortOrder: z.int().default(0),
  remark: z.string().default(''),
  isDisabled: z.boolean().default(false),
  address: z.string().default(''),
  port: z.int().default(0),
  security: z.string().default('same'),
  sni: z.string().nullish(),
  hostHeader: z.string().nullish(),
  path: z.string().nullish(),
  alpn: listField,
  fingerprint: z.string().nullish(),
  overrideSniFromAddress: z.boolean().nullish(),
  keepSniBlank: z.boolean().nullish(),
  pinnedPeerCertSha256: listField,
  verifyPeerCertByName: z.string().nullish(),
  allowInsecure: z.boolean().nullish(),
  echConfigList: z.string().nullish(),
  excludeFromSubTypes: texts,
});
export type PanelHost = z.infer<typeof panelHostEntry>;

const pathAndHost = { path: z.string().default('/'), host: z.string().nullish(), headers: headersField };

/** Stream settings, the parts a share link is built from. */
export const streamSettings = z.looseObject({
  network: z.string(),
  security: z.string().default('none'),
  externalProxy: z.array(externalProxy).nullish(),
  finalmask: finalMask,
  tcpSettings: z
    .looseObject({
      header: z
        .looseObject({
          type: z.string().default('none'),
          request: z.looseObject({ path: texts, headers: headersField }).nullish(),
          response: z.looseObject({ headers: headersField }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  wsSettings: z.looseObject(pathAndHost).nullish(),
  httpupgradeSettings: z.looseObject(pathAndHost).nullish(),
  grpcSettings: z
    .looseObject({ serviceName: z.string().default(''), authority: z.string().nullish(), multiMode: z.boolean().default(false) })
    .nullish(),
  xhttpSettings: z.looseObject({ ...pathAndHost, mode: z.string().nullish() }).nullish(),
  kcpSettings: z
    .looseObject({
      header: z.looseObject({ type: z.string().optional() }).nullish(),
      seed: z.string().nullish(),
      mtu: z.number().nullish(),
      tti: z.number().nullish(),
    })
    .nullish(),
  tlsSettings: z.looseObject({ serverName: z.string().nullish(), alpn: texts, settings: tlsClient }).nullish(),
  realitySettings: z
    .looseObject({
      serverNames: texts,
      shortIds: texts,
      minClientVer: z.string().nullish(),
      settings: z.looseObject({
        publicKey: z.string(),
        fingerprint: z.string().nullish(),
        spiderX: z.string().nullish(),
        mldsa65Verify: z.string().nullish(),
      }),
    })
    .nullish(),
});
/** What else a panel from 3.0 on says about where an inbound is reached. */
export interface InboundPlace {
  /** Address of the panel's node that the inbound runs on. */
  readonly nodeAddress?: string;
  /** Hosts of this inbound (`panel/api/hosts`); where there is one, they take the place of external proxies. */
  readonly hosts?: readonly PanelHost[];
}

export type StreamSettings = z.infer<typeof streamSettings>;
