import { stringify } from 'yaml';
import { usualTemplates } from '../../bot/texts/texts';
import { languages } from '../../domain/language';

/** The usual texts whose key or words have `part` in them, as they can be put into `shop.yaml`. */
export function listTexts(part = ''): string {
  const wanted = part.toLowerCase();
  const texts = languages.map((language) => {
    const found = [...usualTemplates(language)].filter(([key, { text }]) => `${key}\n${text}`.toLowerCase().includes(wanted));
    return [language, Object.fromEntries(found.map(([key, { text }]) => [key, text]))] as const;
  });
  return stringify(
    { texts: Object.fromEntries(texts) },
    { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' },
  ).trimEnd();
}
