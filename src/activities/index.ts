import { Context } from '@temporalio/activity';
import { inWordsOf } from '../bot/texts/texts';
import { ban, grantTime, revokeAccess, unban } from './access';
import { applyPayment } from './applyPayment';
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
} from './contract';
import type { PaymentDeps, TelegramDeps, UserSignals } from './deps';
import { deleteUser } from './deletion';
import { claimGift } from './gifts';
import { applyRetention, forgetOldKeys, parkItem, sweepUsers } from './jobs';
import { announceReady, sendNotice, showOrder, tellDelay } from './notifications';
import {
  correctBalance,
  decideTransfer,
  endRefund,
  parkRefund,
  refundOrder,
  remindOperators,
  resolveQuarantine,
  submitTransfer,
} from './operators';
import { settleDifference } from './differences';
import { cancelOrder, createOrder, expireOrder, failInvoice, payFromBalance } from './orders';
import { changePlan, endPause, pause, resume } from './ownership';
import { ensureAccount } from './panelAccounts';
import { checkPanel, listPanelIds } from './panelHealth';
import { syncPanel, type SyncDeps } from './panelSync';
import { answerWakeUps, askDuePayments, createInvoice, reconcilePayments } from './payments';
import { redeemCode } from './promo';
import { refreshRates } from './rates';
import { sendReminder, settleReminder } from './reminders';
import { askRefund, callRefund } from './refunds';
import { chargeSaved, declineCharge, renewOnTime, setAutoRenew } from './renewals';
import { forgetMethod, parkStop, stopRenewal } from './savedMethods';
import { listServerJobs, workServerJob } from './servers';
import { replaceToken } from './tokens';
import { beginTrafficMonths } from './traffic';
import { startTrial, type TrialDeps } from './trials';
import { applyUserEvents } from './userEvents';
import { loadUser } from './users';

/** Postgres work of the users' workflows. */
export function createShopActivities(deps: PaymentDeps & TrialDeps & { readonly signals: UserSignals }): ShopActivities {
  return {
    loadUser: (input) => loadUser(deps, input),
    createOrder: (input) => createOrder(deps, input),
    failInvoice: (input) => failInvoice(deps, input),
    cancelOrder: (input) => cancelOrder(deps, input),
    payFromBalance: (input) => payFromBalance(deps, input),
    forgetMethod: (input) => forgetMethod(deps, input),
    submitTransfer: (input) => submitTransfer(deps, input),
    decideTransfer: (input) => decideTransfer(deps, input),
    refundOrder: (input) => refundOrder(deps, input),
    endRefund: (input) => endRefund(deps, input),
    correctBalance: (input) => correctBalance(deps, input),
    resolveQuarantine: (input) => resolveQuarantine(deps, input),
    settleDifference: (input) => settleDifference(deps, input),
    grantTime: (input) => grantTime(deps, input),
    revokeAccess: (input) => revokeAccess(deps, input),
    ban: (input) => ban(deps, input),
    unban: (input) => unban(deps, input),
    claimGift: (input) => claimGift(deps, input),
    replaceToken: (input) => replaceToken(deps, input),
    deleteUser: (input) => deleteUser(deps, input),
    redeemCode: (input) => redeemCode(deps, input),
    startTrial: (input) => startTrial(deps, input),
    pause: (input) => pause(deps, input),
    resume: (input) => resume(deps, input),
    changePlan: (input) => changePlan(deps, input),
    endPause: (input) => endPause(deps, input),
    setAutoRenew: (input) => setAutoRenew(deps, input),
    renewOnTime: (input) => renewOnTime(deps, input),
    declineCharge: (input) => declineCharge(deps, input),
    parkRefund: (input) => parkRefund(deps, input),
    expireOrder: (input) => expireOrder(deps, input),
    applyPayment: (input) => applyPayment(deps, input),
    applyUserEvents: (input) => applyUserEvents(deps, input),
    settleReminder: (input) => settleReminder(deps, input),
    parkItem: (input) => parkItem(deps, input),
    reportOperation: (input) => deps.signals.operationFinished(input.userId, input.operationId),
    sweepUsers: (input) => sweepUsers(deps, deps.signals, input),
    applyRetention: () => applyRetention(deps),
    forgetOldKeys: (input) => forgetOldKeys(deps, deps.signals, input),
    remindOperators: () => remindOperators(deps),
    beginTrafficMonths: () => beginTrafficMonths(deps),
    listServerJobs: () => listServerJobs(deps),
    workServerJob: (input) => workServerJob(deps, input),
  };
}

/** Calls to payment providers. */
export function createPaymentActivities(deps: PaymentDeps): PaymentActivities & RefundActivities & RenewalActivities & ChargeActivities {
  return {
    createInvoice: (input) => createInvoice(deps, input),
    answerWakeUps: (input) => answerWakeUps(deps, input),
    askDuePayments: (input) => askDuePayments(deps, input),
    reconcilePayments: (input) => reconcilePayments(deps, input),
    refreshRates: () => refreshRates(deps),
    callRefund: (input) => callRefund(deps, input),
    askRefund: (input) => askRefund(deps, input),
    chargeSaved: (input) => chargeSaved(deps, input),
    stopRenewal: (input) => stopRenewal(deps, input),
    parkStop: (input) => parkStop(deps, input),
  };
}

/** Calls to panels. */
export function createPanelActivities(deps: SyncDeps): PanelActivities & PanelJobActivities {
  return {
    ensureAccount: (input) => ensureAccount(deps, input),
    listPanelIds: () => listPanelIds(deps),
    checkPanel: (input) => checkPanel(deps, input),
    async syncPanel(input) {
      const { ours, foreign, repaired, refreshedLinks, implausible } = await syncPanel(deps, input, Context.current().cancellationSignal);
      return { ours, foreign, repaired, refreshedLinks, ...(implausible === undefined ? {} : { implausible }) };
    },
  };
}

async function inShopWords<Result>(deps: TelegramDeps, work: () => Promise<Result>): Promise<Result> {
  return inWordsOf(await deps.settings(), work);
}

/** Messages to buyers. */
export function createTelegramActivities(deps: TelegramDeps): TelegramActivities {
  return {
    showOrder: (input) => inShopWords(deps, () => showOrder(deps, input)),
    announceReady: (input) => inShopWords(deps, () => announceReady(deps, input)),
    sendNotice: (input) => inShopWords(deps, () => sendNotice(deps, input)),
    tellDelay: (input) => inShopWords(deps, () => tellDelay(deps, input)),
  };
}

/** Messages that the shop writes of its own accord. */
export function createReminderActivities(deps: TelegramDeps): ReminderActivities {
  return { sendReminder: (input) => inShopWords(deps, () => sendReminder(deps, input)) };
}
