import type { ReminderKind } from '../domain/reminder';
import type { UserView } from '../domain/user';
import type { ForgetResult, OperatorResult, OrderResult, RequestOf, ResultOf, WishName } from '../workflows/user/messages/wishes';

interface OfUser {
  readonly userId: number;
}

/** What one item of the mailbox did: the user's new view, and orders whose message has to be shown anew. */
export interface ItemDone {
  readonly view: UserView;
  readonly show: readonly string[];
}

/** The answer to a wish, and what it did. */
export interface Answered<Result> extends ItemDone {
  readonly result: Result;
  /** Set when the provider has to be asked for an invoice. */
  readonly paymentId?: string;
}

export type OrderAnswered = Answered<OrderResult>;
export type ForgetAnswered = Answered<ForgetResult>;
export type OperatorAnswered = Answered<OperatorResult>;

type WishActivity<Name extends WishName> = (input: OfUser & RequestOf<Name>) => Promise<Answered<ResultOf<Name>>>;

/** Each wish has the activity of its name; the oldest one has `createOrder`. */
export type WishActivities = { readonly [Name in Exclude<WishName, 'openOrder'>]: WishActivity<Name> };

export type ApplyOutcome = 'nothing_new' | 'delivered' | 'delivered_late' | 'credited' | 'quarantined' | 'changed' | 'unknown_payment';

export interface PaymentApplied extends ItemDone {
  readonly outcome: ApplyOutcome;
}

