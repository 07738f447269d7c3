import type { OrderScreenData } from '../../domain/order';
import { encodePress } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney, formatTime } from './format';
import type { Button, Screen } from './screen';

function textOf(data: OrderScreenData): string {
  const { order } = textsFor(data.language);
  const plan = escapeHtml(data.planTitle[data.language]);
  const price = formatMoney(data.payment?.asked ?? data.price, data.language);
  switch (data.stage) {
    case 'waiting':
      return order.waiting(plan, price, formatTime(data.expiresAt, data.language, data.timeZone));
    case 'credited':
      return order.credited(plan, formatMoney(data.price, data.language));
    case 'ready':
      return data.subscription === undefined
        ? order.activating(plan)
        : order.ready(plan, formatDay(data.subscription.endsAt, data.language, data.timeZone));
    default:
      return order[data.stage](plan);
  }
}

function payButtons(data: OrderScreenData): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const { payment } = data;
  const pay: Button[] = payment === undefined ? [] : [{ label: texts.pay(formatMoney(payment.asked, data.language)), url: payment.payUrl }];
  const other: Button[] =
    data.otherProviders.length === 0
      ? []
      : [{ label: texts.changeMethod, callback: encodePress({ kind: 'method', args: [data.orderId] }) }];
  const cancel: Button = { label: texts.cancelOrder, callback: encodePress({ kind: 'cancel', args: [data.orderId] }) };
  return [pay, other, [cancel]].filter((row) => row.length > 0);
}

function buttonsOf(data: OrderScreenData): (readonly Button[])[] {
  const texts = textsFor(data.language);
  const mine: Button = { label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) };
  const again: Button = { label: texts.again, callback: encodePress({ kind: 'plans', args: [] }) };
  switch (data.stage) {
    case 'preparing':
      return [];
    case 'waiting':
      return payButtons(data);
    case 'failed':
    case 'cancelled':
    case 'expired':
    case 'superseded':
    case 'credited':
      return [[again]];
    case 'activating':
    case 'delayed':
    case 'ready':
      return [[mine]];
  }
}

/** The order's own message at its present stage. */
export function orderScreen(data: OrderScreenData): Screen {
  return { html: textOf(data), keyboard: buttonsOf(data) };
}
