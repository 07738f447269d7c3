import type { Language } from '../../domain/language';
import { textsFor } from '../texts/texts';
import { escapeHtml } from './format';

/** What a renewal is paid from, as it stands in a sentence: a saved method by its title, else the balance. */
export function sourceText(title: string | undefined, language: Language): string {
  const texts = textsFor(language).renewal;
  return title === undefined ? texts.sourceBalance : texts.sourceMethod({ method: escapeHtml(title) });
}
