import type { Language, Localised } from '../../domain/language';
import { methodCode, type Method } from '../../domain/method';
import type { Money } from '../../domain/money';
import type { Plan } from '../../domain/plan';
import { encodePress, type Press } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import type { Button, Screen } from './screen';
import { methodName } from './shopScreens';

function button(label: string, press: Press): Button {
  return { label, callback: encodePress(press) };
}

/** The plans that can be given. */
export function giftPlansScreen(language: Language, plans: readonly Plan[]): Screen {
  const texts = textsFor(language);
  return {
    html: plans.length === 0 ? texts.gift.none : texts.gift.choose,
    keyboard: [
      ...plans.map((plan) => [
        button(`${plan.title[language]} — ${formatMoney(plan.price, language)}`, { kind: 'giftPlan', args: [plan.id] }),
      ]),
      [button(texts.gift.mine, { kind: 'gifts', args: [] }), button(texts.back, { kind: 'plans', args: [] })],
    ],
  };
}

/** Ways to pay for a gift. */
export function giftMethodsScreen(language: Language, plan: Plan, pay: { methods: readonly Method[]; balance: Money }): Screen {
  const texts = textsFor(language);
  const { methods, balance } = pay;
  const suffices = balance.currency === plan.price.currency && balance.minor >= plan.price.minor;
  const fromBalance = suffices
    ? [[button(texts.payFromBalance({ amount: formatMoney(balance, language) }), { kind: 'giftBalance', args: [plan.id] })]]
    : [];
  const nothing = methods.length === 0 && !suffices;
  return {
    html: nothing
      ? texts.noMethods
      : texts.chooseMethod({ plan: `🎁 ${escapeHtml(plan.title[language])}`, price: formatMoney(plan.price, language) }),
    keyboard: [
      ...fromBalance,
      ...methods.map((method) => [button(methodName(language, method), { kind: 'giftBuy', args: [plan.id, methodCode(method)] })]),
      [button(texts.back, { kind: 'gift', args: [] })],
    ],
  };
}

export interface GiftShown {
  readonly planTitle: Localised;
  readonly state: 'open' | 'taken' | 'taken_back';
  readonly link: string;
}

function lineOf(language: Language, { planTitle, state, link }: GiftShown): string {
  const texts = textsFor(language).gift;
  const plan = escapeHtml(planTitle[language]);
  if (state === 'open') return texts.open({ plan, link: escapeHtml(link) });
  return state === 'taken' ? texts.taken({ plan }) : texts.takenBack({ plan });
}

/** The gifts of a giver, with the links that were not opened yet. */
export function giftsScreen(language: Language, gifts: readonly GiftShown[]): Screen {
  const texts = textsFor(language);
  return {
    html: [texts.gift.list, ...gifts.map((gift) => lineOf(language, gift))].join('\n\n'),
    keyboard: [[button(texts.gift.more, { kind: 'gift', args: [] })], [button(texts.back, { kind: 'home', args: [] })]],
  };
}

/** What a giver is asked who opened the own link. */
export function ownGiftScreen(language: Language, orderId: string): Screen {
  const texts = textsFor(language);
  return {
    html: texts.gift.yours,
    keyboard: [[button(texts.gift.keep, { kind: 'giftTake', args: [orderId] })], [button(texts.gift.mine, { kind: 'gifts', args: [] })]],
  };
}
