import type { App, FeedSettings } from '../domain/app';
import { readExtra } from '../domain/linkStream';
import type { Node, Security, Transport } from '../domain/node';
import { refusedFamilies } from '../domain/reality';
import { isAtLeast, readVersion } from '../domain/version';
import { capabilities, type Feature, type Lack } from './capabilities';

function ofTransport(transport: Transport): Feature {
  if (transport.kind === 'tcp') return 'headerType' in transport ? 'http-header' : 'tcp';
  return transport.kind === 'grpc' && transport.multi ? 'grpc-multi' : transport.kind;
}

function ofSecurity(security: Security): readonly Feature[] {
  if (security.kind !== 'tls') return [security.kind];
  return [
    'tls',
    ...(security.pins === undefined ? [] : (['pins'] as const)),
    ...(security.verifyName === undefined ? [] : (['verify-name'] as const)),
  ];
}

function hasSplitDownload(transport: Transport): boolean {
  return transport.kind === 'xhttp' && transport.extra !== undefined && 'downloadSettings' in readExtra(transport.extra);
}

/** What the node asks of an app. */
export function featuresOf(node: Node): readonly Feature[] {
  if (node.protocol === 'shadowsocks') return [node.method.startsWith('2022-') ? 'shadowsocks-2022' : 'shadowsocks'];
  if (node.protocol === 'hysteria2') return ['hysteria2', ...ofSecurity(node.security)];
  return [
    node.protocol,
    ofTransport(node.transport),
    ...ofSecurity(node.security),
    ...(hasSplitDownload(node.transport) ? (['split-download'] as const) : []),
    ...(node.finalMask === undefined ? [] : (['final-mask'] as const)),
    ...(node.protocol === 'vless' && node.flow !== undefined ? (['vision'] as const) : []),
    ...(node.protocol === 'vless' && node.encryption !== 'none' ? (['encryption'] as const) : []),
  ];
}

function isHeld(lack: Lack, app: App): boolean {
  if (lack.until === undefined) return true;
  const version = readVersion(app.version);
  return version === undefined ? lack.unknownCan !== true : !isAtLeast(version, readVersion(lack.until) ?? []);
}

function isRefused(node: Node, app: App): boolean {
  const { announcesAs } = capabilities[app.family];
  if (announcesAs === undefined || !('security' in node) || node.security.kind !== 'reality') return false;
  return refusedFamilies(node.security.minClient).includes(announcesAs);
}

/** Xray alone knows the flow that leaves UDP port 443 alone; to the others it is plain Vision. */
function withKnownFlow(node: Node, app: App): Node {
  const isXray = ['xray', 'happ', 'other'].includes(app.family);
  if (isXray || node.protocol !== 'vless' || node.flow === undefined) return node;
  return { ...node, flow: node.flow.replace(/-udp443$/, '') };
}

/** The nodes that this app understands and whose servers let it in, as it understands them. */
export function nodesFor(app: App, nodes: readonly Node[], settings: FeedSettings): readonly Node[] {
  const isOpened = (lack: Lack): boolean => settings.xhttpForMihomo && app.family === 'mihomo' && lack.together.join() === 'xhttp';
  const lacks = capabilities[app.family].lacks.filter((lack) => isHeld(lack, app) && !isOpened(lack));
  return nodes
    .filter((node) => {
      const features = featuresOf(node);
      return !isRefused(node, app) && !lacks.some(({ together }) => together.every((feature) => features.includes(feature)));
    })
    .map((node) => withKnownFlow(node, app));
}
