import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../db/connection';
import { forgetPause } from '../db/panelHealth';
import { startServerJob } from '../db/serverJobs';
import type { Sealer } from '../db/seal';
import { ShopError } from '../errors';
import { shopRows, type ShopRows } from './rows';
import type { ShopFile } from './schema';

/** One thing that `apply` changes, in words for the operator; secrets are never in it. */
export interface Change {
  readonly target: string;
  readonly what: 'added' | 'changed' | 'archived' | 'brought back';
  readonly fields: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

interface Table {
  readonly name: string;
  readonly key: string;
  /** Columns that hold JSON and have to be written as text. */
  readonly json: readonly string[];
  /** Columns that hold sealed JSON: compared opened, written sealed. */
  readonly sealed: readonly string[];
  /** What a change starts anew. */
  readonly cleared: Row;
}

const tables = {
  plans: { name: 'plans', key: 'id', json: ['title', 'payment_rules'], sealed: [], cleared: {} },
  panels: { name: 'panels', key: 'id', json: ['tls'], sealed: ['credentials_sealed'], cleared: {} },
  servers: { name: 'servers', key: 'id', json: ['title', 'payment_rules'], sealed: [], cleared: {} },
  methods: {
    name: 'payment_methods',
    key: 'provider',
    json: [],
    sealed: ['settings_sealed'],
    cleared: { trouble: null, trouble_at: null },
  },
} as const satisfies Record<string, Table>;

interface Work {
  readonly tx: Db;
  readonly sealer: Sealer;
  readonly actor: string;
}

function normal(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function opened(work: Work, table: Table, cell: { present: Row; column: string }): unknown {
  const { present, column } = cell;
  const value = present[column];
  if (!table.sealed.includes(column) || typeof value !== 'string') return value;
  try {
    const text = work.sealer.open(value, { table: table.name, column, row: String(present[table.key]) });
    return JSON.parse(text) as unknown;
  } catch (error) {
    // With the key gone, applying the file is just how the secrets are entered again.
    if (error instanceof ShopError) return undefined;
    throw error;
  }
}

function written(work: Work, table: Table, row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (table.json.includes(column)) return [column, JSON.stringify(value)];
      if (!table.sealed.includes(column)) return [column, value];
      return [column, work.sealer.seal(JSON.stringify(value), { table: table.name, column, row: String(row[table.key]) })];
    }),
  );
}

async function audit(work: Work, change: Change): Promise<void> {
  await work.tx('audit_log').insert({
    actor: work.actor,
    action: `shop.${change.what.replace(' ', '_')}`,
    target: change.target,
    after: JSON.stringify({ fields: change.fields }),
  });
}

async function upsertRow(work: Work, table: Table, row: Row): Promise<Change | undefined> {
  const key = String(row[table.key]);
  const target = `${table.name}/${key}`;
  const present: Row | undefined = await work
    .tx(table.name)
    .where({ [table.key]: key })
    .first();
  if (present === undefined) {
    await work.tx(table.name).insert(written(work, table, row));
    return { target, what: 'added', fields: [] };
  }
  const fields = Object.keys(row).filter(
    (column) => !isDeepStrictEqual(normal(opened(work, table, { present, column })), normal(row[column])),
  );
  const removed = present['state'] === 'removed';
  const archived = present['archived_at'] !== null && !removed;
  if (fields.length === 0 && !archived) return undefined;
  // What a command has removed is not brought back by a file that still has it.
  const update = {
    ...written(work, table, row),
    ...table.cleared,
    ...(removed ? {} : { archived_at: null }),
    updated_at: work.tx.fn.now(),
  };
  await work
    .tx(table.name)
    .where({ [table.key]: key })
    .update(update);
  return { target, what: archived ? 'brought back' : 'changed', fields };
}

async function equalise(work: Work, table: Table, rows: readonly Row[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const row of rows) {
    const change = await upsertRow(work, table, row);
    if (change !== undefined) changes.push(change);
  }
  const keys = rows.map((row) => String(row[table.key]));
  const gone: readonly Row[] = await work.tx(table.name).whereNull('archived_at').whereNotIn(table.key, keys).select(table.key);
  for (const row of gone) {
    await work
      .tx(table.name)
      .where({ [table.key]: row[table.key] })
      .update({ archived_at: work.tx.fn.now() });
    changes.push({ target: `${table.name}/${String(row[table.key])}`, what: 'archived', fields: [] });
  }
  return changes;
}

