import { ShopError } from '../../errors';
import type { AccountCredentials } from '../panel';
import { inboundSettings, readJson, type Client, type Inbound } from './wire';

/** Name of the account on one inbound: 3x-ui 2.x wants names unique over all inbounds. */
export function emailOn(credentials: AccountCredentials, target: number): string {
  return `${credentials.name}-${target}`;
}

/** Clients in an inbound's settings. */
export function clientsOf(found: Inbound): readonly Client[] {
  return readJson('inbound settings', found.settings, inboundSettings).clients ?? [];
}

/** Whether an entry is the account's own: id and subId, which nobody else has. */
export function isOurs(client: Client, credentials: AccountCredentials): boolean {
  return client.id === credentials.uuid && client.subId === credentials.subId;
}

/** The entry under our name, compared without case as the panel compares; a foreign one is a conflict. */
export function findClient(found: Inbound, credentials: AccountCredentials): Client | undefined {
  const email = emailOn(credentials, found.id).toLowerCase();
  const client = clientsOf(found).find((entry) => entry.email?.toLowerCase() === email);
  if (client === undefined || isOurs(client, credentials)) return client;
  throw new ShopError('PanelConflict', { message: `inbound ${found.id}: a foreign client has the name of our account` });
}
