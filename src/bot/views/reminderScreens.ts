import type { Language, Localised } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { ReminderKind } from '../../domain/reminder';
import { encodePress } from '../callbackData';
import { inTime } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney, formatTime } from './format';
import type { Button, Screen } from './screen';

export interface ReminderData {
  readonly kind: ReminderKind;
  readonly language: Language;
  readonly timeZone: string;
  readonly planTitle: Localised;
  readonly subscription: { readonly id: string; readonly endsAt: Date; readonly openUrl: string };
  /** Undefined where the plan cannot be renewed as it is. */
  readonly offer: { readonly price: Money; readonly method: string | undefined } | undefined;
  readonly graceMs: number;
  readonly now: Date;
}

const hourMs = 3_600_000;

function moment(data: ReminderData, instant: Date): string {
  return `${formatDay(instant, data.language, data.timeZone)}, ${formatTime(instant, data.language, data.timeZone)}`;
}

function leftOf(data: ReminderData): string {
  const hours = Math.round((data.subscription.endsAt.getTime() - data.now.getTime()) / hourMs);
  if (hours >= 36) return inTime(data.language, Math.round(hours / 24), 'day');
  return hours >= 1 ? inTime(data.language, hours, 'hour') : textsFor(data.language).reminders.soon;
}

/** What is true once the subscription has ended: while grace runs, until when access stays; after it, what the kind says. */
function afterEnd(data: ReminderData, kind: 'ended' | 'missed' | 'come_back'): string {
  const texts = textsFor(data.language).reminders;
  const plan = escapeHtml(data.planTitle[data.language]);
  const end = formatDay(data.subscription.endsAt, data.language, data.timeZone);
  const accessEnd = new Date(data.subscription.endsAt.getTime() + data.graceMs);
  if (accessEnd > data.now) {
    const until = moment(data, accessEnd);
    return kind === 'ended' ? texts.endedInGrace({ plan, until }) : texts.stillOpen({ plan, end, until });
  }
  switch (kind) {
    case 'ended':
      return texts.ended({ plan });
    case 'missed':
      return texts.missed({ plan, end });
    case 'come_back':
      return texts.comeBack({ plan });
  }
}

function htmlOf(data: ReminderData): string {
  const texts = textsFor(data.language).reminders;
  const plan = escapeHtml(data.planTitle[data.language]);
  const end = moment(data, data.subscription.endsAt);
  switch (data.kind) {
    case 'early':
    case 'soon':
    case 'last':
      return texts.before({ plan, left: leftOf(data), end });
    case 'ended':
    case 'missed':
    case 'come_back':
      return afterEnd(data, data.kind);
    case 'never_connected':
      return texts.neverConnected({ plan, end });
  }
}

function renewButton(data: ReminderData): Button {
  const { offer, language, subscription } = data;
  const texts = textsFor(language);
  if (offer === undefined) return { label: texts.reminders.choosePlan, callback: encodePress({ kind: 'plans', args: [] }) };
  // With a method used before, renewing is one press.
  const callback =
    offer.method === undefined
      ? encodePress({ kind: 'renewPlan', args: [subscription.id, 'n'] })
      : encodePress({ kind: 'renew', args: [subscription.id, offer.method, 'n'] });
  return { label: texts.renew({ price: formatMoney(offer.price, language) }), callback };
}

/** A reminder, with the one button that it is about. */
export function reminderScreen(data: ReminderData): Screen {
  const texts = textsFor(data.language);
  const subscription: Button = { label: texts.mySubscription, callback: encodePress({ kind: 'sub', args: [data.subscription.id] }) };
  if (data.kind !== 'never_connected') return { html: htmlOf(data), keyboard: [[renewButton(data)], [subscription]] };
  const support: Button = { label: texts.supportButton, callback: encodePress({ kind: 'support', args: [] }) };
  return { html: htmlOf(data), keyboard: [[{ label: texts.connect, url: data.subscription.openUrl }], [support, subscription]] };
}