async function refuseUnsafe(work: Work, rows: ShopRows): Promise<void> {
  const ids = rows.servers.map((server) => server.id);
  const live: readonly { server_id: string; count: string | number }[] = await work
    .tx('vpn_keys')
    .join('servers', 'servers.id', 'vpn_keys.server_id')
    .whereNull('servers.archived_at')
    .whereNotIn('server_id', ids)
    .where('expires_at', '>', work.tx.fn.now())
    .groupBy('server_id')
    .select('server_id')
    .count({ count: '*' });
  const first = live[0];
  if (first !== undefined) {
    throw new ShopError('ConfigInvalid', {
      message: `server ${first.server_id} still has ${first.count} live VPN key(s). Leave it in the file and move them first: npm run shop -- server evacuate ${first.server_id} --to <server>, or take the access away: npm run shop -- server remove ${first.server_id}`,
    });
  }
  const present: { settings: { currency: string } } | undefined = await work.tx('shop').where({ id: 1 }).first('settings');
  if (present === undefined || present.settings.currency === rows.settings.currency) return;
  const balance: unknown = await work.tx('balances').where('amount_minor', '>', 0).first('user_id');
  const order: unknown = await work.tx('orders').where({ state: 'open' }).first('id');
  if (balance !== undefined || order !== undefined) {
    throw new ShopError('ConfigInvalid', {
      message: `the currency cannot change from ${present.settings.currency} while balances or open orders exist; wait until orders have ended and pay the balances out`,
    });
  }
}

async function equaliseSettings(work: Work, rows: ShopRows): Promise<Change[]> {
  const present: { settings: unknown } | undefined = await work.tx('shop').where({ id: 1 }).first('settings');
  if (isDeepStrictEqual(present?.settings, normal(rows.settings))) return [];
  const settings = JSON.stringify(rows.settings);
  await work.tx('shop').insert({ id: 1, settings }).onConflict('id').merge({ settings, updated_at: work.tx.fn.now() });
  return [{ target: 'shop', what: present === undefined ? 'added' : 'changed', fields: [] }];
}

async function equaliseOperators(work: Work, rows: ShopRows): Promise<Change[]> {
  const present: readonly { telegram_id: number }[] = await work.tx('operators').whereNull('archived_at').select('telegram_id');
  const known = new Set(present.map((row) => row.telegram_id));
  const added = rows.operators.filter((id) => !known.has(id));
  const gone = [...known].filter((id) => !rows.operators.includes(id));
  for (const id of added) await work.tx('operators').insert({ telegram_id: id }).onConflict('telegram_id').merge({ archived_at: null });
  if (gone.length > 0) await work.tx('operators').whereIn('telegram_id', gone).update({ archived_at: work.tx.fn.now() });
  return added.length + gone.length === 0 ? [] : [{ target: 'operators', what: 'changed', fields: [] }];
}

/** Keys of a server that has other inbounds now, or moved to another panel, follow it; the running shop works that off. */
async function refreshKeys(tx: Db, changes: readonly Change[], by: { actor: string; graceMs: number }): Promise<void> {
  for (const { target, what, fields } of changes) {
    const moved = what === 'changed' && (fields.includes('targets') || fields.includes('panel_id'));
    if (!target.startsWith('servers/') || !moved) continue;
    await startServerJob(tx, { serverId: target.slice('servers/'.length), kind: 'refresh', ...by, now: new Date() });
  }
}

/** Makes the database equal to the file, in one transaction; what is gone is archived, twice is the same as once. Returns what changed. */
export async function applyShop(db: Db, shop: { file: ShopFile; sealer: Sealer; actor: string }): Promise<readonly Change[]> {
  const rows = shopRows(shop.file);
  return db.transaction(async (tx) => {
    const work: Work = { tx, sealer: shop.sealer, actor: shop.actor };
    await tx.raw('lock table shop in exclusive mode');
    await refuseUnsafe(work, rows);
    const changes = [
      ...(await equaliseSettings(work, rows)),
      ...(await equaliseOperators(work, rows)),
      ...(await equalise(
        work,
        tables.panels,
        rows.panels.map(({ credentials, ...panel }) => ({ ...panel, credentials_sealed: credentials })),
      )),
      ...(await equalise(work, tables.servers, rows.servers)),
      ...(await equalise(work, tables.plans, rows.plans)),
      ...(await equalise(
        work,
        tables.methods,
        rows.methods.map(({ settings, ...method }, position) => ({ ...method, settings_sealed: settings, position })),
      )),
    ];
    await refreshKeys(tx, changes, { actor: shop.actor, graceMs: rows.settings.graceMs });
    for (const change of changes) {
      if (change.target.startsWith('panels/')) await forgetPause(tx, change.target.slice('panels/'.length));
      await audit(work, change);
    }
    return changes;
  });
}
