import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { z } from 'zod';
import { ShopError } from '../errors';
import { crossCheck, type Problem } from './check';
import { nearest } from './nearest';
import { shopFileSchema, type ShopFile } from './schema';

const placeholder = /\$\{([A-Z][A-Z0-9_]*)\}/g;

interface Source {
  readonly name: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

function positionOf(source: Source, path: readonly (string | number)[]): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = source.document.getIn(path.slice(0, length), true);
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    if (range === undefined || range === null) continue;
    const { line, col } = source.lines.linePos(range[0]);
    return `${line}:${col}`;
  }
  return '1:1';
}

const fieldNames = [
  'shop',
  'operators',
  'plans',
  'extras',
  'panels',
  'servers',
  'payments',
  'trial',
  'texts',
  'days',
  'channel',
  'dailyPerReferrer',
  'name',
  'publicUrl',
  'currency',
  'timeZone',
  'supportUrl',
  'terms',
  'help',
  'orderMinutes',
  'graceHours',
  'keepKeysDays',
  'quietHours',
  'id',
  'title',
  'period',
  'price',
  'starsPrice',
  'traffic',
  'devices',
  'locations',
  'capacity',
  'single',
  'kind',
  'url',
  'username',
  'password',
  'tls',
  'panel',
  'country',
  'inbounds',
  'yookassa',
  'stars',
  'shopId',
  'secretKey',
  'mode',
  'apiUrl',
  'ipRanges',
  'receipt',
  'rubPerStar',
];

function hint(field: string): string {
  const near = nearest(field, fieldNames);
  return near === undefined || near.distance > 2 ? '' : `; did you mean "${near.name}"?`;
}

function toProblems(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: `is not a field of this place${hint(key)}` }));
  }
  return [{ path, message: issue.message }];
}

function fail(source: Source, problems: readonly Problem[]): never {
  const lines = problems.map(
    (problem) => `${source.name}:${positionOf(source, problem.path)} ${problem.path.join('.')}: ${problem.message}`,
  );
  throw new ShopError('ConfigInvalid', { message: lines.join('\n') });
}

/** Puts the values of the environment in the place of `${NAME}`, in values only, never in names. */
function fillIn(source: Source, environment: Readonly<Record<string, string | undefined>>): void {
  const problems: string[] = [];
  visit(source.document, {
    Scalar(key, node, ancestors) {
      const parent = ancestors.at(-1);
      if ((isPair(parent) && key === 'key') || typeof node.value !== 'string') return;
      node.value = node.value.replace(placeholder, (_text, name: string) => {
        const value = environment[name];
        if (value !== undefined && value !== '') return value;
        const { line, col } = source.lines.linePos(node.range?.[0] ?? 0);
        problems.push(`${source.name}:${line}:${col} \${${name}} is not set; put ${name}=… into .env or the environment`);
        return '';
      });
    },
  });
  if (problems.length > 0) throw new ShopError('ConfigInvalid', { message: problems.join('\n') });
}

/**
 * Reads and checks a shop file. Throws `ConfigInvalid` with one line per problem: file, line and column, what is wrong and what would be right;
 * values never stand in it.
 */
export function parseShopFile(name: string, text: string, environment: Readonly<Record<string, string | undefined>>): ShopFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const source: Source = { name, document, lines };
  if (document.errors.length > 0) {
    const found = document.errors.map(
      (error) => `${name}:${lines.linePos(error.pos[0]).line}:${lines.linePos(error.pos[0]).col} ${error.message}`,
    );
    throw new ShopError('ConfigInvalid', { message: found.join('\n') });
  }
  fillIn(source, environment);
  const parsed = shopFileSchema.safeParse(document.toJS());
  if (!parsed.success) fail(source, parsed.error.issues.flatMap(toProblems));
  const problems = crossCheck(parsed.data);
  if (problems.length > 0) fail(source, problems);
  return parsed.data;
}
