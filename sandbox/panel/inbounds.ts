/** Inbounds of a simulated panel, as a real 3x-ui 2.9.4 stores them: settings and stream settings are JSON in strings. */
export interface StoredInbound {
  id: number;
  remark: string;
  enable: boolean;
  listen: string;
  port: number;
  protocol: string;
  settings: string;
  streamSettings: string;
  tag: string;
}

export interface StoredClient {
  [field: string]: unknown;
  id?: string;
  email?: string;
  subId?: string;
  enable?: boolean;
  expiryTime?: number;
  totalGB?: number;
}

export interface TrafficRow {
  inboundId: number;
  email: string;
  uuid: string;
  subId: string;
  enable: boolean;
  expiryTime: number;
  total: number;
  up: number;
  down: number;
}

function inbound(id: number, remark: string, stream: object): StoredInbound {
  return {
    id,
    remark,
    enable: true,
    listen: '',
    port: 20_000 + id,
    protocol: 'vless',
    settings: JSON.stringify({ clients: [], decryption: 'none', fallbacks: [] }),
    streamSettings: JSON.stringify(stream),
    tag: `inbound-${20_000 + id}`,
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
