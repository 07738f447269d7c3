import type { Extra } from '../../domain/extra';
import { methodCode, type Method } from '../../domain/method';
import type { Money } from '../../domain/money';
import type { OrderScreenData } from '../../domain/order';
import { placeTag } from '../../domain/plan';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { encodePress, type Press } from '../callbackData';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney } from './format';
import type { Button, Screen } from './screen';
import { methodName } from './shopScreens';

function button(label: string, press: Press): Button {
  return { label, callback: encodePress(press) };
}

/** Name of an extra on a button, where its id would be too long. */
export function extraTag(extra: Pick<Extra, 'id'>): string {
  return placeTag(extra.id);
}

// How long each kind lasts is said before anybody pays.
function rulesFor(data: SubscriptionScreenData, extras: readonly Extra[]): readonly string[] {
  const texts = textsFor(data.language).extras;
  const end = data.endsAt === undefined ? '—' : formatDay(data.endsAt, data.language, data.timeZone);
  return [
    ...(extras.some(({ adds }) => adds.trafficBytes !== undefined) ? [texts.traffic] : []),
    ...(extras.some(({ adds }) => adds.devices !== undefined) ? [texts.devices({ end })] : []),
  ];
}

/** What can be added to a subscription, and how long it lasts. */
export function extrasScreen(data: SubscriptionScreenData, extras: readonly Extra[]): Screen {
  const { language, id } = data;
  const texts = textsFor(language);
  const title = texts.extras.title({ plan: escapeHtml(data.planTitle[language]) });
  return {
    html: extras.length === 0 ? texts.extras.none : [title, ...rulesFor(data, extras)].join('\n\n'),
    keyboard: [
      ...extras.map((extra) => [
        button(`${extra.title[language]} — ${formatMoney(extra.price, language)}`, { kind: 'extra', args: [id, extraTag(extra)] }),
      ]),
      [button(texts.back, { kind: 'sub', args: [id] })],
    ],
  };
}

/** Ways to pay for an extra. */
export function extraMethodsScreen(
  data: SubscriptionScreenData,
  extra: Extra,
  pay: { readonly methods: readonly Method[]; readonly balance: Money },
): Screen {
  const { language, id } = data;
  const texts = textsFor(language);
  const { methods, balance } = pay;
  const tag = extraTag(extra);
  const suffices = balance.currency === extra.price.currency && balance.minor >= extra.price.minor;
  const fromBalance = suffices
    ? [[button(texts.payFromBalance({ amount: formatMoney(balance, language) }), { kind: 'extraBalance', args: [id, tag] })]]
    : [];
  const price = formatMoney(extra.price, language);
  return {
    html:
      methods.length === 0 && !suffices
        ? texts.noMethods
        : [texts.chooseMethod({ plan: escapeHtml(extra.title[language]), price }), ...rulesFor(data, [extra])].join('\n\n'),
    keyboard: [
      ...fromBalance,
      ...methods.map((method) => [button(methodName(language, method), { kind: 'extraBuy', args: [id, tag, methodCode(method)] })]),
      [button(texts.back, { kind: 'extras', args: [id] })],
    ],
  };
}

/** The new message once an extra is there. */
export function extraReadyScreen(data: Pick<OrderScreenData, 'language' | 'planTitle'>): Screen {
  const texts = textsFor(data.language);
  return {
    html: texts.extras.added({ extra: escapeHtml(data.planTitle[data.language]) }),
    keyboard: [[button(texts.mySubscription, { kind: 'subs', args: [] })]],
  };
}
