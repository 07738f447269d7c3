import type { KeptRenewal } from '../../domain/autoRenewal';
import type { Language, Localised } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { Notice } from '../../domain/notice';
import type { Reward } from '../../domain/referral';
import { encodePress, type Press } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor, type AllTexts } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney } from './format';
import { rewardText } from './referralScreens';
import { sourceText } from './renewalSource';
import type { Button, Screen } from './screen';

/** News that one text says; a link has a screen of its own. */
export type PlainNotice = Exclude<Notice, { kind: 'access_ready' }>;

type Params<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>['params'];
interface Write {
  readonly money: (amount: Money) => string;
  readonly day: (instant: string, timeZone: string) => string;
  readonly localised: (text: Localised) => string;
  readonly reward: (reward: Reward) => string;
  readonly days: (count: number) => string;
  readonly source: (title: string | null) => string;
}
type Writers = {
  readonly [Kind in PlainNotice['kind']]: (
    texts: AllTexts['notices'] & Pick<AllTexts, 'referral' | 'operatorActs' | 'gift' | 'renewal'>,
    params: Params<Kind>,
    write: Write,
  ) => string;
};

/** How each piece of news is written; total, so that a new one does not compile without its text. */
const writers: Writers = {
  credited_second: (texts, { amount }, write) => texts.credited_second({ amount: write.money(amount) }),
  credited_late: (texts, { amount }, write) => texts.credited_late({ amount: write.money(amount) }),
  underpaid: (texts, { received, rest }, write) => texts.underpaid({ received: write.money(received), rest: write.money(rest) }),
  overpaid: (texts, { amount }, write) => texts.overpaid({ amount: write.money(amount) }),
  released: (texts, { amount }, write) => texts.released({ amount: write.money(amount) }),
  topped_up: (texts, { amount }, write) => texts.topped_up({ amount: write.money(amount) }),
  refunded: (texts, { amount, destination }, write) =>
    texts[destination === 'balance' ? 'refunded_to_balance' : 'refunded']({ amount: write.money(amount) }),
  traffic_used: (texts, { resets }) => (resets === 'month' ? texts.traffic_used_month : texts.traffic_used),
  rewarded: ({ referral }, { reward, side }, write) =>
    referral[side === 'friend' ? 'friendRewarded' : 'rewarded']({ reward: write.reward(reward) }),
  reward_taken_back: ({ referral }, { reward, side }, write) =>
    referral[side === 'friend' ? 'friendTakenBack' : 'takenBack']({ reward: write.reward(reward) }),
  granted: ({ operatorActs }, { days, endsAt, timeZone, reason }, write) => {
    const shown = { days: write.days(days), end: write.day(endsAt, timeZone) };
    return reason === '' ? operatorActs.granted(shown) : operatorActs.grantedWhy({ ...shown, reason: escapeHtml(reason) });
  },
  access_revoked: ({ operatorActs }, { reason }) =>
    reason === '' ? operatorActs.revoked : operatorActs.revokedWhy({ reason: escapeHtml(reason) }),
  gift_taken: ({ gift }, { planTitle }, write) => gift.opened({ plan: escapeHtml(write.localised(planTitle)) }),
  gift_taken_back: ({ gift }) => gift.refunded,
  disputed: (texts) => texts.disputed,
  dispute_won: (texts) => texts.dispute_won,
  transfer_declined: (texts, { reason }) =>
    reason === '' ? texts.transfer_declined : texts.transfer_declined_why({ reason: escapeHtml(reason) }),
  corrected: (texts, { amount, sign, reason }, write) =>
    texts[sign === 1 ? 'corrected_more' : 'corrected_less']({ amount: write.money(amount), reason: escapeHtml(reason) }),
  method_saved: (texts, { title }) => texts.method_saved({ title: escapeHtml(title) }),
  renewed: (texts, { amount, endsAt, timeZone }, write) => texts.renewed({ amount: write.money(amount), end: write.day(endsAt, timeZone) }),
  resumed: (texts, { endsAt, timeZone }, write) => texts.resumed({ end: write.day(endsAt, timeZone) }),
  renewal_ahead: ({ renewal }, { amount, title, at, timeZone }, write) =>
    renewal.ahead({ amount: write.money(amount), source: write.source(title), at: write.day(at, timeZone) }),
  auto_renewed: ({ renewal }, { amount, title, endsAt, timeZone }, write) =>
    renewal.renewed({ amount: write.money(amount), source: write.source(title), end: write.day(endsAt, timeZone) }),
  renewal_declined: ({ renewal }, { amount, title, nextAt, timeZone }, write) => {
    const shown = { amount: write.money(amount), source: title === null ? renewal.sourceTooLittle : write.source(title) };
    return nextAt === null ? renewal.declinedLast(shown) : renewal.declined({ ...shown, next: write.day(nextAt, timeZone) });
  },
  renewal_plan_gone: ({ renewal }, { endsAt, timeZone }, write) => renewal.planGone({ end: write.day(endsAt, timeZone) }),
  renewal_stopped: ({ renewal }) => renewal.stopped,
  renewal_ended: (texts, { title }) => texts.renewal_ended({ title: escapeHtml(title) }),
};

function textOf<Kind extends PlainNotice['kind']>(kind: Kind, params: Params<Kind>, language: Language): string {
  const { notices, referral, operatorActs, gift, renewal } = textsFor(language);
  return writers[kind]({ ...notices, referral, operatorActs, gift, renewal }, params, {
    money: (amount) => formatMoney(amount, language),
    localised: (text) => text[language],
    reward: (reward) => rewardText(reward, language),
    days: (count) => daysIn(language, count),
    source: (title) => sourceText(title ?? undefined, language),
    day: (instant, timeZone) => formatDay(new Date(instant), language, timeZone),
  });
}

/** Ways on from a piece of news. */
function waysOn(language: Language): readonly Button[] {
  const texts = textsFor(language);
  return [
    { label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) },
    { label: texts.balanceButton, callback: encodePress({ kind: 'balance', args: [] }) },
  ];
}

/** News as a message of its own. */
export function noticeFor(notice: PlainNotice, language: Language): Screen {
  return { html: textOf(notice.kind, notice.params, language), keyboard: [waysOn(language)] };
}

/** A way of paying was kept, and renews by itself now: when that is first, and the one press that ends it. */
export function keptMethodScreen(data: {
  readonly language: Language;
  readonly timeZone: string;
  readonly title: string;
  readonly renewal: KeptRenewal;
}): Screen {
  const { language, renewal } = data;
  const texts = textsFor(language).renewal;
  const title = escapeHtml(data.title);
  const at = formatDay(renewal.at, language, data.timeZone);
  const html =
    renewal.by === 'shop' ? texts.kept({ title, at, amount: formatMoney(renewal.amount, language) }) : texts.keptOwnPace({ title, at });
  const off: Press =
    renewal.by === 'shop' ? { kind: 'autoOff', args: [renewal.subscriptionId] } : { kind: 'forget', args: [renewal.methodId] };
  return { html, keyboard: [[{ label: texts.off, callback: encodePress(off) }], waysOn(language)] };
}
