import Router from '@koa/router';
import type { Context, Next } from 'koa';
import { readBody, readJsonBody } from './body';

/** A way to fail that a simulator was told to take. */
export interface Fault {
  readonly mode: string;
  readonly delayMs: number;
}

interface Entry extends Fault {
  readonly target: string;
  readonly operation: string | undefined;
  left: number;
}

/** Failures switched on from outside; every simulator asks before and after its work. */
export interface Faults {
  /** The failure for this call of `target`, used up by one; undefined = behave. */
  take(target: string, operation: string): Fault | undefined;
  readonly router: Router;
}

/** Makes the registry with its endpoint `POST /sandbox/faults {target, mode, operation?, count?, delayMs?}`; mode null ends the target's failures. */
export function createFaults(): Faults {
  const entries: Entry[] = [];
  const router = new Router();
  router.post('/sandbox/faults', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const target = String(body['target'] ?? '');
    if (body['mode'] === null) {
      for (let index = entries.length - 1; index >= 0; index -= 1) if (entries[index]?.target === target) entries.splice(index, 1);
    } else {
      entries.push({
        target,
        mode: String(body['mode']),
        operation: typeof body['operation'] === 'string' ? body['operation'] : undefined,
        delayMs: Number(body['delayMs'] ?? 0),
        left: Number(body['count'] ?? Number.MAX_SAFE_INTEGER),
      });
    }
    ctx.body = { ok: true };
  });
  return {
    router,
    take(target, operation) {
      const entry = entries.find(
        (one) => one.left > 0 && one.target === target && (one.operation === undefined || one.operation === operation),
      );
      if (entry === undefined) return undefined;
      entry.left -= 1;
      return { mode: entry.mode, delayMs: entry.delayMs };
    },
  };
}

/** Carries out the failures that need no knowledge of the service. `drop` does the work and loses the answer, `late` keeps it back, `stall` never gives it. */
export async function withFault(ctx: Context, fault: Fault | undefined, work: Next): Promise<void> {
  switch (fault?.mode) {
    case 'refuse':
      ctx.req.socket.destroy();
      return;
    case 'html':
      ctx.type = 'html';
      ctx.body = '<html><body>Bad gateway canary-body</body></html>';
      return;
    case 'http400':
      ctx.status = 400;
      ctx.body = '{}';
      return;
    case 'http401':
      ctx.status = 401;
      ctx.body = '{}';
      return;
    case 'http500':
      ctx.status = 500;
      ctx.body = '';
      return;
    case 'slow':
      // Read before the caller may hang up: the work is done all the same.
      await readBody(ctx.req);
      await new Promise((resolve) => {
        setTimeout(resolve, fault.delayMs);
      });
      await work();
      return;
    case 'late':
      await work();
      await new Promise((resolve) => {
        setTimeout(resolve, fault.delayMs);
      });
      return;
    case 'drop':
      await work();
      ctx.req.socket.destroy();
      return;
    case 'stall':
      await work();
      await new Promise((resolve) => {
        ctx.req.socket.once('close', resolve);
      });
      return;
    default:
      await work();
  }
}
