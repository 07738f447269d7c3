import type { Money } from '../../domain/money';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { trialPlanId } from '../../domain/trial';
import { encodePress } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatBytes, formatDay, formatMoney } from './format';
import { sourceText } from './renewalSource';
import type { Button, Screen } from './screen';

const dayMs = 86_400_000;

function flagOf(country: string): string {
  return String.fromCodePoint(...[...country].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
}

function renewButton(data: SubscriptionScreenData, renewal: Renewal | undefined): (readonly Button[])[] {
  if (renewal === undefined || data.status === 'revoked') return [];
  const label = textsFor(data.language).renew({ price: formatMoney(renewal.price, data.language) });
  // With a method used before, renewing is one press; else the methods are shown first.
  const callback =
    renewal.method === undefined
      ? encodePress({ kind: 'renewPlan', args: [data.id, 'n'] })
      : encodePress({ kind: 'renew', args: [data.id, renewal.method, 'n'] });
  return [[{ label, callback }]];
}

function trafficLines({ traffic, language }: SubscriptionScreenData): readonly string[] {
  if (traffic === undefined) return [];
  const size = (bytes: number): string => formatBytes(Math.max(0, bytes), language);
  const texts = textsFor(language);
  const limit = size(traffic.limitBytes);
  if (traffic.isUsedUp) return [traffic.resets === 'month' ? texts.trafficUsedMonth({ limit }) : texts.trafficUsed({ limit })];
  return [texts.traffic({ used: size(traffic.usedBytes), limit, left: size(traffic.limitBytes - traffic.usedBytes) })];
}

function pauseLines({ pausedUntil, language, timeZone }: SubscriptionScreenData): readonly string[] {
  return pausedUntil === undefined ? [] : [textsFor(language).ownership.paused({ until: formatDay(pausedUntil, language, timeZone) })];
}

function renewalLines({ autoRenewal, language, timeZone }: SubscriptionScreenData): readonly string[] {
  if (autoRenewal === undefined) return [];
  const { at, amount, title } = autoRenewal;
  const texts = textsFor(language).renewal;
  const shown = { amount: formatMoney(amount, language), source: sourceText(title, language) };
  return [at === undefined ? texts.lineNow(shown) : texts.line({ ...shown, at: formatDay(at, language, timeZone) })];
}

export interface Renewal {
  readonly price: Money;
  /** Word of the method used last, where it is offered. */
  readonly method: string | undefined;
}

function devicesButton(data: SubscriptionScreenData): (readonly Button[])[] {
  if (data.deviceLimit === undefined || data.status === 'revoked') return [];
  return [[{ label: textsFor(data.language).devices.button, callback: encodePress({ kind: 'devices', args: [data.id] }) }]];
}

function extrasButton(data: SubscriptionScreenData): (readonly Button[])[] {
  if (data.hasExtras !== true) return [];
  return [[{ label: textsFor(data.language).extras.button, callback: encodePress({ kind: 'extras', args: [data.id] }) }]];
}

function renewalOffButton(data: SubscriptionScreenData): Button {
  return { label: textsFor(data.language).renewal.off, callback: encodePress({ kind: 'autoOff', args: [data.id] }) };
}

function ownershipButtons(data: SubscriptionScreenData): (readonly Button[])[] {
  const texts = textsFor(data.language).ownership;
  if (data.pausedUntil !== undefined) return [[{ label: texts.resume, callback: encodePress({ kind: 'resume', args: [data.id] }) }]];
  if (data.status !== 'active' || data.planId === trialPlanId) return [];
  return [[{ label: texts.button, callback: encodePress({ kind: 'manage', args: [data.id] }) }]];
}

function defaultButton(data: SubscriptionScreenData): (readonly Button[])[] {
  if (data.isDefault !== false || data.status === 'revoked') return [];
  return [[{ label: textsFor(data.language).several.make, callback: encodePress({ kind: 'subDefault', args: [data.id] }) }]];
}

function linkButton(data: SubscriptionScreenData): (readonly Button[])[] {
  if (data.status === 'revoked') return [];
  const callback = encodePress({ kind: 'newLink', args: [data.id, 'ask'] });
  return [[{ label: textsFor(data.language).replaceLink.button, callback }]];
}

/** Asks whether the link should be replaced, with what that means. */
export function newLinkScreen(data: SubscriptionScreenData): Screen {
  const texts = textsFor(data.language);
  return {
    html: texts.replaceLink.title,
    keyboard: [
      [{ label: texts.replaceLink.confirm, callback: encodePress({ kind: 'newLink', args: [data.id, 'yes'] }) }],
      [{ label: texts.back, callback: encodePress({ kind: 'sub', args: [data.id] }) }],
    ],
  };
}

function shopButtons(language: SubscriptionScreenData['language'], buy: string): readonly Button[] {
  return [
    { label: buy, callback: encodePress({ kind: 'plans', args: [] }) },
    { label: textsFor(language).balanceButton, callback: encodePress({ kind: 'balance', args: [] }) },
  ];
}

/** A subscription: status, end, servers, link, and what can be done with it. */
export function subscriptionScreen(data: SubscriptionScreenData, renewal: Renewal | undefined, now: Date): Screen {
  const texts = textsFor(data.language);
  const end = data.endsAt === undefined ? '—' : formatDay(data.endsAt, data.language, data.timeZone);
  const days = data.endsAt === undefined ? 0 : Math.ceil((data.endsAt.getTime() - now.getTime()) / dayMs);
  const left = days > 0 ? texts.daysLeft({ days: daysIn(data.language, days) }) : '';
  // After the end nothing is on its way: keys that were let go come back with a renewal.
  const isOver = data.status === 'lapsed' || data.status === 'revoked';
  const servers = data.servers.map(
    (server) =>
      `${flagOf(server.country)} ${escapeHtml(server.title[data.language])}${server.ready || isOver ? '' : ` — ${texts.serverPreparing}`}`,
  );
  const html = [
    texts.subscription({ plan: escapeHtml(data.planTitle[data.language]), status: texts.statuses[data.status] ?? data.status, end, left }),
    ...(data.isDefault === true ? [texts.several.isDefault] : []),
    ...pauseLines(data),
    ...renewalLines(data),
    ...trafficLines(data),
    `<b>${texts.servers}</b>\n${servers.join('\n')}`,
    `<b>${texts.linkTitle}</b>\n<code>${escapeHtml(data.feedUrl)}</code>`,
  ].join('\n\n');
  const connect: Button = { label: texts.connect, url: data.openUrl };
  return {
    html,
    keyboard: [
      [connect, { label: texts.qr, callback: encodePress({ kind: 'qr', args: [data.id] }) }],
      ...renewButton(data, renewal),
      ...extrasButton(data),
      ...devicesButton(data),
      ...(data.autoRenewal === undefined ? [] : [[renewalOffButton(data)]]),
      ...ownershipButtons(data),
      ...linkButton(data),
      ...defaultButton(data),
      shopButtons(data.language, data.planId === trialPlanId ? texts.buy : texts.buyAnother),
      // Home is this very screen for who has one subscription.
      ...(data.isDefault === undefined ? [] : [[{ label: texts.back, callback: encodePress({ kind: 'home', args: [] }) }]]),
    ],
  };
}

/** The choice between several subscriptions. */
export function subscriptionsScreen(list: readonly SubscriptionScreenData[]): Screen {
  const first = list[0];
  const texts = textsFor(first?.language ?? 'en');
  const rows = list.map((data): readonly Button[] => {
    const end = data.endsAt === undefined ? '—' : formatDay(data.endsAt, data.language, data.timeZone);
    const star = data.isDefault === true ? '⭐ ' : '';
    return [{ label: `${star}${data.planTitle[data.language]} · ${end}`, callback: encodePress({ kind: 'sub', args: [data.id] }) }];
  });
  return { html: texts.several.choose, keyboard: [...rows, shopButtons(first?.language ?? 'en', texts.buyAnother)] };
}
