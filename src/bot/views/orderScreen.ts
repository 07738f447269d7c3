import type { OrderScreenData, OrderStage } from '../../domain/order';
import { encodePress } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney, formatTime } from './format';
import type { Button, Screen } from './screen';

const dayMs = 86_400_000;

// A deadline of another day needs the day too.
function untilText(data: OrderScreenData, now: Date): string {
  const time = formatTime(data.expiresAt, data.language, data.timeZone);
  const isFar = data.expiresAt.getTime() - now.getTime() > dayMs / 2;
  return isFar ? `${formatDay(data.expiresAt, data.language, data.timeZone)}, ${time}` : time;
}

function instructionsOf(data: OrderScreenData): string {
  const { order } = textsFor(data.language);
  const { payment } = data;
  const given = payment?.instructions;
  if (payment === undefined || given === undefined) return '';
  if (given.kind === 'ton') {
    return order.ton({
      address: escapeHtml(given.address),
      amount: `${given.amount} ${escapeHtml(given.ticker)}`,
      comment: escapeHtml(given.comment),
    });
  }
  return order[given.way === 'card' ? 'transferCard' : 'transferSbp']({
    number: escapeHtml(given.number),
    holder: escapeHtml(given.holder),
    bank: escapeHtml(given.bank),
    amount: formatMoney(payment.asked, data.language),
  });
}

function waitingText(data: OrderScreenData, plan: string, now: Date): string {
  const { order } = textsFor(data.language);
  const { payment, language } = data;
  const price = formatMoney(payment?.asked ?? data.price, language);
  const held = payment?.held;
  const rest = held === undefined ? 0 : (payment?.asked.minor ?? 0) - held.minor;
  const part =
    held === undefined
      ? ''
      : order.part({ received: formatMoney(held, language), rest: formatMoney({ minor: rest, currency: held.currency }, language) });
  const balance = data.fromBalance === undefined ? '' : order.fromBalance({ amount: formatMoney(data.fromBalance, language) });
  return `${order.waiting({ plan, price, until: untilText(data, now) })}${balance}${instructionsOf(data)}${part}`;
}

/** Until when a subscription goes on without the order that was given back: what was bought before, or besides, stays. */
function goesOnUntil({ stage, subscription }: OrderScreenData, now: Date): Date | undefined {
  return stage === 'refunded' && subscription !== undefined && subscription.endsAt > now ? subscription.endsAt : undefined;
}

function refundedText(data: OrderScreenData, plan: string, now: Date): string {
  const { order } = textsFor(data.language);
  if (data.kind === 'topup') return order.refundedTopup({ amount: formatMoney(data.price, data.language) });
  const end = goesOnUntil(data, now);
  return end === undefined ? order.refunded({ plan }) : order.refundedGoesOn({ plan, end: formatDay(end, data.language, data.timeZone) });
}

function textOf(data: OrderScreenData, now: Date): string {
  const { order } = textsFor(data.language);
  const plan = escapeHtml(data.planTitle[data.language]);
  const price = formatMoney(data.payment?.asked ?? data.price, data.language);
  switch (data.stage) {
    case 'waiting':
      return waitingText(data, plan, now);
    case 'checking':
      return order.checking({ plan, price });
    case 'refunded':
      return refundedText(data, plan, now);
    case 'ready':
      if (data.isGift) return textsFor(data.language).gift.ready({ plan });
      if (data.kind === 'extra') return textsFor(data.language).extras.ready({ extra: plan });
      if (data.kind === 'topup') return order.toppedUp({ amount: formatMoney(data.price, data.language) });
      return data.subscription === undefined
        ? order.activating({ plan })
        : order.ready({ plan, end: formatDay(data.subscription.endsAt, data.language, data.timeZone) });
    default:
      return order[data.stage]({ plan });
  }
}

type Shown = NonNullable<OrderScreenData['payment']>;

/** The page or wallet to pay at, its code, and "I have sent it". */
function paymentRows(data: OrderScreenData, payment: Shown): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const isTon = payment.instructions?.kind === 'ton';
  const label = isTon ? texts.openWallet : texts.pay({ amount: formatMoney(payment.asked, data.language) });
  const pay: Button[] = payment.payUrl === undefined ? [] : [{ label, url: payment.payUrl }];
  const qr: Button[] = isTon ? [{ label: texts.payQr, callback: encodePress({ kind: 'payQr', args: [payment.paymentId] }) }] : [];
  const isAwaited = payment.transfer === 'awaiting';
  const sent: Button[] = isAwaited
    ? [{ label: texts.transferSent, callback: encodePress({ kind: 'sent', args: [payment.paymentId] }) }]
    : [];
  return [pay, qr, sent].filter((row) => row.length > 0);
}

function payButtons(data: OrderScreenData): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const mayChange = data.otherMethods && data.kind === 'plan' && !data.isGift;
  const other: Button = { label: texts.changeMethod, callback: encodePress({ kind: 'method', args: [data.orderId] }) };
  const cancel: Button = { label: texts.cancelOrder, callback: encodePress({ kind: 'cancel', args: [data.orderId] }) };
  return [...(data.payment === undefined ? [] : paymentRows(data, data.payment)), ...(mayChange ? [[other]] : []), [cancel]];
}

/** What can be done at each stage: nothing, pay, look at the subscription, or choose again. */
const offers: Readonly<Record<OrderStage, 'nothing' | 'pay' | 'mine' | 'again'>> = {
  preparing: 'nothing',
  checking: 'nothing',
  waiting: 'pay',
  failed: 'again',
  cancelled: 'again',
  expired: 'again',
  superseded: 'again',
  credited: 'again',
  refunded: 'again',
  activating: 'mine',
  delayed: 'mine',
  ready: 'mine',
};

function buttonsOf(data: OrderScreenData, now: Date): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const mine: Button = { label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) };
  const again: Button = { label: texts.again, callback: encodePress({ kind: 'plans', args: [] }) };
  const offer = goesOnUntil(data, now) === undefined ? offers[data.stage] : 'mine';
  if (offer === 'mine' && data.isGift) return [[{ label: texts.gift.mine, callback: encodePress({ kind: 'gifts', args: [] }) }]];
  if (offer === 'nothing') return [];
  if (offer === 'pay') return payButtons(data);
  return [[offer === 'mine' && data.kind !== 'topup' ? mine : again]];
}

/** The order's own message at its present stage. */
export function orderScreen(data: OrderScreenData, now: Date): Screen {
  return { html: textOf(data, now), keyboard: buttonsOf(data, now) };
}
