import type { Language } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { Plan } from '../../domain/plan';
import type { ShopSettings } from '../../domain/shop';
import { encodePress, type Press } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import type { Button, Screen } from './screen';

function button(label: string, press: Press): Button {
  return { label, callback: encodePress(press) };
}

/** Plans with prices; the first screen of a buyer who has nothing yet. */
export function plansScreen(data: { language: Language; shop: Pick<ShopSettings, 'name'>; plans: readonly Plan[]; owns: boolean }): Screen {
  const texts = textsFor(data.language);
  if (data.plans.length === 0) return { html: texts.noPlans, keyboard: [[button(texts.helpButton, { kind: 'help', args: [] })]] };
  const rows = data.plans.map((plan) => [
    button(`${plan.title[data.language]} — ${formatMoney(plan.price, data.language)}`, { kind: 'plan', args: [plan.id] }),
  ]);
  const own = data.owns ? [[button(texts.mySubscription, { kind: 'subs', args: [] })]] : [];
  return {
    html: data.owns ? texts.choosePlan : `${texts.welcome(escapeHtml(data.shop.name))}\n\n${texts.choosePlan}:`,
    keyboard: [...rows, ...own, [button(texts.helpButton, { kind: 'help', args: [] })]],
  };
}

/** Ways to pay for one plan, for a new subscription or the renewal of `subscriptionId`. */
export function methodsScreen(data: {
  language: Language;
  plan: Plan;
  providers: readonly string[];
  balance: Money;
  subscriptionId: string | undefined;
}): Screen {
  const texts = textsFor(data.language);
  const { plan, subscriptionId } = data;
  const rows = data.providers.map((provider) => [
    button(
      texts.methods[provider] ?? provider,
      subscriptionId === undefined ? { kind: 'buy', args: [plan.id, provider] } : { kind: 'renew', args: [subscriptionId, provider] },
    ),
  ]);
  const enough = data.balance.currency === plan.price.currency && data.balance.minor >= plan.price.minor;
  const fromBalance = button(
    texts.payFromBalance(formatMoney(data.balance, data.language)),
    subscriptionId === undefined ? { kind: 'buyBalance', args: [plan.id] } : { kind: 'renewBalance', args: [subscriptionId] },
  );
  return {
    html: texts.chooseMethod(escapeHtml(plan.title[data.language]), formatMoney(plan.price, data.language)),
    keyboard: [...(enough ? [[fromBalance]] : []), ...rows, [button(texts.back, { kind: 'plans', args: [] })]],
  };
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
  payments: readonly { readonly planTitle: string; readonly asked: Money; readonly state: string; readonly day: string }[];
}): Screen {
  const texts = textsFor(data.language);
  const rows = data.payments.map(
    (payment) =>
      `${payment.day} · ${escapeHtml(payment.planTitle)} · ${formatMoney(payment.asked, data.language)} · ${texts.paymentStates[payment.state] ?? payment.state}`,
  );
  return {
    html: `${texts.balance(formatMoney(data.balance, data.language))}\n\n<b>${texts.payments}</b>\n${rows.length === 0 ? texts.noPayments : rows.join('\n')}`,
    keyboard: [[button(texts.back, { kind: 'home', args: [] })]],
  };
}
