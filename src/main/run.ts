import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { startApi, type Running } from './api';
import { startBot } from './bot';
import { createFoundation, type Engines, type Foundation } from './foundation';
import { startMetrics } from './metrics';
import type { Tuning } from './tuning';
import { startWorker } from './worker';

// Several roles side by side share one machine; only one of them can have the port, and the others sell all the same.
async function openMetrics(foundation: Foundation): Promise<Running | undefined> {
  try {
    return await startMetrics(foundation.db, foundation.config.metricsPort);
  } catch (error) {
    foundation.log.warn({ err: error }, 'no metrics of this process');
    return undefined;
  }
}

const syncMs = 60_000;
const firstSyncMs = 3_000;

// Every process goes by the clock of Postgres. One that does not answer yet keeps no role from starting.
async function keepTime({ clock, log }: Foundation): Promise<Running> {
  const sync = (): Promise<void> => clock.sync().catch(() => log.warn({}, 'Postgres did not tell the time; asking again'));
  const timer = setInterval(() => void sync(), syncMs);
  timer.unref();
  await Promise.race([sync(), wait(firstSyncMs, undefined, { ref: false })]);
  return {
    stop() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

export interface RunningShop {
  /** Port of the api, where this process has one. */
  readonly port: number | undefined;
  stop(): Promise<void>;
}

/** Starts the roles that `config.role` names on engines that are there. */
export async function runShop(config: Config, engines: Engines, parts: { tuning: Tuning; log: Logger }): Promise<RunningShop> {
  const foundation = createFoundation(config, engines, parts);
  const clock = await keepTime(foundation);
  const has = (role: Config['role']): boolean => config.role === 'all' || config.role === role;
  const running: Running[] = [clock];
  const api = has('api') ? await startApi(foundation) : undefined;
  if (api !== undefined) running.push(api);
  if (has('bot')) running.push(startBot(foundation));
  if (has('worker')) running.push(startWorker(foundation));
  const metrics = config.metricsPort === 0 ? undefined : await openMetrics(foundation);
  if (metrics !== undefined) running.push(metrics);
  return {
    port: api?.port,
    async stop() {
      await Promise.allSettled(running.map((part) => part.stop()));
      await foundation.close();
    },
  };
}