export interface ParkedItemInput extends OfUser {
  readonly item: { readonly kind: string; readonly paymentId?: string; readonly operationId?: string; readonly orderId?: string };
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** How far a job on a server is. */
export interface ServerJobSeen {
  readonly kind: string;
  readonly serverId: string;
  readonly state: 'running' | 'done';
  readonly total: number;
  readonly left: number;
  /** Panel work under way. */
  readonly waiting: number;
}

/** One kind of message for one end of a subscription. */
export interface ReminderInput {
  readonly subscriptionId: string;
  readonly kind: ReminderKind;
  readonly endsAt: string;
}

/** `waiting`: to be tried again at that time. `gone`: nothing is to be done about it any more. */
export type ReminderOutcome =
  | { readonly outcome: 'sent' | 'skipped' | 'unknown' | 'gone' }
  | { readonly outcome: 'waiting'; readonly at: string };

/** Postgres work of the user's workflow; every one is safe to run twice. */
export interface ShopActivities extends WishActivities {
  loadUser(input: OfUser): Promise<UserView>;
  readonly createOrder: WishActivity<'openOrder'>;
  failInvoice(input: OfUser & { readonly paymentId: string }): Promise<ItemDone>;
  /** Leaves a refund that the provider refused to an operator. */
  parkRefund(input: { readonly refundId: string }): Promise<void>;
  expireOrder(input: OfUser & { readonly orderId: string }): Promise<ItemDone>;
  /** Opens a subscription again whose pause is over. */
  endPause(input: OfUser & { readonly subscriptionId: string }): Promise<ItemDone>;
  /** Takes the step of a renewal whose time has come: news of it, or the try. */
  renewOnTime(
    input: OfUser & { readonly subscriptionId: string; readonly step: 'announce' | 'try'; readonly endsAt: string },
  ): Promise<ItemDone>;
  /** Ends a try whose provider refused for good. */
  declineCharge(input: { readonly paymentId: string }): Promise<void>;
  applyPayment(input: OfUser & { readonly paymentId: string }): Promise<PaymentApplied>;
  /** Applies what other users' doings mean for this one. */
  applyUserEvents(input: OfUser): Promise<ItemDone>;
  parkItem(input: ParkedItemInput): Promise<UserView>;
  /** Says what became of a reminder whose activity failed. */
  settleReminder(input: ReminderInput): Promise<ReminderOutcome>;
  reportOperation(input: OfUser & { readonly operationId: string }): Promise<void>;
  /** Tells up to `limit` users that are behind to look again; returns how many. */
  sweepUsers(input: { readonly limit: number }): Promise<number>;
  /** Deletes what the retention rules say; returns rows deleted. */
  applyRetention(): Promise<number>;
  forgetOldKeys(input: { readonly limit: number }): Promise<number>;
  /** Begins the next month of traffic where it is due; returns how many. */
  beginTrafficMonths(): Promise<number>;
  /** Ids of the jobs that work on servers. */
  listServerJobs(): Promise<readonly string[]>;
  /** Does the next few steps of a job on a server; undefined when it is done. */
  workServerJob(input: { readonly jobId: string }): Promise<ServerJobSeen | undefined>;
  /** Reminds operators of transfers that nobody decided; returns how many. */
  remindOperators(): Promise<number>;
}

export interface PaymentActivities {
  createInvoice(input: { readonly paymentId: string }): Promise<void>;
  /** Asks the provider about a payment that an untrusted message spoke of; its answer enters the inbox. */
  answerWakeUps(input: { readonly paymentId: string }): Promise<void>;
  /** Asks about payments whose time has come; returns how many were asked. */
  askDuePayments(input: { readonly limit: number }): Promise<number>;
  /** Asks every provider that can list for money that no message told of; returns events found. */
  reconcilePayments(input: { readonly sinceMs: number }): Promise<number>;
  /** Asks for the prices of currencies that have to be fresh; returns how many are in use. */
  refreshRates(): Promise<number>;
}

export type RefundProgress = 'done' | 'pending' | 'by_hand';

export interface RefundActivities {
  /** Asks the provider to give the money back; the same refund is the same call. */
  callRefund(input: { readonly refundId: string }): Promise<RefundProgress>;
  /** Asks how a refund stands that the provider took its time for. */
  askRefund(input: { readonly refundId: string }): Promise<RefundProgress>;
}

export interface RenewalActivities {
  /** Tells a provider that charges by itself to do so no more; the same method is the same call. */
  stopRenewal(input: { readonly methodId: string }): Promise<void>;
  /** Leaves a provider that refuses to stop to an operator. */
  parkStop(input: { readonly methodId: string }): Promise<void>;
}

export interface ChargeActivities {
  /** Takes money by a method that the buyer let the shop keep; what came of it enters the inbox. The same payment is the same call. */
  chargeSaved(input: { readonly paymentId: string }): Promise<void>;
}

export interface PanelActivities {
  /** Makes the panel equal to the desired state and stores what was read back. */
  ensureAccount(input: { readonly operationId: string; readonly look: 'first' | 'second' }): Promise<EnsureOutcome>;
}

/** What a sync found, in numbers. */
export interface PanelSynced {
  readonly ours: number;
  readonly foreign: number;
  readonly repaired: Readonly<Record<string, number>>;
  readonly refreshedLinks: number;
  readonly implausible?: string;
}

/** Jobs about panels as a whole. */
export interface PanelJobActivities {
  listPanelIds(): Promise<readonly string[]>;
  /** Asks a panel how it is and stores the answer. */
  checkPanel(input: { readonly panelId: string }): Promise<'up' | 'down' | 'left alone'>;
  /** Compares a panel with what was paid for, and puts right what differs. */
  syncPanel(input: { readonly panelId: string }): Promise<PanelSynced>;
}

export interface EnsureOutcome {
  readonly outcome: 'done' | 'conflict' | 'gone';
  readonly orderId?: string;
}

export interface TelegramActivities {
  /** Brings the order's message up to its present stage. */
  showOrder(input: { readonly orderId: string }): Promise<void>;
  /** Sends the link, once (a lost answer may repeat it once). */
  announceReady(input: { readonly orderId: string }): Promise<void>;
  /** Sends one piece of news, at most once. */
  sendNotice(input: { readonly noticeId: string }): Promise<void>;
  /** Tells buyer and operators that a panel keeps an order waiting. */
  tellDelay(input: { readonly operationId: string }): Promise<void>;
}

export interface ReminderActivities {
  /** Deals with a reminder whose time has come; it is sent at most once. */
  sendReminder(input: ReminderInput): Promise<ReminderOutcome>;
}
