import type { Language } from '../../domain/language';
import type { Money } from '../../domain/money';
import { placeTag, type Place, type Plan } from '../../domain/plan';
import type { ShopSettings } from '../../domain/shop';
import type { ShownPaymentState } from '../../domain/paymentLine';
import { methodCode, ownPaceOf, type Method } from '../../domain/method';
import { encodePress, type Manner, type Press } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import type { Button, Screen } from './screen';
import { trialButton } from './trialScreens';

function button(label: string, press: Press): Button {
  return { label, callback: encodePress(press) };
}

/** A price, with the usual one beside it where the buyer's is lower: as plain text, or struck through as HTML. */
function priceText({ price, discount }: Plan, language: Language, how: 'insteadOf' | 'struck'): string {
  const now = formatMoney(price, language);
  const { insteadOf, struck } = textsFor(language).promo;
  const both = how === 'struck' ? struck : insteadOf;
  return discount === undefined ? now : both({ price: now, listPrice: formatMoney(discount.listPrice, language) });
}

/** Plans with prices; the first screen of a buyer who has nothing yet. */
export function plansScreen(data: {
  language: Language;
  shop: Pick<ShopSettings, 'name'>;
  plans: readonly Plan[];
  owns: boolean;
  note: string | undefined;
  /** What this buyer may try. */
  trial: Plan | undefined;
}): Screen {
  const texts = textsFor(data.language);
  if (data.plans.length === 0) return { html: texts.noPlans, keyboard: [[button(texts.helpButton, { kind: 'help', args: [] })]] };
  const rows = data.plans.map((plan) => [
    button(
      plan.soldOut
        ? texts.soldOut({ plan: plan.title[data.language] })
        : `${plan.title[data.language]} — ${priceText(plan, data.language, 'insteadOf')}`,
      {
        kind: 'plan',
        args: [plan.id, 'n'],
      },
    ),
  ]);
  const trial = data.trial === undefined ? [] : [[trialButton(data.language, data.trial)]];
  const own = data.owns ? [[button(texts.mySubscription, { kind: 'subs', args: [] })]] : [];
  const title = data.note ?? (data.owns ? undefined : texts.welcome({ shop: escapeHtml(data.shop.name) }));
  return {
    html: title === undefined ? texts.choosePlan : `${title}\n\n${texts.choosePlan}:`,
    keyboard: [
      ...trial,
      ...rows,
      ...own,
      [button(texts.promo.button, { kind: 'promo', args: [] }), button(texts.gift.button, { kind: 'gift', args: [] })],
      [button(texts.helpButton, { kind: 'help', args: [] })],
    ],
  };
}

/** The servers of a plan that leaves the choice to the buyer. */
export function placesScreen(language: Language, plan: Plan, places: readonly Place[]): Screen {
  const texts = textsFor(language);
  const flag = (country: string): string => String.fromCodePoint(...[...country].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
  return {
    html: texts.choosePlace({ plan: escapeHtml(plan.title[language]) }),
    keyboard: [
      ...places.map(({ serverId, title, country }) => [
        button(`${flag(country)} ${title[language]}`, { kind: 'plan', args: [plan.id, 'n', placeTag(serverId)] }),
      ]),
      [button(texts.back, { kind: 'plans', args: [] })],
    ],
  };
}

/** Name of a method for buyers. */
export function methodName(language: Language, method: Method): string {
  return textsFor(language).methods[methodCode(method)] ?? methodCode(method);
}

export interface MethodsData {
  readonly language: Language;
  readonly plan: Plan;
  readonly methods: readonly (Method & { readonly mayBeKept: boolean })[];
  readonly balance: Money;
  readonly subscriptionId: string | undefined;
  /** Tag of the server that was chosen. */
  readonly place: string | undefined;
  /** What the balance has is part of the payment. */
  readonly withBalance: boolean;
}

function buyPress(data: MethodsData, method: Method, manner: Manner): Press {
  const word = methodCode(method);
  return data.subscriptionId === undefined
    ? { kind: 'buy', args: [data.plan.id, word, manner, data.place] }
    : { kind: 'renew', args: [data.subscriptionId, word, manner] };
}

function balanceRow(data: MethodsData): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const { plan, balance, subscriptionId } = data;
  if (balance.currency !== plan.price.currency || balance.minor === 0 || data.withBalance) return [];
  const amount = formatMoney(balance, data.language);
  if (balance.minor >= plan.price.minor) {
    const press: Press =
      subscriptionId === undefined ? { kind: 'buyBalance', args: [plan.id, data.place] } : { kind: 'renewBalance', args: [subscriptionId] };
    return [[button(texts.payFromBalance({ amount }), press)]];
  }
  const press: Press =
    subscriptionId === undefined ? { kind: 'plan', args: [plan.id, 'b', data.place] } : { kind: 'renewPlan', args: [subscriptionId, 'b'] };
  return data.methods.length === 0 ? [] : [[button(texts.useBalance({ amount }), press)]];
}

