import type { PanelReply } from '../mount';
import type { Fields } from './users';

type Rule = (value: unknown) => Readonly<Record<string, string>> | undefined;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Last second of the year 9999. */
const lastSecond = 253_402_300_799;

function rule(name: string, fits: (value: unknown) => boolean): Rule {
  return (value) => (value === undefined || value === null || fits(value) ? undefined : { [name]: 'Value error' });
}

function isWhole(value: unknown): boolean {
  return Number.isInteger(value) || (typeof value === 'string' && /^\d+$/.test(value));
}

// The panel tries an instant first and a number then, and names both.
const expire: Rule = (value) => {
  if (value === undefined || value === null) return undefined;
  const isNumber = typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(String(value));
  if (isNumber) return Number(value) > lastSecond ? { expire: 'Value error, year must be in 1..9999' } : undefined;
  return Number.isNaN(Date.parse(String(value))) ? { datetime: 'Input should be a valid datetime or date', int: 'no integer' } : undefined;
};

const common: Readonly<Record<string, Rule>> = {
  expire,
  data_limit: rule('data_limit', (value) => isWhole(value) && Number(value) >= 0),
  note: rule('note', (value) => typeof value === 'string' && value.length <= 500),
  hwid_limit: rule('hwid_limit', isWhole),
  group_ids: rule('group_ids', Array.isArray),
  proxy_settings(value) {
    const id = Object(Object(value)['vless'])['id'];
    return id === undefined || uuid.test(String(id)) ? undefined : { id: 'Input should be a valid UUID' };
  },
};

function username(value: unknown): Readonly<Record<string, string>> | undefined {
  const name = typeof value === 'string' ? value.replace(/\n$/, '') : '';
  const fits = /^[\w@.-]{3,128}$/.test(name) && !/[_@.-]{2}/.test(name);
  return fits ? undefined : { username: 'Value error' };
}

function groupsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.length > 0 ? undefined : { group_ids: 'Value error, you must select at least one group' };
}

function holdProblems(fields: Fields): Readonly<Record<string, string>> | undefined {
  if (fields['status'] !== 'on_hold') return undefined;
  if (!fields['on_hold_expire_duration']) return { status: 'Value error, User cannot be on hold without a valid on_hold_expire_duration.' };
  return fields['expire'] ? { status: 'Value error, User cannot be on hold with specified expire.' } : undefined;
}

/** What a body would be refused for, keyed by the last part of each field's place; undefined = nothing. */
export function checkFields(fields: Fields, kind: 'create' | 'change'): PanelReply | undefined {
  const statuses = kind === 'create' ? ['active', 'on_hold'] : ['active', 'on_hold', 'disabled'];
  const found = Object.entries(common).map(([name, check]) => check(fields[name]));
  found.push(rule('status', (value) => typeof value === 'string' && statuses.includes(value))(fields['status']));
  if (kind === 'create') found.push(username(fields['username']), groupsOf(fields['group_ids']), holdProblems(fields));
  const problems = Object.assign({}, ...found);
  return Object.keys(problems).length === 0 ? undefined : { status: 422, body: { detail: problems } };
}
