import type { OrderScreenData } from '../../domain/order';
import { encodePress } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay } from './format';
import type { Screen } from './screen';

/** The new message with the link, once access is on. */
export function readyScreen(data: Pick<OrderScreenData, 'language' | 'timeZone' | 'renewsSubscription' | 'subscription'>): Screen {
  const texts = textsFor(data.language);
  const { subscription } = data;
  if (subscription === undefined) return { html: texts.trouble, keyboard: [] };
  const end = formatDay(subscription.endsAt, data.language, data.timeZone);
  const link = escapeHtml(subscription.feedUrl);
  return {
    html: data.renewsSubscription ? texts.renewed({ end, link }) : texts.ready({ end, link }),
    keyboard: [
      [{ label: texts.connect, url: subscription.openUrl }],
      [
        { label: texts.qr, callback: encodePress({ kind: 'qr', args: [subscription.id] }) },
        { label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) },
      ],
    ],
  };
}
