import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeTelemetryFilterString, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  createPanelActivities,
  createPaymentActivities,
  createReminderActivities,
  createShopActivities,
  createTelegramActivities,
} from '../activities/index';
import type { PaymentDeps } from '../activities/deps';
import { createFailureInterceptor } from '../activities/failures';
import { raiseAlert } from '../db/alerts';
import { installationId } from '../db/installation';
import { takeLock } from '../db/locks';
import { createPersonHash } from '../db/people';
import { reminderHorizonMs } from '../db/reminders';
import { usersWithWork } from '../db/userView';
import { reportEvents } from '../inbox/paymentEvents';
import { createPanelWriter } from '../panels/panelWriter';
import { runAlerts } from '../telegram/alerts';
import { isMarked, rebuild } from '../temporal/installation';
import { ensureNamespace } from '../temporal/namespace';
import { ensureSchedules } from '../temporal/schedules';
import { ensureSearchAttributes } from '../temporal/searchAttributes';
import { queues } from '../workflows/queues';
import type { Running } from './api';
import { workflowBundle } from './bundle';
import type { Foundation } from './foundation';

const restartMs = 1_000;

// Where payers come back to: the bot, once Telegram has told its name; until then the shop's own address, so that an invoice never waits for Telegram.
function createReturnUrl({ telegram, settings }: Foundation): () => Promise<string> {
  let known: string | undefined;
  return async () => {
    try {
      known ??= `https://t.me/${(await telegram.getMe()).username}`;
      return known;
    } catch {
      return (await settings()).publicUrl;
    }
  };
}

function activityGroups(foundation: Foundation): Readonly<Record<keyof typeof queues, object>> {
  const { db, clock, log, settings, tuning, signals } = foundation;
  const common = { db, clock, log, settings, policy: { ...tuning.policy, searchAttributes: foundation.attributes.registered } };
  const payments: PaymentDeps = {
    ...common,
    providers: foundation.providers,
    returnUrl: createReturnUrl(foundation),
    reportEvents: (events) => reportEvents(foundation.inbox, events),
    askPace: tuning.askPace,
  };
  const writer = createPanelWriter((panelId) => takeLock(foundation.engines.databaseUrl, { kind: 'panel', name: panelId }));
  return {
    shop: createShopActivities({ ...payments, signals, personHash: createPersonHash(db, foundation.sealer) }),
    payments: createPaymentActivities(payments),
    panel: createPanelActivities({
      ...common,
      panels: foundation.panels,
      writer,
      signals,
      breaker: tuning.breaker,
      checkMs: tuning.times.panelMs,
      atWork: new Map(),
    }),
    telegram: createTelegramActivities({ ...common, sender: foundation.sender('news') }),
    reminders: createReminderActivities({ ...common, sender: foundation.sender('reminder') }),
  };
}

async function createWorkers(foundation: Foundation, connection: NativeConnection): Promise<readonly Worker[]> {
  const { config, log, db, tuning } = foundation;
  const alert = (error: { code: string; message: string }, activity: string): Promise<void> =>
    raiseAlert(db, { key: `activity:${activity}:${error.code}`, kind: 'activity', text: `${activity}: ${error.message}` });
  const groups = activityGroups(foundation);
  const failures = createFailureInterceptor({ log, alert });
  const common: Pick<WorkerOptions, 'connection' | 'namespace' | 'interceptors' | 'shutdownGraceTime'> = {
    connection,
    namespace: config.temporalNamespace,
    shutdownGraceTime: 3_000,
    interceptors: { activity: [() => ({ inbound: failures })] },
  };
  const workflows = await workflowBundle(join(config.dataDir, 'bundle'));
  const shop = Worker.create({
    ...common,
    taskQueue: queues.shop,
    activities: groups.shop,
    workflowBundle: workflows,
    maxCachedWorkflows: 500,
    stickyQueueScheduleToStartTimeout: tuning.stickyMs,
  });
  const others = (['payments', 'panel', 'telegram'] as const).map((name) =>
    Worker.create({
      ...common,
      taskQueue: queues[name],
      activities: groups[name],
      // Beats are held back for at most this long. By default for 0.8 of the longest silence, and a worker that is only busy would count as dead.
      maxHeartbeatThrottleInterval: tuning.times.heartbeatMs / 3,
    }),
  );
  const reminders = Worker.create({
    ...common,
    taskQueue: queues.reminders,
    activities: groups.reminders,
    // Counted by the server over all workers, so that they wait here, unclaimed, and not for their turn.
    maxTaskQueueActivitiesPerSecond: tuning.remindersPerSecond,
  });
  return Promise.all([shop, reminders, ...others]);
}

