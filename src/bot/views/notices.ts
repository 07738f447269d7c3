import type { Language, Localised } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { Notice } from '../../domain/notice';
import type { Reward } from '../../domain/referral';
import { encodePress } from '../callbackData';
import { textsFor, type AllTexts } from '../texts/texts';
import { escapeHtml, formatDay, formatMoney } from './format';
import { rewardText } from './referralScreens';
import type { Screen } from './screen';

/** News that one text says; a link has a screen of its own. */
export type PlainNotice = Exclude<Notice, { kind: 'access_ready' }>;

type Params<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>['params'];
interface Write {
  readonly money: (amount: Money) => string;
  readonly day: (instant: string, timeZone: string) => string;
  readonly localised: (text: Localised) => string;
  readonly reward: (reward: Reward) => string;
}
type Writers = {
  readonly [Kind in PlainNotice['kind']]: (
    texts: AllTexts['notices'] & Pick<AllTexts, 'referral' | 'operatorActs' | 'gift' | 'renewal'>,
    params: Params<Kind>,
    write: Write,
  ) => string;
};

function methodOf(title: string | null): string | undefined {
  return title === null ? undefined : escapeHtml(title);
}

/** How each piece of news is written; total, so that a new one does not compile without its text. */
const writers: Writers = {
  credited_second: (texts, { amount }, write) => texts.credited_second(write.money(amount)),
  credited_late: (texts, { amount }, write) => texts.credited_late(write.money(amount)),
  underpaid: (texts, { received, rest }, write) => texts.underpaid(write.money(received), write.money(rest)),
  overpaid: (texts, { amount }, write) => texts.overpaid(write.money(amount)),
  released: (texts, { amount }, write) => texts.released(write.money(amount)),
  topped_up: (texts, { amount }, write) => texts.topped_up(write.money(amount)),
  refunded: (texts, { amount, destination }, write) => texts.refunded(write.money(amount), destination === 'balance'),
  traffic_used: (texts, { resets }) => texts.traffic_used(resets === 'month'),
  rewarded: ({ referral }, { reward, side }, write) => referral.rewarded(write.reward(reward), side === 'friend'),
  reward_taken_back: ({ referral }, { reward, side }, write) => referral.takenBack(write.reward(reward), side === 'friend'),
  granted: ({ operatorActs }, { days, endsAt, timeZone, reason }, write) =>
    operatorActs.granted(days, write.day(endsAt, timeZone), escapeHtml(reason)),
  access_revoked: ({ operatorActs }, { reason }) => operatorActs.revoked(escapeHtml(reason)),
  gift_taken: ({ gift }, { planTitle }, write) => gift.opened(escapeHtml(write.localised(planTitle))),
  gift_taken_back: ({ gift }) => gift.refunded,
  disputed: (texts) => texts.disputed,
  dispute_won: (texts) => texts.dispute_won,
  transfer_declined: (texts, { reason }) => texts.transfer_declined(escapeHtml(reason)),
  corrected: (texts, { amount, sign, reason }, write) => texts.corrected(write.money(amount), sign === 1, escapeHtml(reason)),
  method_saved: (texts, { title }) => texts.method_saved(escapeHtml(title)),
  renewed: (texts, { amount, endsAt, timeZone }, write) => texts.renewed(write.money(amount), write.day(endsAt, timeZone)),
  resumed: (texts, { endsAt, timeZone }, write) => texts.resumed(write.day(endsAt, timeZone)),
  renewal_ahead: ({ renewal }, { amount, title, at, timeZone }, write) =>
    renewal.ahead({ amount: write.money(amount), method: methodOf(title), at: write.day(at, timeZone) }),
  auto_renewed: ({ renewal }, { amount, title, endsAt, timeZone }, write) =>
    renewal.renewed({ amount: write.money(amount), method: methodOf(title), end: write.day(endsAt, timeZone) }),
  renewal_declined: ({ renewal }, { amount, title, nextAt, timeZone }, write) =>
    renewal.declined({
      amount: write.money(amount),
      method: methodOf(title),
      next: nextAt === null ? undefined : write.day(nextAt, timeZone),
    }),
  renewal_plan_gone: ({ renewal }, { endsAt, timeZone }, write) => renewal.planGone(write.day(endsAt, timeZone)),
  renewal_ended: (texts, { title }) => texts.renewal_ended(escapeHtml(title)),
};

function textOf<Kind extends PlainNotice['kind']>(kind: Kind, params: Params<Kind>, language: Language): string {
  const { notices, referral, operatorActs, gift, renewal } = textsFor(language);
  return writers[kind]({ ...notices, referral, operatorActs, gift, renewal }, params, {
    money: (amount) => formatMoney(amount, language),
    localised: (text) => text[language],
    reward: (reward) => rewardText(reward, language),
    day: (instant, timeZone) => formatDay(new Date(instant), language, timeZone),
  });
}

/** News as a message of its own. */
export function noticeFor(notice: PlainNotice, language: Language): Screen {
  const texts = textsFor(language);
  return {
    html: textOf(notice.kind, notice.params, language),
    keyboard: [
      [
        { label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) },
        { label: texts.balanceButton, callback: encodePress({ kind: 'balance', args: [] }) },
      ],
    ],
  };
}
