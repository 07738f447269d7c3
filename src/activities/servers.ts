import {
  countUnderWay,
  finishServerJob,
  findServerJob,
  progressOf,
  runningServerJobs,
  stepServerJob,
  untoldUsers,
  type ServerJobProgress,
} from '../db/serverJobs';
import type { ActivityDeps, UserSignals } from './deps';

/** Panel work of one job that may be under way at once: purchases come first. */
const mostAtOnce = 10;
/** Work that was not begun after this long has a user's workflow that was not told. */
const untoldMs = 15_000;

/** Ids of the jobs that work on servers. */
export function listServerJobs(deps: ActivityDeps): Promise<readonly string[]> {
  return runningServerJobs(deps.db);
}

/** Does the next few steps of a job and says how far it is; ends it when nothing is left. Safe to repeat. */
export async function workServerJob(
  deps: ActivityDeps & { readonly signals: UserSignals },
  input: { readonly jobId: string },
): Promise<ServerJobProgress | undefined> {
  const job = await findServerJob(deps.db, input.jobId);
  if (job === undefined || job.state === 'done') return undefined;
  const at = { graceMs: (await deps.settings()).graceMs, now: deps.clock.now() };
  const limit = Math.max(0, mostAtOnce - (await countUnderWay(deps.db, job)));
  const users = await stepServerJob(deps.db, job, { ...at, limit });
  const forgotten = await untoldUsers(deps.db, job, new Date(at.now.getTime() - untoldMs));
  for (const userId of new Set([...users, ...forgotten])) await deps.signals.resync(userId);
  const after = await progressOf(deps.db, (await findServerJob(deps.db, job.id)) ?? job, at);
  if (after.left > 0 || after.waiting > 0 || users.length > 0) return after;
  await finishServerJob(deps.db, job, at.now);
  return { ...after, state: 'done' };
}
