import { refreshAccess } from './access';
import { audit } from './audit';
import type { Db } from './connection';
import { newId } from './ids';
import { insertOperations } from './operations';
import { setServerState } from './servers';

export type ServerJobKind = 'add' | 'evacuate' | 'disable' | 'enable' | 'refresh' | 'remove';

/** Work on all keys of one server, a few at a time. Everything it did is in Postgres, so it goes on where it stopped, however it stopped. */
export interface ServerJob {
  readonly id: string;
  readonly serverId: string;
  readonly kind: ServerJobKind;
  readonly toServerId: string | undefined;
  readonly state: 'running' | 'done';
  readonly cursor: string;
  readonly total: number;
}

interface JobRow {
  readonly id: string;
  readonly server_id: string;
  readonly kind: ServerJobKind;
  readonly to_server_id: string | null;
  readonly state: 'running' | 'done';
  readonly cursor: string;
  readonly total: number;
}

function toJob(row: JobRow): ServerJob {
  return {
    id: row.id,
    serverId: row.server_id,
    kind: row.kind,
    toServerId: row.to_server_id ?? undefined,
    state: row.state,
    cursor: row.cursor,
    total: row.total,
  };
}

/** State of the server while (and after) a job of this kind works; a refresh, after its inbounds were changed, leaves it. */
const stateWhile = {
  add: 'open',
  evacuate: 'draining',
  disable: 'disabled',
  enable: 'open',
  refresh: undefined,
  remove: 'disabled',
} as const;

const live = `s.revoked_at is null and s.ends_at > :after`;
const keyHere = `exists (select 1 from vpn_keys k where k.subscription_id = s.id and k.server_id = :server)`;

/** Subscriptions that a job of each kind has to work on, in the order of their ids. Evacuation and removal take a subscription off the list, the others move a cursor. */
const candidates: Readonly<Record<ServerJobKind, string>> = {
  add: `select s.id from subscriptions s join plans p on p.id = s.plan_id
    where ${live} and :server = any (p.server_ids) and not p.chooses_server and not ${keyHere} and s.id > :cursor order by s.id`,
  disable: `select s.id from subscriptions s where ${keyHere} and s.id > :cursor order by s.id`,
  enable: `select s.id from subscriptions s where ${keyHere} and s.id > :cursor order by s.id`,
  refresh: `select s.id from subscriptions s where ${keyHere} and s.id > :cursor order by s.id`,
  remove: `select s.id from subscriptions s where ${keyHere} order by s.id`,
  // A key that is still to come on the new server keeps the old one in the feed.
  evacuate: `select s.id from subscriptions s where ${keyHere} and (not (${live})
      or not exists (select 1 from vpn_keys k where k.subscription_id = s.id and k.server_id = :to)
      or exists (select 1 from vpn_keys k where k.subscription_id = s.id and k.server_id = :to and k.connection_string is not null)) order by s.id`,
};

function bindings(job: ServerJob, at: { graceMs: number; now: Date }): Record<string, unknown> {
  const after = new Date(at.now.getTime() - at.graceMs);
  return { server: job.serverId, to: job.toServerId ?? '', cursor: job.cursor, after };
}

async function keysOn(db: Db, serverId: string): Promise<number> {
  const row: { count?: string | number } | undefined = await db('vpn_keys').where({ server_id: serverId }).count({ count: '*' }).first();
  return Number(row?.count ?? 0);
}

export interface NewServerJob {
  readonly serverId: string;
  readonly kind: ServerJobKind;
  readonly toServerId?: string;
  readonly actor: string;
  readonly graceMs: number;
  readonly now: Date;
}