/** Ways to pay for one plan, for a new subscription or the renewal of `subscriptionId`. */
export function methodsScreen(data: MethodsData): Screen {
  const texts = textsFor(data.language);
  const { plan, language, balance, withBalance } = data;
  const manner = withBalance ? 'b' : 'n';
  const rows = data.methods.flatMap((method) => {
    const name = methodName(language, method);
    const plain = [button(name, buyPress(data, method, manner))];
    return method.mayBeKept && !withBalance
      ? [plain, [button(texts.methodAndKeep({ method: name }), buyPress(data, method, 'k'))]]
      : [plain];
  });
  const rest = { minor: plan.price.minor - balance.minor, currency: plan.price.currency };
  const split = withBalance
    ? `\n\n${texts.withBalance({ amount: formatMoney(balance, language), rest: formatMoney(rest, language) })}`
    : '';
  const nothing = data.methods.length === 0 && balanceRow(data).length === 0;
  return {
    html: nothing
      ? texts.noMethods
      : `${texts.chooseMethod({ plan: escapeHtml(plan.title[language]), price: priceText(plan, language, 'struck') })}${split}`,
    keyboard: [...balanceRow(data), ...rows, [button(texts.back, { kind: 'plans', args: [] })]],
  };
}

function consentText(language: Language, method: Method): string {
  const texts = textsFor(language);
  const pace = ownPaceOf(method.provider);
  const name = methodName(language, method);
  return pace === undefined ? texts.consent({ method: name }) : texts.consentOwnPace({ method: name, days: daysIn(language, pace.value) });
}

/** What a buyer agrees to before a way of paying is kept. */
export function consentScreen(language: Language, method: Method, yes: Press): Screen {
  const texts = textsFor(language);
  return {
    html: consentText(language, method),
    keyboard: [[button(texts.consentYes, yes)], [button(texts.back, { kind: 'plans', args: [] })]],
  };
}

/** Sums for the balance. */
export function topupsScreen(language: Language, currency: string, sums: readonly number[]): Screen {
  const texts = textsFor(language);
  return {
    html: texts.chooseTopup,
    keyboard: [
      ...sums.map((minor) => [button(formatMoney({ minor, currency }, language), { kind: 'topup', args: [String(minor)] })]),
      [button(texts.back, { kind: 'balance', args: [] })],
    ],
  };
}

/** Ways to put a sum on the balance. */
export function fundScreen(language: Language, amount: Money, methods: readonly Method[]): Screen {
  const texts = textsFor(language);
  return {
    html: methods.length === 0 ? texts.noMethods : texts.chooseMethod({ plan: texts.topupTitle, price: formatMoney(amount, language) }),
    keyboard: [
      ...methods.map((method) => [
        button(methodName(language, method), { kind: 'fund', args: [String(amount.minor), methodCode(method)] }),
      ]),
      [button(texts.back, { kind: 'topups', args: [] })],
    ],
  };
}

/** A question that the buyer answers with a text. */
export function questionScreen(language: Language, html: string, withForget: boolean): Screen {
  const texts = textsFor(language);
  const forget = withForget ? [[button(texts.emailForget, { kind: 'noEmail', args: [] })]] : [];
  return { html, keyboard: [...forget, [button(texts.back, { kind: 'home', args: [] })]] };
}

/** One text with a way home. */
export function noticeScreen(language: Language, html: string): Screen {
  const texts = textsFor(language);
  return {
    html,
    keyboard: [
      [button(texts.buy, { kind: 'plans', args: [] }), button(texts.mySubscription, { kind: 'subs', args: [] })],
      [button(texts.helpButton, { kind: 'help', args: [] })],
    ],
  };
}

/** How to get help, with the operator's contact where there is one. */
export function supportScreen(language: Language, html: string, supportUrl: string | undefined): Screen {
  const texts = textsFor(language);
  const contact: (readonly Button[])[] = supportUrl === undefined ? [] : [[{ label: texts.supportButton, url: supportUrl }]];
  const text = supportUrl === undefined && html === texts.support ? texts.noSupport : html;
  return { html: text, keyboard: [...contact, [button(texts.back, { kind: 'home', args: [] })]] };
}

/** The choice of a language, in both. */
export function languageScreen(): Screen {
  return {
    html: `${textsFor('ru').chooseLanguage} · ${textsFor('en').chooseLanguage}`,
    keyboard: [[button('Русский', { kind: 'lang', args: ['ru'] }), button('English', { kind: 'lang', args: ['en'] })]],
  };
}

/** What the shop owes the buyer, and the latest payments. */
export function balanceScreen(data: {
  language: Language;
  balance: Money;
  canTopUp: boolean;
  invites: boolean;
  saved: readonly { readonly id: string; readonly title: string }[];
  payments: readonly { readonly planTitle: string; readonly asked: Money; readonly state: ShownPaymentState; readonly day: string }[];
}): Screen {
  const texts = textsFor(data.language);
  const rows = data.payments.map(
    (payment) =>
      `${payment.day} · ${escapeHtml(payment.planTitle)} · ${formatMoney(payment.asked, data.language)} · ${texts.paymentStates[payment.state]}`,
  );
  const replaced = data.payments.some((payment) => payment.state === 'replaced') ? `\n\n${texts.paymentsReplaced}` : '';
  return {
    html: `${texts.balance({ amount: formatMoney(data.balance, data.language) })}\n\n<b>${texts.payments}</b>\n${rows.length === 0 ? texts.noPayments : rows.join('\n')}${replaced}${data.saved.length === 0 ? '' : `\n\n<b>${texts.saved}</b>\n${data.saved.map((entry) => escapeHtml(entry.title)).join('\n')}`}`,
    keyboard: [
      ...(data.canTopUp ? [[button(texts.topup, { kind: 'topups', args: [] })]] : []),
      ...(data.invites ? [[button(texts.referral.button, { kind: 'invite', args: [] })]] : []),
      ...data.saved.map((entry) => [button(texts.savedForget({ title: entry.title }), { kind: 'forget', args: [entry.id] })]),
      [button(texts.back, { kind: 'home', args: [] })],
    ],
  };
}
