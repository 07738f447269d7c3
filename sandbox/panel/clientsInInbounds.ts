import { nextId, no, ok, wrong, type PanelState } from './book';
import { goTypeError, parseObject } from './goJson';
import { keyOf, type StoredClient, type StoredInbound } from './inbounds';
import type { Profile } from './profiles';
import { editClients, half, type Half } from './writing';

/** A panel whose clients are parts of its inbounds: 2.x and 3.0. Every rule is one of the recordings. */
export interface InboundClients {
  add(body: Body, fault?: string): Promise<object | Half>;
  update(key: string, body: Body, fault?: string): Promise<object | Half>;
  remove(inboundId: number, key: string, fault?: string): Promise<object | Half>;
  removeByEmail(inboundId: number, email: string): Promise<object | Half>;
  reset(email: string): object | Half;
}

/** A body as it came: its fields, or the error that Go's decoder gives. */
export type Body = { readonly value: Record<string, unknown> } | { readonly error: string };

type Parsed = { readonly inbound: StoredInbound; readonly clients: StoredClient[] } | { readonly answer: object };

/** Makes the client calls of `panel/api/inbounds`. */
export function createInboundClients(state: PanelState, profile: () => Profile): InboundClients {
  const find = (id: number): StoredInbound | undefined => state.book.inbounds.find((inbound) => inbound.id === id);

  function parse(body: Body): Parsed {
    if ('error' in body) return { answer: no(`Inbound has been successfully updated. (${body.error})`) };
    const { settings } = body.value;
    if (typeof settings === 'object' && settings !== null) {
      return { answer: no(`Inbound has been successfully updated. (${goTypeError(settings, 'Inbound.settings', 'string')})`) };
    }
    const read = parseObject(String(settings));
    if ('error' in read) return { answer: wrong(read.error) };
    const inbound = find(Number(body.value['id']));
    if (inbound === undefined) return { answer: wrong('record not found') };
    // The simulator takes what is sent, as the real panel does.
    return { inbound, clients: (read.value['clients'] ?? []) as StoredClient[] };
  }

  // Without case, over all inbounds. 3.0 lets the same email through when the subId is the same too.
  function clashes(client: StoredClient, others: readonly StoredClient[]): boolean {
    const email = (client.email ?? '').toLowerCase();
    if (email === '') return false;
    const known = [...others, ...state.book.inbounds.flatMap((inbound) => inbound.settings.clients)];
    return known.some((other) => {
      if ((other.email ?? '').toLowerCase() !== email) return false;
      return !(profile().repeatsEmail && (client.subId ?? '') !== '' && client.subId === other.subId);
    });
  }

  function storeRow(inbound: StoredInbound, client: StoredClient): void {
    const { book } = state;
    const email = client.email ?? '';
    if (email === '') return;
    const known = book.rows.find((row) => row.email === email);
    if (known !== undefined) return;
    book.rows.push({
      id: nextId(book),
      inboundId: inbound.id,
      email,
      uuid: client.id ?? '',
      subId: client.subId ?? '',
      enable: profile().updateEnables || client.enable === true,
      expiryTime: client.expiryTime ?? 0,
      total: client.totalGB ?? 0,
      reset: 0,
      up: 0,
      down: 0,
      allTime: 0,
    });
  }

  function stamped(client: StoredClient, createdAt: unknown): StoredClient {
    if (!profile().timestamps) return client;
    const now = Math.floor(Date.now() / 1000) * 1000;
    return { ...client, created_at: createdAt ?? now, updated_at: now };
  }

  function dropRow(email: string | undefined): void {
    state.book.rows = state.book.rows.filter((row) => row.email !== email);
  }

  async function add(body: Body, fault?: string): Promise<object | Half> {
    const parsed = parse(body);
    if ('answer' in parsed) return parsed.answer;
    const { inbound, clients } = parsed;
    const seen: StoredClient[] = [];
    for (const client of clients) {
      if (profile().needsEmail && (client.email ?? '') === '') return wrong('client email is required\n');
      if (clashes(client, seen)) return wrong(`Duplicate email: ${client.email ?? ''}\n`);
      seen.push(client);
    }
    if (clients.some((client) => keyOf(inbound.protocol, client) === '')) return wrong('empty client ID\n');
    for (const client of clients) storeRow(inbound, client);
    const edit = (present: StoredClient[]): StoredClient[] => [...present, ...clients.map((client) => stamped(client, undefined))];
    const outcome = await editClients(state, profile(), { inbound, edit, fault, mayHalf: true });
    return outcome ?? ok('Inbound client(s) have been added.');
  }

  async function update(key: string, body: Body, fault?: string): Promise<object | Half> {
    const parsed = parse(body);
    if ('answer' in parsed) return parsed.answer;
    const { inbound, clients } = parsed;
    const [client] = clients;
    const present = inbound.settings.clients.find((entry) => keyOf(inbound.protocol, entry) === key);
    if (client === undefined || present === undefined || key === '') return wrong('empty client ID\n');
    if (profile().needsEmail && (client.email ?? '') === '') return wrong('client email is required\n');
    if (client.email !== present.email && clashes(client, [])) return wrong(`Duplicate email: ${client.email ?? ''}\n`);
    const row = state.book.rows.find((one) => one.email === present.email);
    if (row === undefined) storeRow(inbound, client);
    else if ((client.email ?? '') === '') dropRow(present.email);
    else {
      row.email = client.email ?? '';
      row.enable = profile().updateEnables || client.enable === true;
      row.expiryTime = client.expiryTime ?? 0;
      row.total = client.totalGB ?? 0;
    }
    const edit = (entries: StoredClient[]): StoredClient[] =>
      entries.map((entry) => (entry.email === present.email && entry.id === present.id ? stamped(client, present['created_at']) : entry));
    const outcome = await editClients(state, profile(), { inbound, edit, fault });
    return outcome ?? ok('Inbound client has been updated.');
  }

  async function removeWhere(
    inbound: StoredInbound,
    isGone: (client: StoredClient) => boolean,
    fault: string | undefined,
  ): Promise<Half | 'last' | undefined> {
    const gone = inbound.settings.clients.filter(isGone);
    if (gone.length === inbound.settings.clients.length) return 'last';
    const outcome = await editClients(state, profile(), { inbound, edit: (present) => present.filter((one) => !isGone(one)), fault });
    for (const client of gone) {
      const stays = state.book.inbounds.some((one) => one.settings.clients.some((entry) => entry.email === client.email));
      if (!stays) dropRow(client.email);
    }
    return outcome;
  }

  return {
    add,
    update,
    async remove(inboundId, key, fault) {
      const inbound = find(inboundId);
      if (inbound === undefined) return wrong('record not found');
      const isGone = (client: StoredClient): boolean => keyOf(inbound.protocol, client) === key;
      if (!inbound.settings.clients.some(isGone)) {
        if (profile().deleteOfAbsent === 'ok') return ok('Inbound client has been deleted.');
        return wrong(`Client Not Found In Inbound For ID: ${key}\n`);
      }
      const outcome = await removeWhere(inbound, isGone, fault);
      if (outcome === 'last') return wrong('no client remained in Inbound\n');
      return outcome ?? ok('Inbound client has been deleted.');
    },
    async removeByEmail(inboundId, email) {
      const inbound = find(inboundId);
      if (inbound === undefined) return no('Failed to delete client by email (record not found)');
      const isGone = (client: StoredClient): boolean => client.email === email;
      // 3.0 looks for the traffic row first.
      const isKnown = profile().csrf ? state.book.rows.some((row) => row.email === email) : inbound.settings.clients.some(isGone);
      if (!isKnown) {
        const detail = profile().csrf ? `Inbound Not Found For Email: ${email}` : `client with email ${email} not found`;
        return no(`Failed to delete client by email (${detail}\n)`);
      }
      const outcome = await removeWhere(inbound, isGone, undefined);
      if (outcome === 'last') return no('Failed to delete client by email (no client remained in Inbound\n)');
      return outcome ?? ok('Client deleted successfully');
    },
    reset(email) {
      const row = state.book.rows.find((one) => one.email === email);
      if (row === undefined) return profile().version === '2.6.0' ? half : wrong(`Inbound Not Found For Email: ${email}\n`);
      Object.assign(row, { up: 0, down: 0, enable: true });
      return ok('Traffic has been reset.');
    },
  };
}
