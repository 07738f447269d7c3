/** One client inside an inbound's settings, as it was written. */
export interface StoredClient {
  [field: string]: unknown;
  id?: string;
  email?: string;
  password?: string;
  subId?: string;
  flow?: string;
  enable?: boolean;
  expiryTime?: number;
  totalGB?: number;
}

export interface InboundSettings {
  [field: string]: unknown;
  clients: StoredClient[];
}

/** An inbound; its settings are kept parsed and shown as the version shows them. */
export interface StoredInbound {
  id: number;
  remark: string;
  enable: boolean;
  listen: string;
  port: number;
  protocol: string;
  tag: string;
  settings: InboundSettings;
  streamSettings: Record<string, unknown>;
  sniffing: unknown;
  /** Shown by 2.6.0 only. */
  allocate?: unknown;
}

/** What the panel counts for one name. It stands beside the settings, and may disagree with them. */
export interface TrafficRow {
  id: number;
  inboundId: number;
  email: string;
  uuid: string;
  subId: string;
  enable: boolean;
  expiryTime: number;
  total: number;
  reset: number;
  up: number;
  down: number;
  /** Of all time: a reset leaves it. */
  allTime: number;
}

const sniffing = { enabled: true, destOverride: ['http', 'tls', 'quic', 'fakedns'], metadataOnly: false, routeOnly: false };

function inbound(id: number, remark: string, streamSettings: Record<string, unknown>): StoredInbound {
  return {
    id,
    remark,
    enable: true,
    listen: '',
    port: 20_000 + id,
    protocol: 'vless',
    tag: `inbound-${20_000 + id}`,
    settings: { clients: [], decryption: 'none', fallbacks: [] },
    streamSettings,
    sniffing,
  };
}

/** Three inbounds as an operator would set them up: REALITY, WebSocket with TLS, gRPC with TLS. */
export function seedInbounds(): StoredInbound[] {
  return [
    inbound(1, 'Reality', {
      network: 'tcp',
      security: 'reality',
      externalProxy: [],
      realitySettings: {
        serverNames: ['www.example.com'],
        shortIds: ['a1b2c3d4'],
        settings: { publicKey: 'OWRF0JzDHjk2zOoSiJmRya2XmdmS1l-AtzVUoPCkAUs', fingerprint: 'chrome', serverName: '', spiderX: '/' },
      },
      tcpSettings: { acceptProxyProtocol: false, header: { type: 'none' } },
    }),
    inbound(2, 'WS', {
      network: 'ws',
      security: 'tls',
      externalProxy: [],
      tlsSettings: { serverName: 'vpn.example', alpn: ['h2', 'http/1.1'], settings: { allowInsecure: false, fingerprint: 'chrome' } },
      wsSettings: { acceptProxyProtocol: false, path: '/ws', host: 'vpn.example', headers: {} },
    }),
    inbound(3, 'gRPC', {
      network: 'grpc',
      security: 'tls',
      externalProxy: [],
      tlsSettings: { serverName: 'grpc.example', alpn: ['h2'], settings: { allowInsecure: false, fingerprint: 'firefox' } },
      grpcSettings: { serviceName: 'kiosk', authority: '', multiMode: false },
    }),
  ];
}

/** What names a client inside its inbound: the password of trojan, the email of shadowsocks, the id of all others. */
export function keyOf(protocol: string, client: StoredClient): string {
  const key = protocol === 'trojan' ? client.password : protocol === 'shadowsocks' ? client.email : client.id;
  return key ?? '';
}

/** Whether flow means something on this inbound: plain TCP with TLS or REALITY. */
export function takesFlow({ protocol, streamSettings }: StoredInbound): boolean {
  const { network, security } = streamSettings;
  return protocol === 'vless' && (network === 'tcp' || network === 'raw') && (security === 'tls' || security === 'reality');
}
