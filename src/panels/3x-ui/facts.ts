import { ShopError } from '../../errors';
import type { PanelCapabilities } from '../panel';
import type { Session } from './session';
import { read, serverStatus, type Envelope } from './wire';

/** Eras of 3x-ui by what its API is like: `old` to 2.6.8, `middle` 2.7 to 2.9, `three` 3.0, `own` from 3.1 on, where clients are things of their own. */
export type Era = 'old' | 'middle' | 'three' | 'own';

/** What a panel is, found by asking it. */
export interface Facts {
  readonly era: Era;
  /** For people: exact from 3.1 on, before that the era. */
  readonly version: string;
  /** From 3.1 on. */
  readonly exact: readonly [major: number, minor: number, patch: number] | undefined;
  readonly xrayState: string;
  /** Undefined before xray has reported. */
  readonly xrayVersion: string | undefined;
}

/** Versions whose answers were compared with recordings of real panels (test/recordings/3x-ui). */
const recordedVersions = ['2.6.0', '2.8.4', '2.9.4', '3.0.2', '3.1.0', '3.6.0'];

const names: Readonly<Record<Exclude<Era, 'own'>, string>> = { old: '2.6 or older', middle: '2.7–2.9', three: '3.0' };

function exactVersion(text: string): [number, number, number] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function isAtLeast([major, minor]: readonly [number, number, number], least: readonly [number, number]): boolean {
  return major > least[0] || (major === least[0] && minor >= least[1]);
}

function factsOf(answer: Envelope, era: Exclude<Era, 'own'>): Facts {
  if (!answer.success) throw new ShopError('PanelUnavailable', { message: 'the panel did not tell its status' });
  const { xray, panelVersion } = read('a server status', answer.obj, serverStatus);
  const exact = panelVersion === undefined ? undefined : exactVersion(panelVersion);
  const xrayVersion = xray.version === undefined || !/\d/.test(xray.version) ? undefined : xray.version;
  const common = { exact, xrayState: xray.state, xrayVersion };
  if (exact !== undefined && isAtLeast(exact, [3, 1])) return { ...common, era: 'own', version: exact.join('.') };
  return { ...common, era, version: exact?.join('.') ?? names[era] };
}

/** Asks the panel what it is (A1; status with `panelVersion` from 3.1 on, CSRF tokens from 3.0 on, the status outside the API to 2.6.8). */
export async function findFacts(session: Session, signal: AbortSignal): Promise<Facts> {
  const answer = await session.callIfKnown('GET', 'panel/api/server/status', { signal });
  if (answer !== undefined) return factsOf(answer, (await session.hasCsrf(signal)) ? 'three' : 'middle');
  const old = await session.callIfKnown('POST', 'server/status', { signal });
  if (old !== undefined) return factsOf(old, 'old');
  throw new ShopError('PanelBadConfig', {
    message: 'the panel took the login and knows no status: the path in its url is wrong, or it is older than 2.3',
  });
}

/** Whether this is a version or a later one; only versions from 3.1 on say which they are. */
export function isFrom({ exact }: Facts, least: readonly [number, number]): boolean {
  return exact !== undefined && isAtLeast(exact, least);
}

/** Whether one client can be on inbounds of several kinds at once: 3.1 to 3.5 write what fits one into all of them (recorded for 3.1.0). */
export function mixesInbounds(facts: Facts): boolean {
  return isFrom(facts, [3, 6]);
}

/** What this version can do. */
export function capabilitiesOf(facts: Facts): PanelCapabilities {
  return {
    singleWriter: !isFrom(facts, [3, 6]),
    deviceLimit: 'addresses',
    evidence: facts.exact === undefined || recordedVersions.includes(facts.version) ? 'recorded' : 'untried',
  };
}

/** What the operator should know about this version. */
export function warningsOf(facts: Facts): readonly string[] {
  const warnings: string[] = [];
  if (capabilitiesOf(facts).evidence === 'untried')
    warnings.push(`3x-ui ${facts.version} was never tried on a real panel; tried were ${recordedVersions.join(', ')}.`);
  if (facts.version === '3.1.0') {
    warnings.push(
      '3x-ui 3.1.0 can lose deletions when the panel is used by hand at the same time, and is limited to VLESS here. Update it to 3.6 or later.',
    );
  }
  if (facts.xrayState !== 'running')
    warnings.push(`Xray is not running (${facts.xrayState}): accounts are written and nobody can connect.`);
  return warnings;
}
