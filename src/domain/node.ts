/** How bytes travel: the `type` of a share link. */
export type Transport =
  | { readonly kind: 'tcp' }
  | { readonly kind: 'tcp'; readonly headerType: 'http'; readonly path: string; readonly host?: string }
  | { readonly kind: 'ws' | 'httpupgrade'; readonly path: string; readonly host?: string }
  | { readonly kind: 'grpc'; readonly serviceName: string; readonly authority?: string; readonly multi: boolean }
  /** `extra` is a JSON object in text: what the two sides must agree on beyond path, host and mode. */
  | { readonly kind: 'xhttp'; readonly path: string; readonly host?: string; readonly mode?: string; readonly extra?: string }
  | { readonly kind: 'kcp'; readonly headerType?: string; readonly seed?: string; readonly mtu?: number; readonly tti?: number };

export interface TlsSecurity {
  readonly kind: 'tls';
  readonly sni?: string;
  readonly fingerprint?: string;
  readonly alpn?: readonly string[];
  /** Encrypted Client Hello: a configuration list in base64, or where to ask for one. */
  readonly ech?: string;
  /** SHA-256 digests of the certificates to accept (`pcs`). */
  readonly pins?: readonly string[];
  /** Name the certificate must have, where it is not the SNI (`vcn`). */
  readonly verifyName?: string;
  readonly cipherSuites?: string;
  /** Certificates are not verified; gone from Xray 26.6.22 on. */
  readonly insecure?: true;
}

export interface RealitySecurity {
  readonly kind: 'reality';
  readonly publicKey: string;
  readonly shortId?: string;
  readonly sni?: string;
  readonly fingerprint?: string;
  readonly spiderX?: string;
  /** ML-DSA-65 verification key (`pqv`). */
  readonly mldsa65Verify?: string;
  /** Oldest app that the server lets in, as `x.y.z`; absent where it asks for none (see `reality.ts`). */
  readonly minClient?: string;
}

export type Security = { readonly kind: 'none' } | TlsSecurity | RealitySecurity;

interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly name: string;
}

interface Stream extends Endpoint {
  readonly transport: Transport;
  readonly security: Security;
  /** Xray's `finalmask`, a JSON object in text; only Xray understands it. */
  readonly finalMask?: string;
}

export interface VlessNode extends Stream {
  readonly protocol: 'vless';
  readonly uuid: string;
  readonly encryption: string;
  readonly flow?: string;
  readonly packetEncoding?: 'xudp' | 'packetaddr';
}

export interface TrojanNode extends Stream {
  readonly protocol: 'trojan';
  readonly password: string;
}

export interface VmessNode extends Stream {
  readonly protocol: 'vmess';
  readonly uuid: string;
  readonly cipher: string;
  readonly security: { readonly kind: 'none' } | TlsSecurity;
}

/** Shadowsocks on bare TCP and UDP; for the 2022 methods `password` is `server:user`. */
export interface ShadowsocksNode extends Endpoint {
  readonly protocol: 'shadowsocks';
  readonly method: string;
  readonly password: string;
}

export interface Hysteria2Node extends Endpoint {
  readonly protocol: 'hysteria2';
  readonly password: string;
  readonly security: TlsSecurity;
  /** Ports to hop over, as `20000-50000,60000`. */
  readonly ports?: string;
  /** Password of the Salamander obfuscation. */
  readonly obfsPassword?: string;
}

/** One entry of a feed: a server as an app needs to know it. */
export type Node = VlessNode | TrojanNode | VmessNode | ShadowsocksNode | Hysteria2Node;
