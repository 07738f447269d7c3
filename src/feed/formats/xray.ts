import type { Node } from '../../domain/node';
import type { Fields } from './document';
import { xrayOutboundOf } from './xrayOutbound';

const inbounds: readonly Fields[] = [
  {
    tag: 'socks',
    listen: '127.0.0.1',
    port: 10808,
    protocol: 'socks',
    settings: { auth: 'noauth', udp: true },
    sniffing: { enabled: true, destOverride: ['http', 'tls', 'quic'] },
  },
  { tag: 'http', listen: '127.0.0.1', port: 10809, protocol: 'http', settings: {} },
];

/** Private networks go around the VPN; everything else takes the first outbound. Ranges are written out, because apps may lack the geo files. */
const routing: Fields = {
  domainStrategy: 'AsIs',
  rules: [
    {
      type: 'field',
      ip: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16', 'fc00::/7', 'fe80::/10', '::1/128'],
      outboundTag: 'direct',
    },
  ],
};

function configurationOf(node: Node): Fields {
  return {
    remarks: node.name,
    log: { loglevel: 'warning' },
    dns: { servers: ['1.1.1.1', '8.8.8.8'], queryStrategy: 'UseIP' },
    inbounds,
    outbounds: [xrayOutboundOf(node), { tag: 'direct', protocol: 'freedom' }, { tag: 'block', protocol: 'blackhole' }],
    routing,
  };
}

/** Nodes as an array of whole Xray configurations, one a node, as v2rayNG, Happ and others import it. */
export function xrayBody(nodes: readonly Node[]): string {
  return JSON.stringify(nodes.map((node) => configurationOf(node)));
}
