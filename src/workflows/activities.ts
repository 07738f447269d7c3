import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type {
  ChargeActivities,
  PanelActivities,
  PanelJobActivities,
  PaymentActivities,
  RefundActivities,
  ReminderActivities,
  RenewalActivities,
  ShopActivities,
  TelegramActivities,
} from '../activities/contract';
import type { TechnicalTimes } from '../domain/policy';
import { queues } from './queues';

function retried(times: TechnicalTimes, startToCloseMs: number): ActivityOptions {
  return {
    startToCloseTimeout: startToCloseMs,
    retry: { initialInterval: times.retryMs, backoffCoefficient: 2, maximumInterval: times.maxRetryMs },
  };
}

/** Postgres work: retried for ever, at most 30 s apart. */
export function shopActivities(times: TechnicalTimes): ShopActivities {
  return proxyActivities<ShopActivities>({
    taskQueue: queues.shop,
    startToCloseTimeout: times.databaseMs,
    retry: { initialInterval: Math.min(200, times.retryMs), backoffCoefficient: 2, maximumInterval: Math.min(30_000, times.maxRetryMs) },
  });
}

/** Provider calls the user waits for: one try and one repeat with the same key. */
export function paymentActivities(times: TechnicalTimes): PaymentActivities {
  return proxyActivities<PaymentActivities>({
    taskQueue: queues.payments,
    startToCloseTimeout: times.providerMs,
    // A failure that asks for a long pause ends the call at once: the user's other messages must not wait for it.
    scheduleToCloseTimeout: 2 * times.providerMs + times.retryMs,
    retry: { initialInterval: times.retryMs, maximumAttempts: 2 },
  });
}

/** Refunds at a provider: repeated under one key until they are answered. */
export function refundActivities(times: TechnicalTimes): RefundActivities {
  return proxyActivities<RefundActivities>({ taskQueue: queues.payments, ...retried(times, times.providerMs) });
}

/** Charging saved methods: repeated under one key until it is answered. */
export function chargeActivities(times: TechnicalTimes): ChargeActivities {
  return proxyActivities<ChargeActivities>({ taskQueue: queues.payments, ...retried(times, times.providerMs) });
}

/** Telling a provider to charge no more: repeated until it is answered. */
export function renewalActivities(times: TechnicalTimes): RenewalActivities {
  return proxyActivities<RenewalActivities>({ taskQueue: queues.payments, ...retried(times, times.providerMs) });
}

/** Provider calls of jobs, which nobody waits for. */
export function paymentJobActivities(times: TechnicalTimes): PaymentActivities {
  return proxyActivities<PaymentActivities>({
    taskQueue: queues.payments,
    startToCloseTimeout: 10 * 60_000,
    heartbeatTimeout: Math.max(times.heartbeatMs, 2 * times.providerMs),
    retry: { initialInterval: times.retryMs, maximumAttempts: 3 },
  });
}

/** Panel work that somebody paid for: retried for ever. */
export function panelActivities(times: TechnicalTimes): PanelActivities {
  return proxyActivities<PanelActivities>({
    taskQueue: queues.panel,
    ...retried(times, times.panelMs),
    heartbeatTimeout: times.heartbeatMs,
  });
}

/** Jobs about panels, which nobody waits for: one try, the next run is the next try. */
export function panelJobActivities(times: TechnicalTimes): PanelJobActivities {
  return proxyActivities<PanelJobActivities>({
    taskQueue: queues.panel,
    startToCloseTimeout: times.panelMs,
    scheduleToCloseTimeout: 2 * times.panelMs,
    retry: { maximumAttempts: 1 },
  });
}

/** Messages that have to arrive: retried until Telegram takes or refuses them. */
export function telegramActivities(times: TechnicalTimes): TelegramActivities {
  return proxyActivities<TelegramActivities>({ taskQueue: queues.telegram, ...retried(times, times.telegramMs) });
}

/** One try at a message inside the user's loop; a child takes over when it fails. */
export function telegramOnce(times: TechnicalTimes): TelegramActivities {
  return proxyActivities<TelegramActivities>({
    taskQueue: queues.telegram,
    startToCloseTimeout: times.telegramMs,
    scheduleToCloseTimeout: times.telegramMs,
    retry: { maximumAttempts: 1 },
  });
}

/** Messages of the shop's own accord: one try each, as many a second as their queue lets through, however long the others wait for it. */
export function reminderActivities(times: TechnicalTimes): ReminderActivities {
  return proxyActivities<ReminderActivities>({
    taskQueue: queues.reminders,
    startToCloseTimeout: times.telegramMs,
    retry: { maximumAttempts: 1 },
  });
}
