import { exponentOf, formatDecimal, type Money } from '../../domain/money';
import type { Language } from '../../domain/language';

const locales: Readonly<Record<Language, string>> = { ru: 'ru-RU', en: 'en-GB' };

// Control characters and marks that turn the direction of text could make a screen say something else than it does.
const unseen = /(?!\n)\p{Cc}|\p{Bidi_Control}/gu;

/** A text as it may stand in Telegram's HTML. */
export function escapeHtml(text: string): string {
  return text.replace(unseen, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

// Whole sums without hundredths, hundredths always in pairs, coins without the zeros at their end.
function digitsOf(amount: Money): number {
  const exponent = exponentOf(amount.currency);
  const fraction = String(amount.minor % 10 ** exponent)
    .padStart(exponent, '0')
    .replace(/0+$/, '');
  return fraction.length === 0 ? 0 : Math.max(2, fraction.length);
}

/** An amount as a reader writes it: `299 ₽`, `$3.50`, `⭐ 150`. */
export function formatMoney(amount: Money, language: Language): string {
  if (amount.currency === 'XTR') return `⭐ ${amount.minor}`;
  const digits = digitsOf(amount);
  try {
    return new Intl.NumberFormat(locales[language], {
      style: 'currency',
      currency: amount.currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(Number(formatDecimal(amount)));
  } catch {
    return `${formatDecimal(amount)} ${amount.currency}`;
  }
}

const gigabyte = 1024 ** 3;

/** An amount of traffic in gigabytes of 1024³ bytes: `3,5 ГБ`, `100 GB`. */
export function formatBytes(bytes: number, language: Language): string {
  const number = new Intl.NumberFormat(locales[language], { maximumFractionDigits: 1 }).format(bytes / gigabyte);
  return `${number} ${language === 'ru' ? 'ГБ' : 'GB'}`;
}

/** A day in the shop's time zone: `24 декабря 2026`. */
export function formatDay(instant: Date, language: Language, timeZone: string): string {
  const day = new Intl.DateTimeFormat(locales[language], { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(instant);
  // The full stop of "г." would meet the one of the sentence.
  return day.replace(/\s?г\.$/, '');
}

/** A time of day in the shop's time zone: `18:45`. */
export function formatTime(instant: Date, language: Language, timeZone: string): string {
  return new Intl.DateTimeFormat(locales[language], { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(instant);
}