/** Starts a job, or finds the one that works on this server already. */
export async function startServerJob(db: Db, wish: NewServerJob): Promise<ServerJob> {
  return db.transaction(async (tx) => {
    await tx('servers').where({ id: wish.serverId }).forUpdate().first('id');
    const running: JobRow | undefined = await tx<JobRow>('server_jobs').where({ server_id: wish.serverId, state: 'running' }).first();
    if (running !== undefined) return toJob(running);
    const state = stateWhile[wish.kind];
    if (state !== undefined) await setServerState(tx, wish.serverId, state);
    const job: ServerJob = { id: newId('job'), ...wish, toServerId: wish.toServerId, state: 'running', cursor: '', total: 0 };
    const todo: { rows: readonly unknown[] } = await tx.raw(candidates[wish.kind], bindings(job, wish));
    const total = wish.kind === 'evacuate' || wish.kind === 'remove' ? await keysOn(tx, wish.serverId) : todo.rows.length;
    await tx('server_jobs').insert({
      id: job.id,
      server_id: wish.serverId,
      kind: wish.kind,
      to_server_id: wish.toServerId ?? null,
      state: 'running',
      total,
      actor: wish.actor,
      created_at: wish.now,
    });
    const after = { ...(wish.toServerId === undefined ? {} : { to: wish.toServerId }), keys: total };
    await audit(tx, { actor: wish.actor, action: `server.${wish.kind}`, target: `servers/${wish.serverId}`, after });
    return { ...job, total };
  });
}

/** The job, or undefined. */
export async function findServerJob(db: Db, jobId: string): Promise<ServerJob | undefined> {
  const row: JobRow | undefined = await db<JobRow>('server_jobs').where({ id: jobId }).first();
  return row === undefined ? undefined : toJob(row);
}

/** Ids of jobs that are not done. */
export async function runningServerJobs(db: Db): Promise<readonly string[]> {
  const rows: readonly { id: string }[] = await db('server_jobs').where({ state: 'running' }).orderBy('created_at').select('id');
  return rows.map((row) => row.id);
}

const jobCause = (job: ServerJob): string => `server:${job.id}`;

interface Step {
  readonly subscriptionId: string;
  readonly graceMs: number;
  readonly now: Date;
}

/** The servers a subscription has after this step, and whether its key here goes. */
async function stepOf(tx: Db, job: ServerJob, step: Step): Promise<{ serverIds: readonly string[]; dropsKey: boolean }> {
  const row: { server_ids: readonly string[] } = await tx('subscriptions').where({ id: step.subscriptionId }).first('server_ids');
  const others = row.server_ids.filter((id) => id !== job.serverId);
  switch (job.kind) {
    case 'add':
    case 'enable':
    case 'disable':
    case 'refresh':
      return { serverIds: [...others, job.serverId], dropsKey: false };
    case 'remove':
      return { serverIds: others, dropsKey: true };
    case 'evacuate': {
      const to = job.toServerId ?? '';
      const kept = [...others.filter((id) => id !== to), to];
      // The old server stays until the new one works.
      const gone = await mayLeave(tx, to, step);
      return gone ? { serverIds: kept, dropsKey: true } : { serverIds: [...kept, job.serverId], dropsKey: false };
    }
  }
}

/** Whether a subscription can do without its old server: the new one works, or it has no access any more. */
async function mayLeave(tx: Db, to: string, { subscriptionId, graceMs, now }: Step): Promise<boolean> {
  const ready: unknown = await tx('vpn_keys')
    .where({ subscription_id: subscriptionId, server_id: to })
    .whereNotNull('connection_string')
    .first('id');
  if (ready !== undefined) return true;
  const live: unknown = await tx('subscriptions')
    .where({ id: subscriptionId })
    .whereNull('revoked_at')
    .where('ends_at', '>', new Date(now.getTime() - graceMs))
    .first('id');
  return live === undefined;
}

async function workOn(db: Db, job: ServerJob, step: Step): Promise<number | undefined> {
  return db.transaction(async (tx) => {
    const { subscriptionId, graceMs, now } = step;
    await tx('subscriptions').where({ id: subscriptionId }).forUpdate().first('id');
    const { serverIds, dropsKey } = await stepOf(tx, job, step);
    if (dropsKey) await tx('vpn_keys').where({ subscription_id: subscriptionId, server_id: job.serverId }).delete();
    const placeOn = dropsKey ? undefined : job.toServerId;
    const refreshed = await refreshAccess(tx, { subscriptionId, serverIds, ...(placeOn === undefined ? {} : { placeOn }), graceMs, now });
    await tx('server_jobs').where({ id: job.id }).update({ cursor: subscriptionId });
    if (refreshed === undefined || refreshed.changes.length === 0) return undefined;
    // Each step of a job is work of its own, also on an account that an earlier step worked on.
    const cause = `${jobCause(job)}:${dropsKey ? 'off' : 'on'}`;
    await insertOperations(tx, { cause, userId: refreshed.userId, orderId: undefined, changes: refreshed.changes });
    return refreshed.userId;
  });
}

