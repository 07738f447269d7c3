import { ApplicationFailure, Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { isShopError, retryClass, ShopError, type ShopErrorCode } from '../errors';

/** Narrow view of a logger. */
export interface ActivityLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A failure for our own fault is met this often before the item is set aside. */
const mostBugs = 4;

/** Activities whose bugs are counted at once; the count of one that is forgotten begins anew. */
const mostCounted = 1_000;

/** Shortest pause that Temporal is asked for: one of zero ends the activity for good (server 1.29, `nextBackoffInterval` in `retry.go`). */
const leastRetryMs = 1;

const slowRetryMs = 15 * 60_000;

// SQLSTATE classes (PostgreSQL documentation, appendix A) in which the server, not the statement, is at fault.
const databaseClasses = new Set(['08', '53', '57', '58', '40']);
const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);
const poolFailure =
  /Connection terminated|Timeout acquiring a connection|timeout expired|Unable to acquire a connection|pool is destroyed/i;

function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return connectionCodes.has(code) || (code.length === 5 && databaseClasses.has(code.slice(0, 2))) || poolFailure.test(error.message);
}

/** Any error as a `ShopError`; texts of foreign errors are dropped because they may carry secrets. */
export function toShopError(error: unknown): ShopError {
  if (isShopError(error)) return error;
  if (isDatabaseDown(error)) return new ShopError('DatabaseUnavailable', { message: 'Postgres did not answer', cause: error });
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code.slice(0, 40)})` : '';
  const name = error instanceof Error ? error.name : 'a thrown value';
  return new ShopError('Internal', { message: `unexpected ${name}${code}`, cause: error });
}

function retryDelay(error: ShopError): number | undefined {
  if (error.retryAfterMs !== undefined) return Math.max(leastRetryMs, error.retryAfterMs);
  return retryClass[error.code] === 'slow' ? slowRetryMs : undefined;
}

/** The failure Temporal is told: code and safe sentence, no cause, no stack, retried by the class of its code. `bugs` is how often our own fault was met. */
export function toFailure(error: ShopError, bugs: number): ApplicationFailure {
  const kind = retryClass[error.code];
  const nextRetryDelay = retryDelay(error);
  const failure = ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: kind === 'final' || (kind === 'bug' && bugs >= mostBugs),
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
  // Temporal keeps an error's stack in history; the log has it, with its paths.
  failure.stack = '';
  return failure;
}

/** Counts bugs per activity: Temporal's own count of tries has those in it that the world made vain, however many they are. */
function createBugCount(): (activity: string, isBug: boolean) => number {
  const counts = new Map<string, number>();
  return (activity, isBug) => {
    const count = (counts.get(activity) ?? 0) + Number(isBug);
    counts.delete(activity);
    if (count > 0) counts.set(activity, count);
    const [oldest] = counts.keys();
    if (counts.size > mostCounted && oldest !== undefined) counts.delete(oldest);
    return count;
  };
}

/** What the operators hear when a code appears; undefined for what heals by itself. */
export type AlertFor = (error: ShopError, activity: string) => Promise<void>;

/** Turns every error of an activity into a failure that is safe to keep in history, and logs it with its stack. */
export function createFailureInterceptor(deps: { readonly log: ActivityLog; readonly alert: AlertFor }): ActivityInboundCallsInterceptor {
  const countBugs = createBugCount();
  return {
    async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
      try {
        return await next(input);
      } catch (error) {
        const info = Context.current().info;
        const failure = toShopError(error);
        const fields = { activity: info.activityType, attempt: info.attempt, code: failure.code, err: failure };
        if (needsOperator(failure.code)) deps.log.error(fields, failure.message);
        else deps.log.warn(fields, failure.message);
        // Work for panels tells of them itself, once per panel.
        const told = failure.code.startsWith('Panel');
        if (needsOperator(failure.code) && !told) await deps.alert(failure, info.activityType).catch(() => undefined);
        const activity = `${info.workflowExecution?.runId ?? ''} ${info.activityId}`;
        throw toFailure(failure, countBugs(activity, retryClass[failure.code] === 'bug'));
      }
    },
  };
}

function needsOperator(code: ShopErrorCode): boolean {
  const kind = retryClass[code];
  return kind === 'slow' || kind === 'bug' || code === 'PanelConflict';
}
