import type { Node } from './node';
import { isAtLeast, readVersion } from './version';

/** First Xray that asks for a minimal app version by itself, and what it asks for (Xray-core, `infra/conf/transport_internet.go`). */
const strictSince = [26, 7, 11];
const strictMinimum = '26.3.27';

/** Versions that the cores announce in a REALITY handshake; apps of Xray announce their own. */
const announced = { mihomo: '1.8.2', singbox: '1.8.1' } as const;

/** Families of apps that a REALITY server may refuse whatever their version. */
export type RealityFamily = keyof typeof announced;

const families: readonly RealityFamily[] = ['mihomo', 'singbox'];

/**
 * Oldest app version that a REALITY server lets in: what the inbound says, else what its Xray asks for by itself; undefined where it asks for
 * none or its Xray is not known.
 */
export function minimalClient(xrayVersion: string | undefined, minClientVer: string | undefined): string | undefined {
  if (minClientVer !== undefined && minClientVer.trim() !== '') return minClientVer.trim();
  const version = readVersion(xrayVersion);
  return version !== undefined && isAtLeast(version, strictSince) ? strictMinimum : undefined;
}

/** App families whose every version a server refuses that lets in only apps from `minClient` on. */
export function refusedFamilies(minClient: string | undefined): readonly RealityFamily[] {
  const least = readVersion(minClient);
  if (least === undefined) return [];
  return families.filter((family) => !isAtLeast(readVersion(announced[family]) ?? [], least));
}

/** The nodes with the minimal app version that this Xray asks for by itself where the inbound says none. */
export function withXray(nodes: readonly Node[], xrayVersion: string | undefined): readonly Node[] {
  return nodes.map((node) => {
    if ((node.protocol !== 'vless' && node.protocol !== 'trojan') || node.security.kind !== 'reality') return node;
    const minClient = minimalClient(xrayVersion, node.security.minClient);
    return minClient === undefined ? node : { ...node, security: { ...node.security, minClient } };
  });
}

/** What an operator should know about a REALITY inbound that refuses whole families of apps; undefined where it refuses none. */
export function realityWarning(inbound: string, minClient: string | undefined): string | undefined {
  if (refusedFamilies(minClient).length === 0) return undefined;
  return (
    `Inbound "${inbound}": its REALITY refuses apps older than ${minClient}, which is how Clash (mihomo) and sing-box apps announce themselves, ` +
    'so they do not get this server. To let them in, write 0.0.0 into "Min Client Ver" of the inbound\'s REALITY settings.'
  );
}
