import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';
import { parseHtml } from '../../../sandbox/telegram/rules';
import { languages } from '../../domain/language';
import { escapeHtml } from '../views/format';
import { noticeFor } from '../views/notices';
import { trialStartedScreen } from '../views/trialScreens';
import { htmlProblem, visibleText } from './html';
import { overridden, overrideProblem, type Template } from './templates';
import { inWordsOf, textsFor, usualTemplates } from './texts';

const src = join(__dirname, '..', '..');
const hostile = '</b><script>&"\'{link}<i>';

function leafAt(texts: unknown, key: string): unknown {
  return key.split('.').reduce((place: unknown, name) => (place as Record<string, unknown>)[name], texts);
}

function filled({ text, parameters }: Template, value: string): string {
  return parameters.reduce((filling, name) => filling.replaceAll(`{${name}}`, () => value), text);
}

/** A part of the tree of a program, as far as it is looked at here. */
interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly property?: Node;
  readonly key?: Node;
}

function nodesIn(node: unknown): readonly Node[] {
  if (typeof node !== 'object' || node === null) return [];
  return [node, ...Object.values(node).flatMap(nodesIn)];
}

function takenBy({ type, property, key }: Node): readonly unknown[] {
  if (type === 'AssignmentPatternProperty' || type === 'KeyValuePatternProperty') return [key?.value];
  if (type !== 'MemberExpression') return [];
  if (property?.type === 'Identifier') return [property.value];
  return nodesIn(property).flatMap((inner) => (inner.type === 'StringLiteral' ? [inner.value] : []));
}

/** Where texts are read, and what shows that a file does. */
const places = {
  bot: { folders: ['bot', 'bot/views', 'bot/features', 'main/cli'], mark: 'textsFor' },
  outside: { folders: ['feed', 'api/openPage'], mark: 'texts[' },
} as const;

/** Names that code takes out of something: `x.name`, `x['name']`, `x[y ? 'name' : …]`, `const { name } = x`. */
function namesTaken({ folders, mark }: (typeof places)[keyof typeof places]): ReadonlySet<unknown> {
  const taken = new Set<unknown>();
  for (const folder of folders) {
    for (const name of readdirSync(join(src, folder))) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const text = readFileSync(join(src, folder, name), 'utf8');
      if (!text.includes(mark)) continue;
      for (const node of nodesIn(parseSync(text, { syntax: 'typescript' }))) for (const one of takenBy(node)) taken.add(one);
    }
  }
  return taken;
}

/** Looked up by what the data says: a state, a reason, a provider. */
const looked = /^(commands|checkout|methods|statuses|paymentStates|refusals|operator\.reasons|order|feed|page\.statuses|page\.advice)\./;

describe.each(languages)('texts in %s', (language) => {
  const templates = [...usualTemplates(language)];

  it('have the keys and the parameters of every other language', () => {
    for (const other of languages) {
      const same = usualTemplates(other);
      expect([...same.keys()].sort()).toEqual(templates.map(([key]) => key).sort());
      for (const [key, { parameters }] of templates)
        expect([key, [...(same.get(key)?.parameters ?? [])].sort()]).toEqual([key, [...parameters].sort()]);
    }
  });

  it.each(templates)('%s says the same for every value of its parameters', (key, template) => {
    const leaf = leafAt(textsFor(language), key);
    for (const value of ['', '1', '5', 'Visa', hostile]) {
      const shown = Object.fromEntries(template.parameters.map((name) => [name, value]));
      const text = typeof leaf === 'function' ? (leaf as (shown: object) => string)(shown) : leaf;
      expect(text).toBe(typeof leaf === 'function' ? template.text.replaceAll(/\{([a-zA-Z]+)\}/g, () => value) : template.text);
      expect(String(text)).not.toMatch(/undefined|\[object/);
    }
  });

  it.each(templates)('%s is what Telegram takes, whatever people call things', (_key, template) => {
    expect(overrideProblem(template, template.text)).toBeUndefined();
    const html = filled(template, escapeHtml(hostile));
    expect(htmlProblem(html)).toBeUndefined();
    expect(() => parseHtml(html)).not.toThrow();
    expect(visibleText(html).length).toBeLessThanOrEqual(4_096);
  });
});

it('every text is used, and every part that is looked up by data', () => {
  const taken = { bot: namesTaken(places.bot), outside: namesTaken(places.outside) };
  const unused = [...usualTemplates('ru').keys()].filter((key) => {
    const path = looked.test(key) ? key.split('.').slice(0, -1) : key.split('.');
    const names = /^(feed|page)\./.test(key) ? taken.outside : taken.bot;
    return !path.every((name) => names.has(name));
  });
  expect(unused).toEqual([]);
});

describe("a shop's own words", () => {
  const own = {
    texts: {
      ru: { 'trial.started': 'Свой <b>текст</b>', 'notices.overpaid': '{amount} лишние', 'gift.opened': 'Без подарка', nothing: 'x' },
    },
  };

  it('are said in its messages and nowhere else, and only where they fit', () => {
    const overpaid = { kind: 'overpaid', params: { amount: { minor: 100, currency: 'RUB' } } } as const;
    expect(inWordsOf(own, () => trialStartedScreen('ru').html)).toBe('Свой <b>текст</b>');
    expect(inWordsOf(own, () => noticeFor(overpaid, 'ru').html)).toMatch(/^1\s₽ лишние$/);
    expect(inWordsOf(own, () => textsFor('ru').gift.opened({ plan: 'Год' }))).toContain('Год');
    expect(inWordsOf(own, () => trialStartedScreen('en').html)).toBe(textsFor('en').trial.started);
    expect(trialStartedScreen('ru').html).toContain('Пробный доступ ваш');
  });

  it('go along with work that waits', async () => {
    const later = await inWordsOf(own, async () => {
      await Promise.resolve();
      return textsFor('ru').trial.started;
    });
    expect(later).toBe('Свой <b>текст</b>');
  });

  it('leave names that look like parameters alone', () => {
    const texts = overridden(textsFor('ru'), { 'gift.opened': '{plan}!' });
    expect(texts.gift.opened({ plan: '{plan} $& {link}' })).toBe('{plan} $& {link}!');
  });
});

it.each([
  ['<b>x</b> &amp; <a href="https://x.example/?a=1&amp;b=2">y</a>', undefined],
  ['<blockquote expandable>x</blockquote><span class="tg-spoiler">y</span>', undefined],
  ['<b>x', /begins <b>/],
  ['<b><i>x</b></i>', /<\/b> where <\/i>/],
  ['x</b>', /was not begun/],
  ['<br>', /<br>, which Telegram does not know/],
  ['<a>x</a>', /<a>, which Telegram does not take/],
  ['<b onclick="x">x</b>', /does not take/],
  ['1 < 2', /write &lt;/],
  ['a & b', /write &amp;/],
  ['&nbsp;', /write &amp;/],
])('the HTML %s is judged as Telegram does', (html, problem) => {
  if (problem === undefined) expect(htmlProblem(html)).toBeUndefined();
  else expect(htmlProblem(html)).toMatch(problem);
});
