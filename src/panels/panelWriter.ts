import { once } from 'node:events';
import { ShopError } from '../errors';

/** The right to write to one panel, across all processes. */
export interface PanelLock {
  release(): Promise<void>;
  /** Fires when the lock is lost before it was released. */
  readonly lost: AbortSignal;
}

export interface PanelWriter {
  /** Runs `work` as the only writer of the panel; its signal fires when that stops being true. Who is called off by `signal` leaves the queue. */
  run<T>(panelId: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Makes a writer: a queue per panel in this process, and `lock` against all others. */
export function createPanelWriter(lock: (panelId: string) => Promise<PanelLock>): PanelWriter {
  const tails = new Map<string, Promise<unknown>>();

  async function locked<T>(panelId: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const held = await lock(panelId);
    try {
      return await work(held.lost);
    } catch (error) {
      if (held.lost.aborted) throw new ShopError('PanelLockLost', { message: `the lock of panel ${panelId} was lost`, cause: error });
      throw error;
    } finally {
      await held.release();
    }
  }

  async function turn(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await (signal === undefined ? before : Promise.race([before, once(signal, 'abort')]));
    signal?.throwIfAborted();
  }

  return {
    run(panelId, work, signal) {
      const before = tails.get(panelId) ?? Promise.resolve();
      const mine = turn(before, signal).then(() => locked(panelId, work));
      // Who leaves the queue does not let those behind pass those before.
      tails.set(panelId, Promise.allSettled([before, mine]));
      return mine;
    },
  };
}
