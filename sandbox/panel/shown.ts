import type { Book } from './book';
import type { StoredInbound, TrafficRow } from './inbounds';
import type { Profile } from './profiles';

/** A traffic row as the version shows it (recordings, correction 14). */
export function shownRow(book: Book, row: TrafficRow, profile: Profile): object {
  const { id, inboundId, enable, email, up, down, expiryTime, total, reset } = row;
  const always = { id, inboundId, enable, email, up, down, expiryTime, total, reset };
  if (profile.version === '2.6.0') return always;
  // Names are looked up in the settings: of two entries the last one is shown.
  const named = book.inbounds.flatMap((inbound) => inbound.settings.clients).findLast((client) => client.email === email);
  const uuid = named?.id ?? row.uuid;
  const subId = named?.subId ?? row.subId;
  return { ...always, uuid, subId, lastOnline: 0, ...(profile.nested ? {} : { allTime: row.allTime }) };
}

function statsOf(book: Book, inbound: StoredInbound, profile: Profile): object[] {
  const names = new Set(inbound.settings.clients.map((client) => client.email));
  const rows =
    profile.clients === 'own' ? book.rows.filter((row) => names.has(row.email)) : book.rows.filter((row) => row.inboundId === inbound.id);
  return rows.map((row) => shownRow(book, row, profile));
}

/** An inbound as the version shows it; settings are JSON in strings before 3.1. */
export function shownInbound(book: Book, inbound: StoredInbound, view: { readonly profile: Profile; readonly withStats: boolean }): object {
  const { profile } = view;
  const { settings, streamSettings, sniffing, allocate, ...rest } = inbound;
  const withStats = view.withStats || profile.version === '3.6.0';
  const text = (value: unknown): unknown => (profile.nested ? value : JSON.stringify(value, null, 2));
  return {
    up: 0,
    down: 0,
    total: 0,
    expiryTime: 0,
    ...rest,
    ...(profile.version === '2.6.0' ? {} : { trafficReset: 'never', lastTrafficResetTime: 0 }),
    ...(profile.version === '2.6.0' || profile.nested ? {} : { allTime: 0 }),
    ...(profile.version === '3.6.0' ? { subSortIndex: 1, trafficResetDay: 1, shareAddrStrategy: 'node', shareAddr: '' } : {}),
    clientStats: withStats ? statsOf(book, inbound, profile) : null,
    settings: text(settings),
    streamSettings: text(streamSettings),
    sniffing: text(sniffing),
    ...(profile.version === '2.6.0' ? { allocate: text(allocate ?? {}) } : {}),
  };
}
