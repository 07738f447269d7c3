import type { Fields, Value } from './document';

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function block(value: Value, indent: string): string {
  if (typeof value !== 'object') return ` ${typeof value === 'string' ? JSON.stringify(value) : value}\n`;
  const text = isList(value) ? itemLines(value, indent) : fieldLines(value, indent);
  if (text === '') return isList(value) ? ' []\n' : ' {}\n';
  return `\n${text}`;
}

/** Words that YAML, in one version or another, takes for a value. */
const valueWords = /^(?:null|true|false|yes|no|on|off|y|n)$/i;

function keyText(key: string): string {
  return /^[a-z][\w-]*$/i.test(key) && !valueWords.test(key) ? key : JSON.stringify(key);
}

function fieldLines(fields: Fields, indent: string): string {
  let text = '';
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== undefined) text += `${indent}${keyText(key)}:${block(value, `${indent}  `)}`;
  }
  return text;
}

function itemLines(items: readonly Value[], indent: string): string {
  const inner = `${indent}  `;
  let text = '';
  for (const item of items) {
    const fields = typeof item === 'object' && !isList(item) ? fieldLines(item, inner) : '';
    // The first field of a map stands on the line of its dash.
    text += fields === '' ? `${indent}-${block(item, inner)}` : `${indent}- ${fields.slice(inner.length)}`;
  }
  return text;
}

/**
 * YAML in block style, with every text in double quotes: a short id of digits stays a text, and no name is a number, a date or a comment.
 * JSON's escapes are escapes of YAML (YAML 1.2, 5.7). Keys that are plain words stand bare, headers of a panel may be others.
 */
export function yamlOf(fields: Fields): string {
  return fieldLines(fields, '');
}
