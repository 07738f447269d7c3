import { randomBytes } from 'node:crypto';
import { seedInbounds, takesFlow, type StoredInbound, type TrafficRow } from './inbounds';
import type { ProfileName } from './profiles';

/** A client of 3.1 and later: a record of its own, attached to inbounds. */
export interface ClientRecord {
  id: number;
  fields: Record<string, unknown>;
  inboundIds: number[];
  createdAt: number;
  updatedAt: number;
}

export interface ApiToken {
  id: number;
  name: string;
  token: string;
  enabled: boolean;
  createdAt: number;
}

/** Everything a panel keeps: what a backup of it holds. */
export interface Book {
  inbounds: StoredInbound[];
  rows: TrafficRow[];
  records: ClientRecord[];
  tokens: ApiToken[];
  lastId: number;
  /** Stopped by hand; otherwise the configuration decides whether xray runs. */
  stopped: boolean;
}

/** The panel as it runs: its book, and what is lost or stays outside when the book is restored. */
export interface PanelState {
  book: Book;
  version: ProfileName;
  readonly calls: Record<string, number>;
  logins: number;
  /** What passes between reading and writing the settings of an inbound: two writes within it lose one, as on the real panel. */
  readonly betweenReadAndWrite: () => Promise<unknown>;
  /** Writes that have read and not yet written. */
  writing: number;
  /** Adds that met another write, counted to give every fourth of them another fate. */
  met: number;
  /** The end of the queue of writes, where the version has one. */
  queue: Promise<unknown>;
}

/** A book with inbounds and an API token, and no clients. */
export function newBook(): Book {
  return {
    inbounds: seedInbounds(),
    rows: [],
    records: [],
    tokens: [{ id: 1, name: 'shop', token: 'sandbox-api-token', enabled: true, createdAt: 0 }],
    lastId: 1_000,
    stopped: false,
  };
}

/** The next id of whatever needs one. */
export function nextId(book: Book): number {
  book.lastId += 1;
  return book.lastId;
}

export function randomText(): string {
  return randomBytes(8).toString('hex');
}

/**
 * Why xray would not start with this configuration; empty = it runs. Two clients of one name in an inbound, and a flow on a
 * trojan client, are what the recordings show.
 */
export function xrayError(book: Book): string {
  for (const inbound of book.inbounds) {
    const seen = new Set<string>();
    for (const client of inbound.settings.clients) {
      const email = client.email ?? '';
      if (inbound.protocol === 'vless' && seen.has(email)) {
        return `Failed to start: main: failed to create server > proxy/vless/inbound: failed to initiate user > proxy/vless: User ${email} already exists.`;
      }
      seen.add(email);
      if (inbound.protocol === 'trojan' && !takesFlow(inbound) && (client.flow ?? '') !== '') {
        return `Failed to start: main: failed to load config files: [<panel-folder>/bin/config.json] > infra/conf: failed to build inbound config with tag ${inbound.tag} > infra/conf: failed to build inbound handler for protocol trojan > common/errors: The feature Flow for Trojan has been removed. Please update your config(s) according to release note and documentation.`;
      }
    }
  }
  return '';
}

/** A successful answer. */
export function ok(msg: string, obj: unknown = null): object {
  return { success: true, msg, obj };
}

/** A business error: HTTP 200 all the same. */
export function no(msg: string): object {
  return { success: false, msg, obj: null };
}

/** Something went wrong, with the detail the shop reads. */
export function wrong(detail: string): object {
  return no(`Something went wrong (${detail})`);
}
