import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Node } from '../../src/domain/node';
import { combinations, encryption, others, reality, type SecurityName, type TransportName } from '../unit/feed/nodes';

/** A key pair for tests alone: its public half is the one of the sample nodes. */
const realityPrivateKey = 'iDM_dhIAKvWSBfGkuVueQSouw7p6345AcM8evCwVLlA';
const decryption = 'mlkem768x25519plus.native.600s.yN4UcRfbHd5o89Rgxl8eCu4egDKZS1bruGaq3oRmeHA';
const firstPort = 23_000;

export interface Certificate {
  readonly certificate: readonly string[];
  readonly key: readonly string[];
  readonly pin: string;
}

/** A certificate of the sample nodes' SNI, signed by itself. */
export function makeCertificate(): Certificate {
  const { stdout } = spawnSync('xray', ['tls', 'cert', '-domain=sni.example', '-name=sni.example'], { encoding: 'utf8' });
  const made = z.object({ certificate: z.array(z.string()), key: z.array(z.string()) }).parse(JSON.parse(stdout));
  const pin = new X509Certificate(made.certificate.join('\n')).fingerprint256.replaceAll(':', '').toLowerCase();
  // The key is PKCS #8 under another name, which Node does not read.
  return { certificate: made.certificate, key: made.key.map((line) => line.replace('RSA PRIVATE KEY', 'PRIVATE KEY')), pin };
}

/** The site that REALITY borrows its face from. */
export async function startBorrowedSite({ certificate, key }: Certificate): Promise<TlsServer> {
  const site = createTlsServer({ cert: certificate.join('\n'), key: key.join('\n'), minVersion: 'TLSv1.3' }, (_request, response) =>
    response.end(),
  );
  await new Promise<void>((resolve) => {
    site.listen(0, '127.0.0.1', resolve);
  });
  return site;
}

const transports: Readonly<Record<TransportName, object>> = {
  tcp: { network: 'tcp' },
  http: { network: 'tcp', tcpSettings: { header: { type: 'http', request: { path: ['/h'], headers: { Host: ['h.example'] } } } } },
  ws: { network: 'ws', wsSettings: { path: '/w', host: 'w.example' } },
  httpupgrade: { network: 'httpupgrade', httpupgradeSettings: { path: '/u', host: 'u.example' } },
  grpc: { network: 'grpc', grpcSettings: { serviceName: 'svc' } },
  grpcMulti: { network: 'grpc', grpcSettings: { serviceName: 'svc' } },
  xhttp: { network: 'xhttp', xhttpSettings: { path: '/x', host: 'x.example', mode: 'auto', extra: { xPaddingBytes: '100-1000' } } },
  kcp: { network: 'kcp', kcpSettings: { mtu: 1350, tti: 50 } },
};

/** A node of the samples at this machine's server, and the inbound that serves it. */
export interface Served {
  readonly node: Node;
  readonly inbound: object;
}

interface Place {
  readonly certificate: Certificate;
  readonly borrowedPort: number;
}

function tlsSettings({ certificate }: Place, alpn: readonly string[]): object {
  return { alpn, certificates: [{ certificate: certificate.certificate, key: certificate.key }] };
}

function securitySettings(name: SecurityName, place: Place): object {
  if (name === 'none') return { security: 'none' };
  if (name === 'tls') return { security: 'tls', tlsSettings: tlsSettings(place, ['h2', 'http/1.1']) };
  return {
    security: 'reality',
    realitySettings: {
      target: `127.0.0.1:${place.borrowedPort}`,
      serverNames: [reality.sni],
      privateKey: realityPrivateKey,
      shortIds: [reality.shortId],
    },
  };
}

/** Settings of an inbound with the node's own client; written for the server, so nothing of the feed is in it. */
function settingsFor(node: Node): object {
  switch (node.protocol) {
    case 'vless':
      return {
        clients: [{ id: node.uuid, flow: node.flow?.replace('-udp443', '') ?? '' }],
        decryption: node.encryption === encryption ? decryption : 'none',
      };
    case 'vmess':
      return { clients: [{ id: node.uuid }] };
    case 'trojan':
      return { clients: [{ password: node.password }] };
    case 'shadowsocks': {
      const [server = '', user] = node.password.split(':');
      const isModern = node.method.startsWith('2022-');
      return isModern
        ? { method: node.method, password: server, clients: [{ password: user }], network: 'tcp,udp' }
        : { method: node.method, password: server, network: 'tcp,udp' };
    }
    case 'hysteria2':
      return { version: 2, clients: [{ auth: node.password }] };
  }
}

function hysteriaStream(place: Place, obfsPassword: string | undefined): object {
  return {
    network: 'hysteria',
    hysteriaSettings: { version: 2, auth: 'auth' },
    security: 'tls',
    tlsSettings: tlsSettings(place, ['h3']),
    ...(obfsPassword === undefined ? {} : { finalmask: { udp: [{ type: 'salamander', settings: { password: obfsPassword } }] } }),
  };
}

function wanted(place: Place): readonly (readonly [Node, object])[] {
  const stream = (transport: TransportName, security: SecurityName): object => ({
    ...transports[transport],
    ...securitySettings(security, place),
  });
  const hysteria = { ...others.hysteria2, name: 'hysteria2 obfs', obfsPassword: 'obfuscation' };
  return [
    ...combinations.map(({ node, transport, security }) => [node, stream(transport, security)] as const),
    [others.vision, stream('tcp', 'reality')],
    [others.udp443, stream('tcp', 'tls')],
    [others.encrypted, stream('tcp', 'none')],
    [others.shadowsocks, stream('tcp', 'none')],
    [others.shadowsocks2022, stream('tcp', 'none')],
    [others.hysteria2, hysteriaStream(place, undefined)],
    [hysteria, hysteriaStream(place, 'obfuscation')],
  ];
}

/** Every sample node that a server can be made for without a name server, each with its inbound of Xray. */
export function servedNodes(place: Place): readonly Served[] {
  return wanted(place).map(([node, streamSettings], index) => {
    const port = firstPort + index;
    return {
      node: { ...node, address: '127.0.0.1', port },
      inbound: {
        tag: node.name,
        listen: '127.0.0.1',
        port,
        protocol: node.protocol === 'hysteria2' ? 'hysteria' : node.protocol,
        settings: settingsFor(node),
        streamSettings,
      },
    };
  });
}

/** How an app is to know the certificate, which no authority signed: by its pin, or not at all where it has no pins. */
export function trusting(node: Node, trust: { readonly pin: string } | 'insecure'): Node {
  if (!('security' in node) || node.security.kind !== 'tls') return node;
  const how = trust === 'insecure' ? { insecure: true as const } : { pins: [trust.pin] };
  const security = { ...node.security, ...how };
  return node.protocol === 'hysteria2' ? { ...node, security } : { ...node, security };
}

export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
