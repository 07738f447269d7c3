import type { Language } from '../../domain/language';

/** A number of days with its word: `1 день`, `3 дня`, `1 day`. */
export function daysIn(language: Language, count: number): string {
  const form = new Intl.PluralRules(language).select(count);
  if (language === 'en') return `${count} ${form === 'one' ? 'day' : 'days'}`;
  return `${count} ${form === 'one' ? 'день' : form === 'few' ? 'дня' : 'дней'}`;
}
