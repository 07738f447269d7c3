import { startServerJob, type ServerJob, type ServerJobKind } from '../../src/db/serverJobs';
import { panelBlock } from './panels';
import { demoShop } from '../../sandbox/demoShop';
import type { TestShop } from './shop';

/** The demo's shop with one server sold, `nl` on `main`, and one on a panel of its own that no plan has yet: `de` on `second`. */
export const movingShop = demoShop
  .replace('servers:\n', `${panelBlock('second')}servers:\n`)
  .replace(/(- id: de\n {4}panel: )main/, '$1second')
  .replace('inbounds: [2]', 'inbounds: [1]')
  .replaceAll(/( {4}price: \d+\n)/g, '$1    servers: [nl]\n');

/** Starts a job on a server as the command line does; the running shop works it off. */
export function startJob(shop: TestShop, wish: { serverId: string; kind: ServerJobKind; toServerId?: string }): Promise<ServerJob> {
  return startServerJob(shop.db, { ...wish, actor: 'test', graceMs: 0, now: new Date() });
}

/** Whether a job is done. */
export async function isDone(shop: TestShop, job: ServerJob): Promise<boolean> {
  return (await shop.db('server_jobs').where({ id: job.id, state: 'done' })).length === 1;
}
