import { AsyncLocalStorage } from 'node:async_hooks';
import type { QuarantineReason } from '../../domain/foldPayment';
import type { Language } from '../../domain/language';
import type { OutsideTexts } from '../../domain/outsideTexts';
import type { ShownPaymentState } from '../../domain/paymentLine';
import type { Refusal } from '../../domain/refusal';
import type { ShopSettings } from '../../domain/shop';
import { en } from './en';
import { devices } from './features/devices';
import { extras } from './features/extras';
import { feed } from './features/feed';
import { gift } from './features/gift';
import { operatorActs } from './features/operatorActs';
import { ownership } from './features/ownership';
import { page } from './features/page';
import { promo } from './features/promo';
import { reminders } from './features/reminders';
import { replaceLink } from './features/replaceLink';
import { several } from './features/several';
import { trial } from './features/trial';
import { renewal } from './features/renewal';
import { referral } from './features/referral';
import { ru } from './ru';
import { overridden, templatesOf, type Template } from './templates';

/** What operators read in the bot. */
export interface OperatorTexts {
  readonly menu: (counts: { transfers: number; quarantine: number; refunds: number }) => string;
  readonly transfers: (shown: { count: number }) => string;
  readonly quarantine: (shown: { count: number }) => string;
  readonly refunds: (shown: { count: number }) => string;
  readonly nothing: string;
  readonly transfer: (shown: { amount: string; place: string; plan: string; user: number; since: string }) => string;
  readonly transferWithProof: (shown: { amount: string; place: string; plan: string; user: number; since: string }) => string;
  readonly approve: string;
  readonly decline: string;
  readonly declineReason: string;
  readonly proof: string;
  readonly entry: (shown: { provider: string; reason: string; amount: string; payment: string; since: string }) => string;
  readonly credit: string;
  readonly keep: string;
  /** Why money was put aside. */
  readonly reasons: Readonly<Record<QuarantineReason, string>>;
  readonly refund: (shown: { id: string; amount: string; order: string; user: number; why: string }) => string;
  readonly refundDone: string;
  readonly refundCancel: string;
  readonly refundUsage: string;
  readonly refundOrder: (shown: { order: string; plan: string; price: string; user: number; state: string }) => string;
  readonly refundFull: string;
  readonly refundUnused: string;
  readonly refundFullBalance: string;
  readonly refundUnusedBalance: string;
  readonly next: string;
}

