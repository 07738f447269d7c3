import { createHash } from 'node:crypto';
import { isShopError, ShopError } from '../../errors';
import type { Node } from '../../domain/node';
import { minimalClient, withXray } from '../../domain/reality';
import type { AccountCredentials, DesiredAccount, PanelTarget } from '../panel';
import { flowFor, nodesOf } from './nodes';
import type { InboundPlace } from './streamWire';
import { inboundSettings, readJson, type Client, type Inbound } from './wire';

/** Where a panel is, and which xray it runs: what links are built with besides the inbound. */
export interface Place {
  readonly host: string;
  readonly xrayVersion: string | undefined;
}

/** Field of a client that is its secret, by protocol (A4, A7). */
const secretFields: Readonly<Record<string, 'id' | 'password' | 'auth'>> = {
  vless: 'id',
  vmess: 'id',
  trojan: 'password',
  shadowsocks: 'password',
  hysteria: 'auth',
  hysteria2: 'auth',
};

/** Whether the shop has accounts on inbounds of this protocol. */
export function isSold({ protocol }: Inbound): boolean {
  return Object.hasOwn(secretFields, protocol);
}

/** Clients in an inbound's settings; none where the shop has no accounts. */
export function clientsOf(found: Inbound): readonly Client[] {
  return isSold(found) ? (readJson('inbound settings', found.settings, inboundSettings).clients ?? []) : [];
}

// The keys of Shadowsocks 2022 have a length of their own (SIP022); the password is random, and so is what is made of it.
function shadowsocksPassword(found: Inbound, password: string): string {
  const method = readJson('inbound settings', found.settings, inboundSettings).method ?? '';
  if (!method.startsWith('2022-')) return password;
  const bytes = method.includes('aes-128') ? 16 : 32;
  return createHash('sha256').update(password).digest().subarray(0, bytes).toString('base64');
}

/** The secret of an account on one inbound, under the name of its field. */
export function secretOn(found: Inbound, credentials: AccountCredentials): Client {
  const field = secretFields[found.protocol];
  if (field === 'id') return { id: credentials.uuid };
  if (field === 'auth') return { auth: credentials.password };
  return { password: found.protocol === 'shadowsocks' ? shadowsocksPassword(found, credentials.password) : credentials.password };
}

/** What names a client in the path of a call: the password of trojan, the email of shadowsocks, the id or auth of others (A4). */
export function keyOf(found: Inbound, client: Client): string {
  if (found.protocol === 'shadowsocks') return client.email ?? '';
  return client[secretFields[found.protocol] ?? 'id'] ?? '';
}

/** What an account should be on one inbound. Every field that means "unlimited" when it is left out is always there. */
export function wantedOn(found: Inbound, desired: DesiredAccount, name: { readonly email: string; readonly flow?: string }): Client {
  return {
    ...secretOn(found, desired.credentials),
    email: name.email,
    subId: desired.credentials.subId,
    enable: desired.enabled,
    expiryTime: desired.endsAt.getTime(),
    totalGB: desired.trafficLimitBytes,
    limitIp: desired.deviceLimit,
    ...(found.protocol === 'vless' ? { flow: name.flow ?? flowFor(found) } : {}),
  };
}

/** Whether a client holds all that is wanted; a text that is left out is an empty one. */
export function matches(client: Client, want: Client): boolean {
  return Object.entries(want).every(([key, value]) => (client[key] ?? (value === '' ? '' : undefined)) === value);
}

/** Whether an entry is the account's own: subId and, where it has one, id, which nobody else has. */
export function isOurs(client: Client, credentials: AccountCredentials): boolean {
  const id = client.id ?? '';
  return client.subId === credentials.subId && (id === '' || id === credentials.uuid);
}

/** A foreign client that has our name. */
export function conflict(where: string): ShopError {
  return new ShopError('PanelConflict', { message: `${where}: a foreign client has the name of our account` });
}

/** The nodes of a client on an inbound. */
export function nodesOn(found: Inbound & InboundPlace, client: Client, place: Place): readonly Node[] {
  return withXray(nodesOf(found, client, place.host), place.xrayVersion);
}

/** Throws where no links can be made of the inbound: before anything is written to it. */
export function requireSellable(found: Inbound & InboundPlace, desired: DesiredAccount, place: Place): void {
  if (!isSold(found)) {
    throw new ShopError('PanelTargetMissing', {
      message: `inbound ${found.id} has the protocol ${found.protocol}, which the shop does not sell`,
    });
  }
  nodesOn(found, wantedOn(found, desired, { email: desired.credentials.name }), place);
}

const nobody: DesiredAccount = {
  credentials: { name: 'nobody', uuid: '00000000-0000-4000-8000-000000000000', password: 'nobody', subId: 'nobody' },
  enabled: true,
  endsAt: new Date(0),
  trafficLimitBytes: 0,
  deviceLimit: 0,
  targets: [],
};

function isSellable(found: Inbound & InboundPlace, place: Place): boolean {
  try {
    requireSellable(found, nobody, place);
    return true;
  } catch (error) {
    if (isShopError(error)) return false;
    throw error;
  }
}

// All of the inbound but its clients: keys, encryption and whatever else a link is built from.
function fixedSettings(found: Inbound): unknown {
  if (!isSold(found)) return found.settings;
  const { clients: _clients, ...settings } = readJson('inbound settings', found.settings, inboundSettings);
  return settings;
}

/** Inbounds as targets of the shop. */
export function targetsOf(inbounds: readonly (Inbound & InboundPlace)[], place: Place): readonly PanelTarget[] {
  return inbounds.map((found) => {
    const parts = [
      found.listen,
      found.port,
      found.protocol,
      found.remark,
      found.streamSettings,
      fixedSettings(found),
      found.shareAddr ?? '',
    ];
    return {
      target: String(found.id),
      title: found.remark,
      protocol: found.protocol,
      enabled: found.enable && isSellable(found, place),
      fingerprint: createHash('sha256')
        .update(JSON.stringify([...parts, minimalClient(place.xrayVersion, undefined) ?? '']))
        .digest('base64url'),
    };
  });
}
