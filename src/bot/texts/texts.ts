import type { Language } from '../../domain/language';
import { en } from './en';
import { ru } from './ru';

/** Every text that a buyer can see, once per language. Parameters arrive ready for HTML where the text is HTML. */
export interface Texts {
  readonly welcome: (shop: string) => string;
  readonly choosePlan: string;
  readonly chooseMethod: (plan: string, price: string) => string;
  readonly noPlans: string;
  readonly methods: Readonly<Record<string, string>>;
  readonly payFromBalance: (amount: string) => string;
  readonly pay: (amount: string) => string;
  readonly changeMethod: string;
  readonly cancelOrder: string;
  readonly order: {
    readonly preparing: (plan: string) => string;
    readonly waiting: (plan: string, price: string, until: string) => string;
    readonly failed: (plan: string) => string;
    readonly cancelled: (plan: string) => string;
    readonly expired: (plan: string) => string;
    readonly superseded: (plan: string) => string;
    readonly credited: (plan: string, price: string) => string;
    readonly activating: (plan: string) => string;
    readonly delayed: (plan: string) => string;
    readonly ready: (plan: string, end: string) => string;
  };
  readonly ready: (end: string, link: string) => string;
  readonly renewed: (end: string, link: string) => string;
  readonly connect: string;
  readonly qr: string;
  readonly qrCaption: string;
  readonly mySubscription: string;
  readonly buy: string;
  readonly buyAnother: string;
  readonly again: string;
  readonly back: string;
  readonly renew: (price: string) => string;
  readonly subscription: (shown: { plan: string; status: string; end: string; left: string }) => string;
  readonly statuses: Readonly<Record<string, string>>;
  readonly daysLeft: (days: number) => string;
  readonly servers: string;
  readonly serverPreparing: string;
  readonly linkTitle: string;
  readonly balance: (amount: string) => string;
  readonly balanceButton: string;
  readonly payments: string;
  readonly noPayments: string;
  readonly paymentStates: Readonly<Record<string, string>>;
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
  readonly refusals: Readonly<
    Record<'PlanUnavailable' | 'MethodUnavailable' | 'OrderNotOpen' | 'UserBanned' | 'BalanceTooLow' | 'NotFound', string>
  >;
  readonly checkout: Readonly<Record<'gone' | 'not_yours' | 'wrong_amount' | 'unavailable', string>>;
  readonly commands: readonly { readonly command: string; readonly description: string }[];
}

const all: Readonly<Record<Language, Texts>> = { ru, en };

/** Texts in `language`. */
export function textsFor(language: Language): Texts {
  return all[language];
}
