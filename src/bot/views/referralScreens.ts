import type { Language } from '../../domain/language';
import type { ReferralTerms, Reward } from '../../domain/referral';
import type { Money } from '../../domain/money';
import { encodePress } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatMoney } from './format';
import type { Screen } from './screen';

/** A reward in words: `7 days`, `50 ₽ on the balance`. */
export function rewardText(reward: Reward, language: Language): string {
  const texts = textsFor(language).referral;
  return reward.kind === 'days' ? daysIn(language, reward.days) : texts.balance({ amount: formatMoney(reward.amount, language) });
}

export interface ReferralScreenData {
  readonly language: Language;
  readonly shopName: string;
  readonly link: string;
  readonly terms: ReferralTerms;
  readonly invited: number;
  readonly bought: number;
  readonly earned: Money;
  readonly earnedDays: number;
}

function promise({ language, terms }: ReferralScreenData): string {
  const texts = textsFor(language).referral;
  const friend = terms.friend === undefined ? undefined : rewardText(terms.friend, language);
  if (terms.referrer === undefined) return friend === undefined ? '' : texts.onlyFriend({ reward: friend });
  return `${texts.forReferrer({ reward: rewardText(terms.referrer, language) })}${friend === undefined ? '' : texts.forFriend({ reward: friend })}`;
}

/** The buyer's own link, what it promises, and what it brought. */
export function referralScreen(data: ReferralScreenData): Screen {
  const { language, link } = data;
  const texts = textsFor(language);
  const money = data.earned.minor === 0 ? '' : texts.referral.earned({ amount: formatMoney(data.earned, language) });
  const days = data.earnedDays === 0 ? '' : texts.referral.earnedDays({ days: daysIn(language, data.earnedDays) });
  const share = new URLSearchParams({ url: link, text: texts.referral.shareText({ shop: data.shopName }) });
  return {
    html: `${texts.referral.screen({ link: escapeHtml(link) })}${promise(data)}${texts.referral.counts({ invited: data.invited, bought: data.bought })}${money}${days}`,
    keyboard: [
      [{ label: texts.referral.share, url: `https://t.me/share/url?${share.toString().replaceAll('+', '%20')}` }],
      [{ label: texts.back, callback: encodePress({ kind: 'home', args: [] }) }],
    ],
  };
}
