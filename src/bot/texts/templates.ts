import { htmlProblem, visibleText } from './html';
import { plainTexts } from './plain';

/** A text with the names of its parameters in braces, as operators write it. */
export interface Template {
  readonly text: string;
  /** In the order of their first use. */
  readonly parameters: readonly string[];
  /** Stands where Telegram takes no HTML. */
  readonly isPlain: boolean;
}

type Fill = (shown: Readonly<Record<string, unknown>>) => string;
type Leaf = string | Fill;

const placeholder = /\{([a-zA-Z]+)\}/g;
const longest = { html: 3_500, plain: 120 };

// Answers every name with its placeholder: a text filled with it is its own template.
const placeholders: Readonly<Record<string, unknown>> = new Proxy({}, { get: (_target, name) => `{${String(name)}}` });

function parametersIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(placeholder)].map((match) => match[1] ?? ''))];
}

function isPlain(key: string): boolean {
  return plainTexts.some((entry) => (entry.endsWith('.') ? key.startsWith(entry) : key === entry));
}

/** Every text below `texts` by its key, the path to it with dots. */
function leavesOf(texts: object, path = ''): readonly (readonly [key: string, leaf: Leaf])[] {
  return Object.entries(texts).flatMap(([name, value]: [string, object | Leaf]) =>
    typeof value === 'object' ? leavesOf(value, `${path}${name}.`) : [[`${path}${name}`, value] as const],
  );
}

/** The texts of one language as templates, by key. */
export function templatesOf(texts: object): ReadonlyMap<string, Template> {
  return new Map(
    leavesOf(texts).map(([key, leaf]) => {
      const text = typeof leaf === 'string' ? leaf : leaf(placeholders);
      return [key, { text, parameters: typeof leaf === 'string' ? [] : parametersIn(text), isPlain: isPlain(key) }];
    }),
  );
}

function list(names: readonly string[]): string {
  return names.map((name) => `{${name}}`).join(', ');
}

function parameterProblem(given: readonly string[], wanted: readonly string[]): string | undefined {
  const unknown = given.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !given.includes(name));
  if (unknown.length > 0) return `has ${list(unknown)}, which this text has not; it has ${wanted.length === 0 ? 'none' : list(wanted)}`;
  return missing.length > 0 ? `has to contain ${list(missing)}` : undefined;
}

/** What is wrong with an operator's own `text` in the place of `template`, and what would be right; undefined where it fits. */
export function overrideProblem(template: Template, text: string): string | undefined {
  const problem = parameterProblem(parametersIn(text), template.parameters);
  if (problem !== undefined) return problem;
  const most = template.isPlain ? longest.plain : longest.html;
  if (template.isPlain && /[<>&]/.test(text)) return 'stands where there is no HTML, so it has to do without <, > and &';
  const html = template.isPlain ? undefined : htmlProblem(text);
  if (html !== undefined) return html;
  const { length } = visibleText(text).trim();
  if (length === 0) return 'has to say something';
  return length > most ? `has ${length} characters; at most ${most} fit` : undefined;
}

function fillIn(text: string, shown: Readonly<Record<string, unknown>>): string {
  return text.replace(placeholder, (whole, name: string) => (Object.hasOwn(shown, name) ? String(shown[name]) : whole));
}

/**
 * `texts` with an operator's own in their places. One that does not fit, as may be after an update of the shop, is left out: nobody reads a
 * text with a hole.
 */
export function overridden<Texts extends object>(texts: Texts, own: Readonly<Record<string, string>>): Texts {
  const templates = templatesOf(texts);
  const replaced = (value: object | Leaf, path: string): object | Leaf => {
    if (typeof value === 'object')
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]: [string, object | Leaf]) => [
          name,
          replaced(inner, path === '' ? name : `${path}.${name}`),
        ]),
      );
    const [template, text] = [templates.get(path), own[path]];
    if (template === undefined || text === undefined || overrideProblem(template, text) !== undefined) return value;
    return typeof value === 'string' ? text : (shown: Readonly<Record<string, unknown>>) => fillIn(text, shown);
  };
  // Leaves are replaced by leaves of the same kind, so the shape stays.
  return replaced(texts, '') as Texts;
}
