import { randomUUID } from 'node:crypto';
import { nextId, no, ok, wrong, type ClientRecord, type PanelState } from './book';
import type { Body } from './clientsInInbounds';
import { entryFor, fieldTypes, shownFields, text, typeProblem } from './clientShapes';
import type { StoredClient, StoredInbound, TrafficRow } from './inbounds';
import type { Profile } from './profiles';
import { shownRow } from './shown';
import { editClients, inTurn, type Half } from './writing';

/** A panel whose clients are things of their own, attached to inbounds: 3.1 and later. Every rule is one of the recordings. */
export interface OwnClients {
  add(body: Body, fault?: string): Promise<object | Half>;
  update(
    email: string,
    body: Body,
    options: { readonly fault?: string | undefined; readonly only?: readonly number[] },
  ): Promise<object | Half>;
  remove(email: string, options: { readonly fault?: string | undefined; readonly keepTraffic?: boolean }): Promise<object | Half>;
  attach(email: string, inboundIds: readonly number[], fault?: string): Promise<object | Half>;
  detach(email: string, inboundIds: readonly number[], fault?: string): Promise<object | Half>;
  reset(email: string): object;
  get(email: string): object;
  list(): object;
  traffic(email: string): object;
}

/** Makes the calls of `panel/api/clients`. */
export function createOwnClients(state: PanelState, profile: () => Profile): OwnClients {
  const isLast = (): boolean => profile().version === '3.6.0';
  const find = (id: number): StoredInbound | undefined => state.book.inbounds.find((inbound) => inbound.id === id);
  const record = (email: string): ClientRecord | undefined => state.book.records.find((one) => one.fields['email'] === email);
  const row = (email: string): TrafficRow | undefined => state.book.rows.find((one) => one.email === email);

  // In 3.6.0 the row goes with the inbound that was added last.
  function storeRow(one: ClientRecord, inboundId: number, isNew: boolean): void {
    const email = text(one.fields['email']);
    const known = row(email);
    const terms = {
      inboundId,
      email,
      uuid: text(one.fields['id']),
      subId: text(one.fields['subId']),
      enable: one.fields['enable'] === true,
      expiryTime: Number(one.fields['expiryTime'] ?? 0),
      total: Number(one.fields['totalGB'] ?? 0),
    };
    if (known === undefined) state.book.rows.push({ id: nextId(state.book), reset: 0, up: 0, down: 0, allTime: 0, ...terms });
    else Object.assign(known, isLast() && isNew ? terms : { ...terms, inboundId: known.inboundId });
  }

  async function put(one: ClientRecord, inbound: StoredInbound, fault: string | undefined): Promise<Half | undefined> {
    const email = one.fields['email'];
    storeRow(one, inbound.id, true);
    const entry = entryFor(inbound, one, { isLast: isLast(), keepsPassword: false });
    const edit = (present: StoredClient[]): StoredClient[] => [...present.filter((client) => client.email !== email), entry];
    const outcome = await editClients(state, profile(), { inbound, edit, fault });
    if (fault === undefined || fault === 'drop') one.inboundIds = [...new Set([...one.inboundIds, inbound.id])];
    return outcome;
  }

  function problemOfNew(client: Record<string, unknown>): string | undefined {
    const email = text(client['email']);
    const subId = text(client['subId']);
    if (email === '') return 'client email is required\n';
    if (isLast() && /[\s/\\]/.test(email)) return `client email contains an invalid character: ${email}\n`;
    if (isLast() && /[\s/\\]/.test(subId)) return `client subId contains an invalid character: ${subId}\n`;
    return undefined;
  }

  function clash(email: string, subId: string): string | undefined {
    const { records } = state.book;
    const same = record(email);
    if (same !== undefined) return same.fields['subId'] === subId ? undefined : `email already in use: ${email}\n`;
    if (isLast() && subId !== '' && records.some((one) => one.fields['subId'] === subId)) return `subId already in use: ${subId}\n`;
    const other = records.find((one) => text(one.fields['email']).toLowerCase() === email.toLowerCase());
    return other === undefined || other.fields['subId'] === subId ? undefined : `Duplicate email: ${email}\n`;
  }

  function newRecord(client: Record<string, unknown>): ClientRecord {
    const known = Object.entries(client).filter(([field]) => field in fieldTypes);
    const now = Date.now();
    return {
      id: nextId(state.book),
      fields: { ...Object.fromEntries(known), subId: text(client['subId']) || randomUUID(), enable: true },
      inboundIds: [],
      createdAt: now,
      updatedAt: Math.floor(now / 1000) * 1000,
    };
  }

  async function attachAll(one: ClientRecord, inboundIds: readonly number[], fault: string | undefined): Promise<object | Half> {
    for (const id of inboundIds) {
      const inbound = find(id);
      if (inbound === undefined) return wrong('record not found');
      if (one.inboundIds.includes(id)) continue;
      const outcome = await put(one, inbound, fault);
      if (outcome !== undefined) return outcome;
    }
    return ok('Inbound client(s) have been added.');
  }

  async function add(body: Body, fault?: string): Promise<object | Half> {
    if ('error' in body) return wrong(body.error);
    // What Go would decode into an empty struct is an empty client here.
    const client = (body.value['client'] ?? {}) as Record<string, unknown>;
    const inboundIds = (body.value['inboundIds'] ?? []) as number[];
    const problem = typeProblem(client, 'Client.client', profile()) ?? problemOfNew(client);
    if (problem !== undefined) return wrong(problem);
    if (inboundIds.length === 0) return wrong('at least one inbound is required\n');
    const email = text(client['email']);
    const clashing = clash(email, text(client['subId']));
    if (clashing !== undefined) return wrong(clashing);
    const known = record(email);
    if (known !== undefined && !isLast() && inboundIds.some((id) => known.inboundIds.includes(id))) {
      return wrong('UNIQUE constraint failed: client_inbounds.client_id, client_inbounds.inbound_id');
    }
    const one = known ?? newRecord(client);
    const first = find(inboundIds[0] ?? 0);
    if (known === undefined) {
      if (first === undefined) return wrong('record not found');
      const needsId = inboundIds.some((id) => !['trojan', 'shadowsocks'].includes(find(id)?.protocol ?? ''));
      if (needsId && text(one.fields['id']) === '') one.fields['id'] = randomUUID();
      if (fault !== 'lost-write') state.book.records.push(one);
    }
    return attachAll(one, inboundIds, fault);
  }

  function problemOfUpdate(one: ClientRecord, client: Record<string, unknown>, subId: string): string | undefined {
    const name = text(client['email']);
    if (name === '') return 'client email is required\n';
    const others = state.book.records.filter((other) => other !== one);
    if (others.some((other) => text(other.fields['email']).toLowerCase() === name.toLowerCase())) return `Duplicate email: ${name}\n`;
    if (isLast() && others.some((other) => other.fields['subId'] === subId)) return `Duplicate subId: ${subId}\n`;
    return undefined;
  }

  // An update replaces: what is left out is false, 0 or empty afterwards, but for subId and password; 3.1.0 makes a new id.
  function replaced(one: ClientRecord, client: Record<string, unknown>): Record<string, unknown> {
    const known = Object.fromEntries(Object.entries(client).filter(([field]) => field in fieldTypes));
    const ownId = text(one.fields['id']);
    const id = isLast() || ownId === '' ? ownId : randomUUID();
    return {
      ...known,
      id: text(client['id']) || id,
      subId: text(client['subId']) || text(one.fields['subId']),
      password: text(client['password']) || text(one.fields['password']),
      enable: client['enable'] === true,
    };
  }

  async function update(
    email: string,
    body: Body,
    { fault, only }: { fault?: string | undefined; only?: readonly number[] },
  ): Promise<object | Half> {
    if ('error' in body) return wrong(body.error);
    const client = body.value;
    const mistyped = typeProblem(client, 'Client', profile());
    if (mistyped !== undefined) return wrong(mistyped);
    const one = record(email);
    if (one === undefined) return wrong('record not found');
    // 3.1.0 writes through the inbounds: a client that is attached to none stays as it is, whatever is asked.
    if (!isLast() && one.inboundIds.length === 0) return ok('Inbound client has been updated.');
    const wanted = replaced(one, client);
    const problem = problemOfUpdate(one, client, text(wanted['subId']));
    if (problem !== undefined) return wrong(problem);
    const inbounds = one.inboundIds.filter((id) => only === undefined || !isLast() || only.includes(id));
    if (fault !== 'lost-write' && fault !== 'half-500') keepUpdate(one, wanted);
    for (const inbound of inbounds.flatMap((id) => find(id) ?? [])) {
      const held = inbound.settings.clients.find((client) => client.email === email);
      if (!isLast() && inbound.protocol === 'trojan' && held?.password !== wanted['password']) continue;
      const present: ClientRecord = { ...one, fields: { ...wanted } };
      storeRow(present, inbound.id, false);
      const entry = entryFor(inbound, present, { isLast: isLast(), keepsPassword: isLast() });
      const edit = (clients: StoredClient[]): StoredClient[] => clients.map((other) => (other.email === email ? entry : other));
      const outcome = await editClients(state, profile(), { inbound, edit, fault });
      if (outcome !== undefined) return outcome;
      if (one.fields === wanted) Object.assign(wanted, { password: present.fields['password'] });
    }
    return ok('Inbound client has been updated.');
  }

  // In 3.1.0 a renamed client leaves its old record behind, attached to nothing.
  function keepUpdate(one: ClientRecord, wanted: Record<string, unknown>): void {
    const before = text(one.fields['email']);
    const after = text(wanted['email']);
    const traffic = row(before);
    if (traffic !== undefined) traffic.email = after;
    if (!isLast() && after !== before) state.book.records.push({ ...one, id: nextId(state.book), inboundIds: [] });
    one.fields = wanted;
    one.updatedAt = Date.now();
  }

  async function takeOut(one: ClientRecord, inboundIds: readonly number[], fault: string | undefined): Promise<Half | undefined> {
    const { email, id: uuid } = one.fields;
    for (const id of inboundIds) {
      const inbound = find(id);
      if (inbound === undefined || !one.inboundIds.includes(id)) continue;
      // 3.1.0 looks for a trojan client by the password of the record, which may be that of another inbound.
      const present = inbound.settings.clients.find((client) => client.email === email);
      if (!isLast() && inbound.protocol === 'trojan' && present?.password !== one.fields['password']) continue;
      // 3.1.0 goes by the uuid, so that a twin loses its place too; and one that overlaps an add leaves its entry behind.
      const isGone = (client: StoredClient): boolean =>
        client.email === email || (!isLast() && client.id !== undefined && client.id === uuid);
      const left = !isLast() && state.writing > 0;
      const outcome = left
        ? undefined
        : await editClients(state, profile(), { inbound, edit: (clients) => clients.filter((client) => !isGone(client)), fault });
      if (outcome !== undefined) return outcome;
      if (fault === 'lost-write') continue;
      for (const other of state.book.records) {
        if (other === one || (!isLast() && other.fields['id'] === uuid))
          other.inboundIds = other.inboundIds.filter((place) => place !== id);
      }
    }
    if (!isLast() && one.inboundIds.length === 0) state.book.rows = state.book.rows.filter((other) => other.email !== email);
    return undefined;
  }

  async function remove(
    email: string,
    { fault, keepTraffic }: { fault?: string | undefined; keepTraffic?: boolean },
  ): Promise<object | Half> {
    const one = record(email);
    if (one === undefined) return wrong(isLast() ? `client "${email}" not found in any inbound or client record\n` : 'record not found');
    const outcome = await takeOut(one, one.inboundIds, fault);
    if (outcome !== undefined) return outcome;
    if (fault !== 'lost-write') {
      state.book.records = state.book.records.filter((other) => other !== one);
      if (keepTraffic !== true) state.book.rows = state.book.rows.filter((other) => other.email !== email);
    }
    return ok('Inbound client has been deleted.');
  }

  return {
    add: (body, fault) => inTurn(state, profile(), () => add(body, fault)),
    update: (email, body, options) => inTurn(state, profile(), () => update(email, body, options)),
    remove: (email, options) => (isLast() ? inTurn(state, profile(), () => remove(email, options)) : remove(email, options)),
    attach: (email, inboundIds, fault) =>
      inTurn(state, profile(), async () => {
        const one = record(email);
        return one === undefined ? wrong('record not found') : attachAll(one, inboundIds, fault);
      }),
    detach: (email, inboundIds, fault) =>
      inTurn(state, profile(), async () => {
        const one = record(email);
        if (one === undefined) return wrong('record not found');
        return (await takeOut(one, inboundIds, fault)) ?? ok('Inbound client has been deleted.');
      }),
    reset(email) {
      const one = record(email);
      if (one === undefined) return wrong('record not found');
      const traffic = row(email);
      if (traffic !== undefined) Object.assign(traffic, { up: 0, down: 0, enable: true });
      if (profile().resetEditsSettings) {
        one.fields['enable'] = true;
        for (const inbound of state.book.inbounds)
          for (const client of inbound.settings.clients) if (client.email === email) client.enable = true;
      }
      return ok('Traffic has been reset.');
    },
    get(email) {
      const one = record(email);
      if (one === undefined) return no(`${isLast() ? 'Obtain' : ''} (record not found)`);
      const traffic = row(email);
      const used = (traffic?.up ?? 0) + (traffic?.down ?? 0);
      return ok('', {
        client: shownFields(one, isLast()),
        inboundIds: one.inboundIds,
        ...(isLast() ? { externalLinks: [], usedTraffic: used } : {}),
      });
    },
    list() {
      return ok(
        '',
        state.book.records.map((one) => {
          const traffic = row(text(one.fields['email']));
          const shown = traffic === undefined ? null : shownRow(state.book, traffic, profile());
          return {
            ...shownFields(one, isLast()),
            inboundIds: one.inboundIds,
            traffic: shown === null ? null : { ...shown, uuid: '', subId: '' },
          };
        }),
      );
    },
    traffic(email) {
      const found = row(email);
      if (found !== undefined && record(email) !== undefined) return ok('', shownRow(state.book, found, profile()));
      if (profile().trafficOfAbsent === 'error') return no(`Error getting traffic. (Inbound Not Found For Email: ${email}\n)`);
      return found === undefined ? ok('') : no(`Error getting traffic. (Client Not Found In Inbound For Email: ${email}\n)`);
    },
  };
}