/** Does the next few steps; returns the users whose workflows have work now. */
export async function stepServerJob(
  db: Db,
  job: ServerJob,
  step: { limit: number; graceMs: number; now: Date },
): Promise<readonly number[]> {
  const found: { rows: readonly { id: string }[] } = await db.raw(`${candidates[job.kind]} limit :limit`, {
    ...bindings(job, step),
    limit: step.limit,
  });
  const users: number[] = [];
  for (const { id } of found.rows) {
    const userId = await workOn(db, job, { subscriptionId: id, graceMs: step.graceMs, now: step.now });
    if (userId !== undefined) users.push(userId);
  }
  return users;
}

export interface ServerJobProgress {
  readonly kind: ServerJobKind;
  readonly serverId: string;
  readonly state: 'running' | 'done';
  readonly total: number;
  /** Subscriptions that have not been worked on, or whose new key is still to come. */
  readonly left: number;
  /** Panel work of this job that is not done. */
  readonly waiting: number;
}

async function countOpen(db: Db, job: ServerJob): Promise<number> {
  const row: { count?: string | number } | undefined = await db('operations')
    .where({ state: 'open' })
    .whereIn('cause', [`${jobCause(job)}:on`, `${jobCause(job)}:off`])
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** Panel work of this job that is under way: what waits for a panel that is down keeps nothing else from going on. */
export async function countUnderWay(db: Db, job: ServerJob): Promise<number> {
  const row: { count?: string | number } | undefined = await db('operations')
    .join('panel_accounts', 'panel_accounts.id', 'operations.panel_account_id')
    .leftJoin('panel_health', 'panel_health.panel_id', 'panel_accounts.panel_id')
    .where({ 'operations.state': 'open' })
    .whereIn('operations.cause', [`${jobCause(job)}:on`, `${jobCause(job)}:off`])
    .whereRaw(`panel_health.state is distinct from 'down'`)
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** How far a job is. */
export async function progressOf(db: Db, job: ServerJob, at: { graceMs: number; now: Date }): Promise<ServerJobProgress> {
  const waiting = await countOpen(db, job);
  const moves = job.kind === 'evacuate' || job.kind === 'remove';
  const todo: { rows: readonly unknown[] } = moves ? { rows: [] } : await db.raw(candidates[job.kind], bindings(job, at));
  const left = moves ? await keysOn(db, job.serverId) : todo.rows.length;
  return { kind: job.kind, serverId: job.serverId, state: job.state, total: job.total, left, waiting };
}

/** Users whose work of this job was written and never begun: their workflow was not told. */
export async function untoldUsers(db: Db, job: ServerJob, before: Date): Promise<readonly number[]> {
  const rows: readonly { user_id: number }[] = await db('operations')
    .where({ state: 'open', attempts: 0 })
    .whereIn('cause', [`${jobCause(job)}:on`, `${jobCause(job)}:off`])
    .where('created_at', '<', before)
    .distinct('user_id');
  return rows.map((row) => row.user_id);
}

/** Ends a job; a server whose access is removed everywhere is archived with it. */
export async function finishServerJob(db: Db, job: ServerJob, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    const ended = await tx('server_jobs').where({ id: job.id, state: 'running' }).update({ state: 'done', finished_at: now });
    if (ended === 1 && job.kind === 'remove') await setServerState(tx, job.serverId, 'removed');
  });
}

/** Live subscriptions that would be left without any server if this one went. */
export async function strandedBy(db: Db, serverId: string): Promise<number> {
  const result: { rows: readonly { count: string }[] } = await db.raw(
    `select count(*) from subscriptions s
     where s.revoked_at is null and s.ends_at > now() and exists (select 1 from vpn_keys k where k.subscription_id = s.id and k.server_id = :serverId)
       and not exists (select 1 from vpn_keys k join servers v on v.id = k.server_id where k.subscription_id = s.id and k.server_id <> :serverId
         and k.connection_string is not null and v.archived_at is null and v.state in ('open', 'draining'))`,
    { serverId },
  );
  return Number(result.rows[0]?.count ?? 0);
}
