import type { Fields, Value } from './document';

function isFields(value: Value): value is Fields {
  return typeof value === 'object' && !Array.isArray(value);
}

function block(value: Value, indent: string): string {
  if (!isFields(value) && !Array.isArray(value)) return ` ${JSON.stringify(value)}\n`;
  const items = isFields(value)
    ? Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, item] as const]))
    : value;
  if (items.length === 0) return isFields(value) ? ' {}\n' : ' []\n';
  return isFields(value) ? `\n${fieldLines(value, indent)}` : `\n${itemLines(value, indent)}`;
}

function fieldLines(fields: Fields, indent: string): string {
  return Object.entries(fields)
    .map(([key, value]) => (value === undefined ? '' : `${indent}${key}:${block(value, `${indent}  `)}`))
    .join('');
}

function itemLines(items: readonly Value[], indent: string): string {
  return items
    .map((item) => {
      const text = isFields(item) ? fieldLines(item, `${indent}  `) : '';
      // The first field of a map stands on the line of its dash.
      return text === '' ? `${indent}-${block(item, `${indent}  `)}` : `${indent}- ${text.slice(indent.length + 2)}`;
    })
    .join('');
}

/**
 * YAML in block style, with every text in double quotes: a short id of digits stays a text, and no name is a number, a date or a comment.
 * JSON's escapes are escapes of YAML (YAML 1.2, 5.7).
 */
export function yamlOf(fields: Fields): string {
  return fieldLines(fields, '');
}
