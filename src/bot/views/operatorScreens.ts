import type { Language, Localised } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { Order } from '../../domain/order';
import { encodePress, type Press } from '../callbackData';
import { textsFor, type OperatorTexts } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney, formatTime } from './format';
import type { Button, Screen } from './screen';

function button(label: string, press: Press): Button {
  return { label, callback: encodePress(press) };
}

function textsOf(language: Language): OperatorTexts {
  return textsFor(language).operator;
}

function homeRow(language: Language): readonly Button[] {
  return [button(textsFor(language).back, { kind: 'ops', args: [] })];
}

interface Place {
  readonly language: Language;
  readonly index: number;
  readonly count: number;
}

function nextRow(place: Place, kind: 'opsTransfers' | 'opsMoney' | 'opsRefunds'): (readonly Button[])[] {
  if (place.count < 2) return [];
  return [[button(textsOf(place.language).next, { kind, args: [String((place.index + 1) % place.count)] })]];
}

/** What waits for operators. */
export function menuScreen(language: Language, counts: { transfers: number; quarantine: number; refunds: number }): Screen {
  const texts = textsOf(language);
  return {
    html: texts.menu(counts),
    keyboard: [
      [button(texts.transfers({ count: counts.transfers }), { kind: 'opsTransfers', args: ['0'] })],
      [button(texts.quarantine({ count: counts.quarantine }), { kind: 'opsMoney', args: ['0'] })],
      [button(texts.refunds({ count: counts.refunds }), { kind: 'opsRefunds', args: ['0'] })],
    ],
  };
}

/** A sentence with the way back to the menu of operators. */
export function noteScreen(language: Language, text: string): Screen {
  return { html: escapeHtml(text), keyboard: [homeRow(language)] };
}

/** A transfer to be decided on. */
export function transferScreen(
  data: Place & {
    readonly timeZone: string;
    readonly transfer: {
      readonly paymentId: string;
      readonly asked: Money;
      readonly place: string;
      readonly planTitle: Localised;
      readonly userId: number;
      readonly version: number;
      readonly submittedAt: Date | undefined;
      readonly proof: object | undefined;
    };
  },
): Screen {
  const { language, transfer, timeZone } = data;
  const texts = textsOf(language);
  const at = transfer.submittedAt;
  const since = at === undefined ? '?' : `${formatDay(at, language, timeZone)}, ${formatTime(at, language, timeZone)}`;
  const version = String(transfer.version);
  const proof = transfer.proof === undefined ? [] : [[button(texts.proof, { kind: 'opsProof', args: [transfer.paymentId] })]];
  return {
    html: texts[transfer.proof === undefined ? 'transfer' : 'transferWithProof']({
      amount: formatMoney(transfer.asked, language),
      place: escapeHtml(transfer.place),
      plan: escapeHtml(transfer.planTitle[language]),
      user: transfer.userId,
      since,
    }),
    keyboard: [
      [
        button(texts.approve, { kind: 'opsDecide', args: [transfer.paymentId, 'yes', version] }),
        button(texts.decline, { kind: 'opsDecide', args: [transfer.paymentId, 'no', version] }),
      ],
      ...proof,
      ...nextRow(data, 'opsTransfers'),
      homeRow(language),
    ],
  };
}

function reasonText(texts: Readonly<Record<string, string>>, reason: string): string {
  return texts[reason] ?? escapeHtml(reason);
}

/** Money that was put aside. */
export function entryScreen(
  data: Place & {
    readonly timeZone: string;
    readonly entry: {
      readonly id: string;
      readonly provider: string;
      readonly reason: string;
      readonly amount: Money | undefined;
      readonly paymentId: string | undefined;
      readonly createdAt: Date;
    };
  },
): Screen {
  const { language, entry } = data;
  const texts = textsOf(language);
  const canCredit = entry.amount !== undefined && entry.paymentId !== undefined;
  const credit = canCredit ? [[button(texts.credit, { kind: 'opsEntry', args: [entry.id, 'credit'] })]] : [];
  return {
    html: texts.entry({
      provider: entry.provider,
      reason: reasonText(texts.reasons, entry.reason),
      amount: entry.amount === undefined ? '—' : formatMoney(entry.amount, language),
      payment: entry.paymentId ?? '—',
      since: formatDay(entry.createdAt, language, data.timeZone),
    }),
    keyboard: [
      ...credit,
      [button(texts.keep, { kind: 'opsEntry', args: [entry.id, 'keep'] })],
      ...nextRow(data, 'opsMoney'),
      homeRow(language),
    ],
  };
}

/** A refund that waits for somebody's hand. */
export function refundScreen(
  data: Place & {
    readonly refund: {
      readonly id: string;
      readonly amount: Money;
      readonly orderId: string;
      readonly userId: number;
      readonly why: string | undefined;
    };
  },
): Screen {
  const { language, refund } = data;
  const texts = textsOf(language);
  return {
    html: texts.refund({
      id: refund.id,
      amount: formatMoney(refund.amount, language),
      order: refund.orderId,
      user: refund.userId,
      why: escapeHtml(refund.why ?? ''),
    }),
    keyboard: [
      [button(texts.refundDone, { kind: 'opsRefund', args: [refund.id, 'done'] })],
      [button(texts.refundCancel, { kind: 'opsRefund', args: [refund.id, 'cancelled'] })],
      ...nextRow(data, 'opsRefunds'),
      homeRow(language),
    ],
  };
}

/** Ways to give the money of an order back. */
export function giveScreen(
  language: Language,
  order: Pick<Order, 'id' | 'planTitle' | 'price' | 'userId' | 'state' | 'fulfilment'>,
): Screen {
  const texts = textsOf(language);
  const give = (label: string, scope: 'full' | 'unused', destination: 'provider' | 'balance'): readonly Button[] => [
    button(label, { kind: 'opsGive', args: [order.id, scope, destination] }),
  ];
  return {
    html: texts.refundOrder({
      order: order.id,
      plan: escapeHtml(order.planTitle[language]),
      price: formatMoney(order.price, language),
      user: order.userId,
      state: `${order.state}, ${order.fulfilment}`,
    }),
    keyboard: [
      give(texts.refundFull, 'full', 'provider'),
      give(texts.refundUnused, 'unused', 'provider'),
      give(texts.refundFullBalance, 'full', 'balance'),
      give(texts.refundUnusedBalance, 'unused', 'balance'),
      homeRow(language),
    ],
  };
}