async function prepare(foundation: Foundation): Promise<void> {
  const { temporal, tuning, log } = foundation;
  await ensureNamespace(temporal);
  foundation.attributes.registered = await ensureSearchAttributes(temporal);
  if (!foundation.attributes.registered)
    log.warn({}, 'the namespace lacks the search attributes and they may not be added; the shop runs without them');
  await ensureSchedules(temporal, tuning.jobPace, tuning.times);
}

async function runOnce(foundation: Foundation, signal: AbortSignal): Promise<void> {
  await prepare(foundation);
  const connection = await NativeConnection.connect({ address: foundation.engines.temporalAddress });
  try {
    const workers = await createWorkers(foundation, connection);
    const shutdown = (): void => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    signal.addEventListener('abort', shutdown, { once: true });
    if (signal.aborted) return;
    // One queue that fails takes the others down, so that all start anew together.
    await Promise.all(workers.map((worker) => worker.run().finally(shutdown)));
  } finally {
    await connection.close();
  }
}

async function rebuildWhatWasLost(foundation: Foundation): Promise<void> {
  const { db, log, tuning, temporal, signals, settings, clock } = foundation;
  const installation = { client: temporal, installationId: await installationId(db) };
  if (await isMarked(installation)) return;
  // A lost database took search attributes and schedules with it.
  await prepare(foundation);
  const { graceMs } = await settings();
  const aliveMs = Math.max(graceMs, reminderHorizonMs(tuning.policy.reminders));
  await rebuild({
    ...installation,
    signals,
    usersWithWork: (afterId, limit) => usersWithWork(db, { afterId, limit, endedAfter: new Date(clock.now().getTime() - aliveMs) }),
    paceMs: tuning.rebuildPaceMs,
    log,
  });
}

async function guardInstallation(foundation: Foundation, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await rebuildWhatWasLost(foundation);
    } catch (error) {
      foundation.log.warn({ err: error }, 'Temporal could not be checked; trying again');
    }
    await wait(foundation.tuning.markerMs, undefined, { signal }).catch(() => undefined);
  }
}

function alerting(foundation: Foundation, signal: AbortSignal): Promise<void> {
  const { db, log, tuning } = foundation;
  return runAlerts({ db, log, paceMs: tuning.alertMs, sender: foundation.sender('news') }, signal);
}

// The native runtime is one per process, and may be set up only once.
let runtimeIsInstalled = false;

function installRuntime(log: Foundation['log']): void {
  if (runtimeIsInstalled) return;
  runtimeIsInstalled = true;
  Runtime.install({
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} } },
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: () => undefined,
      warn: (message) => log.warn({ source: 'temporal' }, message),
      error: (message) => log.warn({ source: 'temporal' }, message),
    },
  });
}

/** Starts the worker: workflows and activities, made anew whenever Temporal went away, and the guard against its losing its database. */
export function startWorker(foundation: Foundation): Running {
  const ending = new AbortController();
  const { log } = foundation;
  installRuntime(log);
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        await runOnce(foundation, ending.signal);
      } catch (error) {
        log.warn({ err: error }, 'the worker lost Temporal; starting again');
      }
      if (!ending.signal.aborted) await wait(restartMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  };
  const parts = [run(), guardInstallation(foundation, ending.signal), alerting(foundation, ending.signal)];
  return {
    async stop() {
      ending.abort();
      await Promise.all(parts);
    },
  };
}
