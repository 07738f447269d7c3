import { nextId, type Book, type PanelState } from './book';
import type { StoredClient } from './inbounds';
import { profiles, type Profile, type ProfileName } from './profiles';

/** The panel's own job: shuts what has ended or used up its traffic, in the row and, where the version does so, in the settings and the record. */
export function shutWhatEnded(book: Book, profile: Profile): void {
  for (const row of book.rows) {
    const ended = row.expiryTime > 0 && row.expiryTime < Date.now();
    const usedUp = row.total > 0 && row.up + row.down >= row.total;
    if (!row.enable || !(ended || usedUp)) continue;
    row.enable = false;
    if (!profile.jobEditsSettings) continue;
    for (const inbound of book.inbounds) {
      if (!inbound.settings.clients.some((client) => client.email === row.email)) continue;
      const clients = inbound.settings.clients.map((client) => (client.email === row.email ? { ...client, enable: false } : client));
      inbound.settings = { ...inbound.settings, clients };
    }
    for (const record of book.records) if (record.fields['email'] === row.email) record.fields['enable'] = false;
  }
}

/** Gives every client in the settings a record of its own, where it has none. */
export function recordsOf(book: Book): void {
  for (const inbound of book.inbounds) {
    for (const client of inbound.settings.clients) {
      const known = book.records.find((record) => record.fields['email'] === client.email);
      if (known !== undefined) known.inboundIds = [...new Set([...known.inboundIds, inbound.id])];
      else book.records.push(newRecord(book, client, inbound.id));
    }
  }
}

function newRecord(book: Book, client: StoredClient, inboundId: number): Book['records'][number] {
  const { created_at: _created, updated_at: _updated, ...fields } = client;
  return { id: nextId(book), fields, inboundIds: [inboundId], createdAt: Date.now(), updatedAt: Date.now() };
}

/** Puts another version on the panel's data, as an update does: from 3.1 on every client gets a record of its own. */
export function changeVersion(state: PanelState, version: ProfileName): void {
  const before = profiles[state.version].clients;
  const after = profiles[version].clients;
  state.version = version;
  if (before === 'in-inbounds' && after === 'own') recordsOf(state.book);
  if (before === 'own' && after === 'in-inbounds') state.book.records = [];
}
