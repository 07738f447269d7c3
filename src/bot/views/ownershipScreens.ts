import type { Language } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { PausePolicy } from '../../domain/pause';
import type { Plan } from '../../domain/plan';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { encodePress, type Press } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatBytes, formatDay, formatMoney } from './format';
import { sourceText } from './renewalSource';
import type { Button, Screen } from './screen';

const dayMs = 86_400_000;

function button(label: string, press: Press): readonly Button[] {
  return [{ label, callback: encodePress(press) }];
}

function backTo(data: SubscriptionScreenData, kind: 'sub' | 'manage' | 'moves'): readonly Button[] {
  return button(textsFor(data.language).back, { kind, args: [data.id] });
}

function day(data: SubscriptionScreenData, instant: Date | undefined): string {
  return instant === undefined ? '—' : formatDay(instant, data.language, data.timeZone);
}

/** What the owner can do with a subscription. */
export function manageScreen(data: SubscriptionScreenData): Screen {
  const texts = textsFor(data.language).ownership;
  return {
    html: texts.title({ plan: escapeHtml(data.planTitle[data.language]), end: day(data, data.endsAt) }),
    keyboard: [
      button(texts.pause, { kind: 'pause', args: [data.id] }),
      ...(data.autoRenewal === undefined ? [button(textsFor(data.language).renewal.on, { kind: 'auto', args: [data.id] })] : []),
      button(texts.move, { kind: 'moves', args: [data.id] }),
      backTo(data, 'sub'),
    ],
  };
}

/** What a pause means, before it begins. */
export function pauseScreen(data: SubscriptionScreenData, policy: PausePolicy, left: number): Screen {
  const texts = textsFor(data.language).ownership;
  const days = (ms: number): string => daysIn(data.language, Math.ceil(ms / dayMs));
  const short = policy.shortestMs > 0 ? texts.shortPause({ shortest: days(policy.shortestMs) }) : '';
  return {
    html: `${texts.askPause({ longest: days(policy.longestMs) })}${short}${texts.pausesLeft({ left })}`,
    keyboard: [button(texts.yesPause, { kind: 'pauseOk', args: [data.id] }), backTo(data, 'manage')],
  };
}

/** What renewing by itself means, before it is agreed to; the ways of paying that were kept. */
export function autoScreen(
  data: SubscriptionScreenData,
  price: Money,
  methods: readonly { readonly id: string; readonly title: string }[],
): Screen {
  const texts = textsFor(data.language).renewal;
  const rows = methods.map(({ id, title }) => button(texts.byMethod({ title }), { kind: 'autoOn', args: [data.id, id] }));
  return {
    html: texts.consent({ price: formatMoney(price, data.language) }),
    keyboard: [...rows, button(texts.fromBalance, { kind: 'autoOn', args: [data.id, 'balance'] }), backTo(data, 'manage')],
  };
}

/** Plans that the subscription can be moved to. */
export function movesScreen(data: SubscriptionScreenData, plans: readonly Plan[]): Screen {
  const texts = textsFor(data.language).ownership;
  const rows = plans.map((plan) =>
    button(`${plan.title[data.language]} — ${formatMoney(plan.price, data.language)}`, { kind: 'move', args: [data.id, plan.id] }),
  );
  return { html: plans.length === 0 ? texts.noMoves : texts.chooseMove, keyboard: [...rows, backTo(data, 'manage')] };
}

export interface MoveOffer {
  readonly plan: Plan;
  readonly endsAt: Date;
  readonly tag: string;
}

function limitsOf(language: Language, plan: Plan): { readonly devices: string; readonly traffic: string } {
  const { anyNumber } = textsFor(language).ownership;
  return {
    devices: plan.deviceLimit === undefined ? anyNumber : String(plan.deviceLimit),
    traffic: plan.trafficLimitBytes === undefined ? anyNumber : formatBytes(plan.trafficLimitBytes, language),
  };
}

// Who changes to a dearer plan hears of the dearer renewal before, not with the charge.
function renewsText({ autoRenewal, language }: SubscriptionScreenData, plan: Plan): string {
  if (autoRenewal === undefined) return '';
  const shown = { amount: formatMoney(plan.price, language), source: sourceText(autoRenewal.title, language) };
  return textsFor(language).ownership.offerRenews(shown);
}

/** What a change of plan comes to, before it is done. */
export function moveScreen(data: SubscriptionScreenData, offer: MoveOffer, now: Date): Screen {
  const texts = textsFor(data.language).ownership;
  const toEnd = day(data, offer.endsAt);
  const offered = texts.offer({
    from: escapeHtml(data.planTitle[data.language]),
    fromEnd: day(data, data.endsAt),
    to: escapeHtml(offer.plan.title[data.language]),
    toEnd,
    days: daysIn(data.language, Math.floor((offer.endsAt.getTime() - now.getTime()) / dayMs)),
    ...limitsOf(data.language, offer.plan),
  });
  return {
    html: `${offered}${renewsText(data, offer.plan)}`,
    keyboard: [button(texts.yesMove({ end: toEnd }), { kind: 'moveOk', args: [data.id, offer.plan.id, offer.tag] }), backTo(data, 'moves')],
  };
}

/** What was done, with the way back to the subscription. */
export function doneScreen(data: SubscriptionScreenData, html: string): Screen {
  return { html, keyboard: [button(textsFor(data.language).mySubscription, { kind: 'sub', args: [data.id] })] };
}
