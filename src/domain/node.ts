/** How bytes travel: the `type` of a share link. */
export type Transport =
  | { readonly kind: 'tcp'; readonly headerType?: 'http'; readonly path?: string; readonly host?: string }
  | { readonly kind: 'ws'; readonly path: string; readonly host?: string }
  | { readonly kind: 'httpupgrade'; readonly path: string; readonly host?: string }
  | { readonly kind: 'grpc'; readonly serviceName: string; readonly authority?: string; readonly multi: boolean }
  | { readonly kind: 'xhttp'; readonly path: string; readonly host?: string; readonly mode?: string; readonly extra?: string };

export type Security =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls'; readonly sni?: string; readonly fingerprint?: string; readonly alpn?: readonly string[] }
  | {
      readonly kind: 'reality';
      readonly publicKey: string;
      readonly shortId?: string;
      readonly sni?: string;
      readonly fingerprint?: string;
      readonly spiderX?: string;
    };

/** One entry of a feed: a VLESS server as an app needs to know it. */
export interface Node {
  readonly protocol: 'vless';
  readonly uuid: string;
  readonly address: string;
  readonly port: number;
  readonly encryption: string;
  readonly flow?: string;
  readonly transport: Transport;
  readonly security: Security;
  readonly name: string;
}
