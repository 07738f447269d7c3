/** Id of the plan that stands for the trial; no plan of a shop file can have it. */
export const trialPlanId = '_trial';

/** What the shop asks of somebody who wants to try, beside never having tried before. */
export interface TrialRules {
  /** Has to be a member of this channel: its id or @name for Telegram, and where it is opened. */
  readonly channel?: { readonly chat: string; readonly url: string };
  /** Most trials that one user's link brings on one day of the shop; absent = any number. */
  readonly dailyPerReferrer?: number;
}