/** Texts that a buyer can see, once per language; those of newer features are in files of their own, under `features/`. Parameters arrive ready for HTML where the text is HTML. */
export interface Texts {
  readonly welcome: (shown: { shop: string }) => string;
  readonly choosePlan: string;
  readonly choosePlace: (shown: { plan: string }) => string;
  readonly soldOut: (shown: { plan: string }) => string;
  readonly chooseMethod: (shown: { plan: string; price: string }) => string;
  readonly noPlans: string;
  readonly methods: Readonly<Record<string, string>>;
  /** A method whose use again the buyer may allow. */
  readonly methodAndKeep: (shown: { method: string }) => string;
  readonly consent: (shown: { method: string }) => string;
  /** For a provider that charges by itself. */
  readonly consentOwnPace: (shown: { method: string; days: string }) => string;
  readonly consentYes: string;
  readonly payFromBalance: (shown: { amount: string }) => string;
  readonly useBalance: (shown: { amount: string }) => string;
  readonly withBalance: (shown: { amount: string; rest: string }) => string;
  readonly noMethods: string;
  readonly pay: (shown: { amount: string }) => string;
  readonly changeMethod: string;
  readonly cancelOrder: string;
  readonly order: {
    readonly preparing: (shown: { plan: string }) => string;
    readonly waiting: (shown: { plan: string; price: string; until: string }) => string;
    /** What came so far and what is missing. */
    readonly part: (shown: { received: string; rest: string }) => string;
    readonly fromBalance: (shown: { amount: string }) => string;
    readonly transferCard: (shown: { number: string; holder: string; bank: string; amount: string }) => string;
    readonly transferSbp: (shown: { number: string; holder: string; bank: string; amount: string }) => string;
    readonly ton: (shown: { address: string; amount: string; comment: string }) => string;
    readonly checking: (shown: { plan: string; price: string }) => string;
    readonly refunded: (shown: { plan: string }) => string;
    /** It was not all that the subscription has. */
    readonly refundedGoesOn: (shown: { plan: string; end: string }) => string;
    readonly refundedTopup: (shown: { amount: string }) => string;
    readonly toppedUp: (shown: { amount: string }) => string;
    readonly failed: (shown: { plan: string }) => string;
    readonly cancelled: (shown: { plan: string }) => string;
    readonly expired: (shown: { plan: string }) => string;
    readonly superseded: (shown: { plan: string }) => string;
    readonly credited: (shown: { plan: string }) => string;
    readonly activating: (shown: { plan: string }) => string;
    readonly delayed: (shown: { plan: string }) => string;
    readonly ready: (shown: { plan: string; end: string }) => string;
  };
  readonly transferSent: string;
  readonly openWallet: string;
  readonly payQr: string;
  readonly payQrCaption: (shown: { amount: string }) => string;
  readonly proofTaken: string;
  readonly proofNeeded: string;
  readonly askEmail: string;
  readonly emailKept: (shown: { email: string }) => string;
  readonly emailWrong: string;
  readonly emailNow: (shown: { email: string }) => string;
  readonly emailForget: string;
  readonly emailForgotten: string;
  readonly topup: string;
  readonly chooseTopup: string;
  readonly topupTitle: string;
  readonly saved: string;
  readonly savedForget: (shown: { title: string }) => string;
  readonly savedForgotten: string;
  readonly savedForgetsLater: string;
  readonly notices: {
    readonly credited_second: (shown: { amount: string }) => string;
    readonly credited_late: (shown: { amount: string }) => string;
    readonly underpaid: (shown: { received: string; rest: string }) => string;
    readonly overpaid: (shown: { amount: string }) => string;
    readonly released: (shown: { amount: string }) => string;
    readonly topped_up: (shown: { amount: string }) => string;
    readonly refunded: (shown: { amount: string }) => string;
    readonly refunded_to_balance: (shown: { amount: string }) => string;
    readonly traffic_used: string;
    readonly traffic_used_month: string;
    readonly disputed: string;
    readonly dispute_won: string;
    readonly transfer_declined: string;
    readonly transfer_declined_why: (shown: { reason: string }) => string;
    readonly corrected_more: (shown: { amount: string; reason: string }) => string;
    readonly corrected_less: (shown: { amount: string; reason: string }) => string;
    readonly method_saved: (shown: { title: string }) => string;
    readonly renewed: (shown: { amount: string; end: string }) => string;
    readonly resumed: (shown: { end: string }) => string;
    readonly renewal_ended: (shown: { title: string }) => string;
  };
  readonly operator: OperatorTexts;
  readonly ready: (shown: { end: string; link: string }) => string;
  readonly renewed: (shown: { end: string; link: string }) => string;
  readonly connect: string;
  readonly qr: string;
  readonly qrCaption: string;
  readonly mySubscription: string;
  readonly buy: string;
  readonly buyAnother: string;
  readonly again: string;
  readonly back: string;
  readonly renew: (shown: { price: string }) => string;
  readonly subscription: (shown: { plan: string; status: string; end: string; left: string }) => string;
  readonly statuses: Readonly<Record<string, string>>;
  readonly daysLeft: (shown: { days: string }) => string;
  readonly traffic: (shown: { used: string; limit: string; left: string }) => string;
  readonly trafficUsed: (shown: { limit: string }) => string;
  readonly trafficUsedMonth: (shown: { limit: string }) => string;
  readonly servers: string;
  readonly serverPreparing: string;
  readonly linkTitle: string;
  readonly balance: (shown: { amount: string }) => string;
  readonly balanceButton: string;
  readonly payments: string;
  readonly noPayments: string;
  readonly paymentStates: Readonly<Record<ShownPaymentState, string>>;
  /** What becomes of money for a payment that nobody waits for any more; below a list that has one. */
  readonly paymentsReplaced: string;
  readonly help: string;
  readonly helpButton: string;
  readonly support: string;
  readonly supportButton: string;
  readonly noSupport: string;
  readonly terms: string;
  readonly paySupport: string;
  readonly chooseLanguage: string;
  readonly languageChosen: string;
  readonly banned: string;
  readonly preparingLater: string;
  readonly unknownText: string;
  readonly stalePress: string;
  readonly trouble: string;
  readonly refusals: Readonly<Record<Refusal, string>>;
  readonly checkout: Readonly<Record<'gone' | 'not_yours' | 'wrong_amount' | 'unavailable', string>>;
  /** Commands of the bot with what Telegram says about them, in this order. */
  readonly commands: Readonly<Record<string, string>>;
}

function featureTexts(language: Language) {
  return {
    devices: devices[language],
    extras: extras[language],
    promo: promo[language],
    several: several[language],
    trial: trial[language],
    ownership: ownership[language],
    referral: referral[language],
    renewal: renewal[language],
    operatorActs: operatorActs[language],
    gift: gift[language],
    reminders: reminders[language],
    replaceLink: replaceLink[language],
    feed: feed[language],
    page: page[language],
  };
}

/** Every text in one language; a feature with a file of its own has them under its name. */
export type AllTexts = Texts & ReturnType<typeof featureTexts>;

const usual: Readonly<Record<Language, AllTexts>> = {
  ru: { ...ru, ...featureTexts('ru') },
  en: { ...en, ...featureTexts('en') },
};

/** The texts as they stand in the source, as templates by key. */
export function usualTemplates(language: Language): ReadonlyMap<string, Template> {
  return templatesOf(usual[language]);
}

// Views are asked for one buyer of one shop; whose words they use goes along with the work, so that none of them can forget to pass it on.
const spoken = new AsyncLocalStorage<(language: Language) => AllTexts>();

/** Does `work` in the words of a shop: its own texts in the place of the usual ones. */
export function inWordsOf<Result>({ texts }: Pick<ShopSettings, 'texts'>, work: () => Result): Result {
  const made = new Map<Language, AllTexts>();
  return spoken.run((language) => {
    const own = texts?.[language];
    if (own === undefined) return usual[language];
    const known = made.get(language) ?? overridden(usual[language], own);
    made.set(language, known);
    return known;
  }, work);
}

/** Texts in `language`, in the words of the shop that is worked for. */
export function textsFor(language: Language): AllTexts {
  return spoken.getStore()?.(language) ?? usual[language];
}

/** What buyers read outside the bot, in the words of a shop; made once for each version of its settings. */
export function outsideTexts(settings: Pick<ShopSettings, 'texts'>): Readonly<Record<Language, OutsideTexts>> {
  return inWordsOf(settings, () => ({ ru: textsFor('ru'), en: textsFor('en') }));
}
