import type { Language } from '../../domain/language';
import type { Money } from '../../domain/money';
import type { Notice } from '../../domain/notice';
import { encodePress } from '../callbackData';
import { textsFor, type Texts } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import type { Screen } from './screen';

type Params<Kind extends Notice['kind']> = Extract<Notice, { kind: Kind }>['params'];
type Writers = {
  readonly [Kind in Notice['kind']]: (texts: Texts['notices'], params: Params<Kind>, write: (amount: Money) => string) => string;
};

/** How each piece of news is written; total, so that a new one does not compile without its text. */
const writers: Writers = {
  credited_second: (texts, { amount }, write) => texts.credited_second(write(amount)),
  credited_late: (texts, { amount }, write) => texts.credited_late(write(amount)),
  underpaid: (texts, { received, rest }, write) => texts.underpaid(write(received), write(rest)),
  overpaid: (texts, { amount }, write) => texts.overpaid(write(amount)),
  released: (texts, { amount }, write) => texts.released(write(amount)),
  topped_up: (texts, { amount }, write) => texts.topped_up(write(amount)),
  refunded: (texts, { amount, destination }, write) => texts.refunded(write(amount), destination === 'balance'),
  disputed: (texts) => texts.disputed,
  dispute_won: (texts) => texts.dispute_won,
  transfer_declined: (texts, { reason }) => texts.transfer_declined(escapeHtml(reason)),
  corrected: (texts, { amount, sign, reason }, write) => texts.corrected(write(amount), sign === 1, escapeHtml(reason)),
  method_saved: (texts, { title }) => texts.method_saved(escapeHtml(title)),
};

function textOf<Kind extends Notice['kind']>(kind: Kind, params: Params<Kind>, language: Language): string {
  return writers[kind](textsFor(language).notices, params, (amount) => formatMoney(amount, language));
}

/** News as a message of its own. */
export function noticeFor(notice: Notice, language: Language): Screen {
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
