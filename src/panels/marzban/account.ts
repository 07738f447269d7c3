import type { AccountCredentials, DesiredAccount } from '../panel';
import { statusFits } from '../userState';
import { stateOf, type Inbound, type ProxySettings, type User } from './wire';

/** Unix seconds, rounded up: never less than was paid for. */
function secondsOf(end: Date): number {
  return Math.ceil(end.getTime() / 1000);
}

/** Our credentials for one protocol. The flow is written into every VLESS account; the panel uses it only where the transport allows it. */
export function settingsFor(protocol: string, credentials: AccountCredentials): Record<string, string> {
  switch (protocol) {
    case 'vless':
      return { id: credentials.uuid, flow: 'xtls-rprx-vision' };
    case 'vmess':
      return { id: credentials.uuid };
    default:
      return { password: credentials.password };
  }
}

function holds(settings: ProxySettings | undefined, wanted: Readonly<Record<string, string>>): boolean {
  return settings !== undefined && Object.entries(wanted).every(([name, value]) => settings[name] === value);
}

/** Whether the user is our account. One mark is enough: an operator may have given the user new credentials there. */
export function isOurs(found: User, credentials: AccountCredentials): boolean {
  const secrets = Object.values(found.proxies).flatMap((settings) => [settings.id, settings.password]);
  return found.note === credentials.subId || secrets.includes(credentials.uuid) || secrets.includes(credentials.password);
}

/** Tags by protocol, for every protocol the account has or needs: an empty list takes it out of all inbounds of one. */
export function membership(desired: DesiredAccount, inbounds: readonly Inbound[], present: readonly string[]): Record<string, string[]> {
  const wanted = inbounds.filter((inbound) => desired.targets.includes(inbound.tag));
  const protocols = new Set([...present, ...wanted.map((inbound) => inbound.protocol)]);
  return Object.fromEntries(
    [...protocols].map((protocol) => [protocol, wanted.filter((inbound) => inbound.protocol === protocol).map((inbound) => inbound.tag)]),
  );
}

/** Whether the user has our credentials for every protocol that `wanted` names inbounds of. */
export function proxiesMatch(found: User, desired: DesiredAccount, wanted: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(wanted)
    .filter(([, tags]) => tags.length > 0)
    .every(([protocol]) => holds(found.proxies[protocol], settingsFor(protocol, desired.credentials)));
}

function isSubset(left: readonly string[], right: readonly string[]): boolean {
  return left.every((one) => right.includes(one));
}

/** Whether the panel holds what is wished. */
export function matches(found: User, desired: DesiredAccount, context: { now: Date; inbounds: readonly Inbound[] }): boolean {
  const wanted = membership(desired, context.inbounds, Object.keys(found.proxies));
  const tags = Object.values(found.inbounds).flat();
  return (
    statusFits(stateOf(found), desired, context.now) &&
    found.expire === secondsOf(desired.endsAt) &&
    (found.data_limit ?? 0) === desired.trafficLimitBytes &&
    found.data_limit_reset_strategy === 'no_reset' &&
    isSubset(tags, desired.targets) &&
    isSubset(desired.targets, tags) &&
    proxiesMatch(found, desired, wanted)
  );
}

/** What both a create and a change carry. Every field that means "unlimited" when it is left out is always written. */
export function terms(desired: DesiredAccount): object {
  return {
    expire: secondsOf(desired.endsAt),
    data_limit: desired.trafficLimitBytes,
    // The shop resets by the plan's rule; the panel must not do it too.
    data_limit_reset_strategy: 'no_reset',
    note: desired.credentials.subId,
  };
}
