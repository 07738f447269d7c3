import { setTimeout as wait } from 'node:timers/promises';
import { audit } from '../../db/audit';
import { getShopSettings } from '../../db/catalog';
import { findServerJob, progressOf, startServerJob, strandedBy, type ServerJob, type ServerJobKind } from '../../db/serverJobs';
import { listServers, setServerState, type StoredServer } from '../../db/servers';
import { defaultTechnicalTimes } from '../../domain/policy';
import { ShopError } from '../../errors';
import { connectTemporal } from '../../temporal/connection';
import { queues } from '../../workflows/queues';
import { serverJobWorkflowId } from '../../workflows/jobs/serverJobMessages';
import { say, type CliContext } from './context';

const lookMs = 1_000;

async function findServer({ db }: CliContext, id: string): Promise<StoredServer> {
  const servers = await listServers(db);
  const server = servers.find((one) => one.id === id);
  if (server !== undefined) return server;
  const known = servers.filter((one) => !one.isArchived).map((one) => one.id);
  throw new ShopError('NotFound', { message: `there is no server "${id}"; known: ${known.join(', ')}` });
}

async function startWorkflow({ config, temporalAddress }: CliContext, job: ServerJob): Promise<boolean> {
  if (temporalAddress === undefined) return false;
  const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
  try {
    await client.workflow.start('serverJobWorkflow', {
      workflowId: serverJobWorkflowId(job.id),
      taskQueue: queues.shop,
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [{ v: 1, jobId: job.id, times: defaultTechnicalTimes }],
    });
    return true;
  } catch {
    return false;
  } finally {
    await client.connection.close();
  }
}

async function follow({ db }: CliContext, started: ServerJob): Promise<void> {
  const { graceMs } = await getShopSettings(db);
  let shown = '';
  for (;;) {
    const job = (await findServerJob(db, started.id)) ?? started;
    const seen = await progressOf(db, job, { graceMs, now: new Date() });
    const line = `${seen.total - seen.left} of ${seen.total} done, ${seen.waiting} piece(s) of panel work under way`;
    if (line !== shown) say(`  ${line}`);
    shown = line;
    if (job.state === 'done') return;
    await wait(lookMs);
  }
}

const begun: Readonly<Record<ServerJobKind, string>> = {
  add: 'gives a key on it to every live subscription whose plan covers it',
  evacuate: 'moves its keys',
  disable: 'closes the access on it; the keys come back with "enable"',
  enable: 'opens the access on it again',
  refresh: 'gives its keys the inbounds it has now',
  remove: 'removes the access on it, then archives it',
};

async function runJob(context: CliContext, wish: { serverId: string; kind: ServerJobKind; toServerId?: string }): Promise<void> {
  const { db } = context;
  const { graceMs } = await getShopSettings(db);
  const job = await startServerJob(db, { ...wish, actor: 'cli', graceMs, now: new Date() });
  if (job.kind !== wish.kind)
    throw new ShopError('Busy', {
      message: `server ${wish.serverId} is under "${job.kind}" now; wait until that is done (npm run shop -- server list)`,
    });
  say(`Server ${wish.serverId}: the shop ${begun[job.kind]}. You may leave with Ctrl-C; it goes on by itself.`);
  if (!(await startWorkflow(context, job))) {
    say('  the running shop begins within a minute (npm run shop -- server list shows how far it is)');
    return;
  }
  await follow(context, job);
  say(`Server ${wish.serverId}: done.`);
}

/** Lists the servers: state, places, and the job that works on each. */
export async function showServers({ db }: CliContext): Promise<void> {
  for (const server of await listServers(db)) {
    if (server.isArchived && server.state !== 'removed') continue;
    const places = server.capacity === undefined ? `${server.keys} key(s)` : `${server.keys} of ${server.capacity} place(s) taken`;
    say(`${server.id.padEnd(24)} ${server.state.padEnd(9)} panel ${server.panelId}, ${places}`);
  }
}

/** `drain` and `undrain`: a server takes no new keys, or takes them again; those it has stay as they are. */
export async function setDraining(context: CliContext, serverId: string, draining: boolean): Promise<void> {
  const server = await findServer(context, serverId);
  if (server.state !== 'open' && server.state !== 'draining')
    throw new ShopError('ConfigInvalid', { message: `server ${serverId} is ${server.state}; "server enable ${serverId}" opens it first` });
  const state = draining ? 'draining' : 'open';
  await context.db.transaction(async (tx) => {
    await setServerState(tx, serverId, state);
    await audit(tx, { actor: 'cli', action: draining ? 'server.drain' : 'server.undrain', target: `servers/${serverId}` });
  });
  say(draining ? `Server ${serverId} takes no new keys; those it has work on.` : `Server ${serverId} takes new keys again.`);
}

/** `evacuate`: moves every key to another server; each buyer has the new one before the old one goes. */
export async function evacuateServer(context: CliContext, serverId: string, toServerId: string): Promise<void> {
  const from = await findServer(context, serverId);
  const to = await findServer(context, toServerId);
  if (from.id === to.id) throw new ShopError('ConfigInvalid', { message: 'a server cannot be moved to itself' });
  if (to.state !== 'open') throw new ShopError('ConfigInvalid', { message: `server ${to.id} is ${to.state} and takes no keys` });
  if (to.capacity !== undefined && to.keys + from.keys > to.capacity)
    throw new ShopError('ConfigInvalid', {
      message: `server ${to.id} has ${to.capacity - to.keys} free place(s), and ${from.keys} key(s) would come; raise its capacity in shop.yaml or move to another`,
    });
  await runJob(context, { serverId, kind: 'evacuate', toServerId });
}

/** `add`, `disable`, `enable`. */
export async function changeServer(context: CliContext, serverId: string, kind: 'add' | 'disable' | 'enable'): Promise<void> {
  await findServer(context, serverId);
  await runJob(context, { serverId, kind });
}

/** `remove`: access first, then the row; refused while somebody would be left without any server. */
export async function removeServer(context: CliContext, serverId: string): Promise<void> {
  await findServer(context, serverId);
  const stranded = await strandedBy(context.db, serverId);
  if (stranded > 0)
    throw new ShopError('ConfigInvalid', {
      message: `${stranded} live subscription(s) would be left without any server; move them first: npm run shop -- server evacuate ${serverId} --to <server>`,
    });
  await runJob(context, { serverId, kind: 'remove' });
  say(`Take ${serverId} out of shop.yaml now; "apply" does not bring it back, "server add ${serverId}" does.`);
}
