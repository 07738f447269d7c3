import type { Language } from '../../domain/language';

/** A number of days with its word, as texts take it: `1 день`, `3 дня`, `1 day`. */
export function daysIn(language: Language, count: number): string {
  const form = new Intl.PluralRules(language).select(count);
  if (language === 'en') return `${count} ${form === 'one' ? 'day' : 'days'}`;
  return `${count} ${form === 'one' ? 'день' : form === 'few' ? 'дня' : 'дней'}`;
}

/** How far away something is: `через 3 дня`, `in 1 hour`. */
export function inTime(language: Language, count: number, unit: 'day' | 'hour'): string {
  return new Intl.RelativeTimeFormat(language).format(count, unit);
}
