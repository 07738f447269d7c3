/** Languages the shop speaks. */
export const languages = ['ru', 'en'] as const;
export type Language = (typeof languages)[number];

/** A text in every language of the shop. */
export type Localised = Readonly<Record<Language, string>>;

/** Language for a Telegram `language_code` (IETF tag): Russian for `ru…`, else English. */
export function languageOf(code: string | undefined): Language {
  return code !== undefined && /^ru\b/i.test(code) ? 'ru' : 'en';
}
