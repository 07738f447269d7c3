import { overrideProblem } from '../bot/texts/templates';
import { usualTemplates } from '../bot/texts/texts';
import { languages } from '../domain/language';
import type { Problem } from './check';
import { nearest } from './nearest';
import type { ShopFile } from './schema';

/** What is wrong with the shop's own texts: keys that are no text's, parameters, HTML that Telegram refuses. */
export function textProblems({ texts }: Pick<ShopFile, 'texts'>): Problem[] {
  return languages.flatMap((language) => {
    const templates = usualTemplates(language);
    return Object.entries(texts?.[language] ?? {}).flatMap(([key, text]): Problem[] => {
      const path = ['texts', language, key];
      const template = templates.get(key);
      if (template === undefined) {
        const near = nearest(key, [...templates.keys()])?.name ?? '';
        return [{ path, message: `is no text of the shop; the nearest is "${near}". All of them: npm run shop -- texts` }];
      }
      const problem = overrideProblem(template, text);
      return problem === undefined ? [] : [{ path, message: problem }];
    });
  });
}
