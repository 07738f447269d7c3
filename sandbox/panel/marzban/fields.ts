import type { PanelReply } from '../mount';

/** What the panel answers when its own code fails: a text, whatever happened. */
export const broken: PanelReply = { status: 500, text: 'Internal Server Error' };

/** A refusal by field, keyed by the last part of the field's place. */
export function refusedFields(fields: Readonly<Record<string, string>>): PanelReply {
  return { status: 422, body: { detail: fields } };
}

/** A refusal in one sentence. */
export function refused(status: number, detail: string): PanelReply {
  return { status, body: { detail } };
}

export type Fields = Readonly<Record<string, unknown>>;

/** Reads a JSON object of a body; anything else is an answer. */
export function readFields(body: string, isForm: boolean): Fields | PanelReply {
  if (body === '') return refusedFields({ body: 'Field required' });
  if (isForm) return refusedFields({ body: 'Input should be a valid dictionary or object to extract fields from' });
  try {
    const value: unknown = JSON.parse(body);
    if (isRecord(value)) return value;
  } catch {
    return refusedFields({ '12': 'JSON decode error' });
  }
  return refusedFields({ body: 'Input should be a valid dictionary or object to extract fields from' });
}

export function isReply(value: Fields | PanelReply): value is PanelReply {
  return typeof value['status'] === 'number' && ('body' in value || 'text' in value);
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Rule = (value: unknown) => string | undefined;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A whole number or a text of one, or nothing. */
const wholeNumber: Rule = (value) => {
  if (value === null || value === undefined || Number.isInteger(value)) return undefined;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? undefined : 'Input should be a valid integer';
};

const dataLimit: Rule = (value) => {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'number') return 'Value error, data_limit must be an integer or a float, not a string';
  return value < 0 ? 'Input should be greater than or equal to 0' : undefined;
};

const note: Rule = (value) => {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'string') return 'Input should be a valid string';
  return value.length > 500 ? "Value error, User's note can be a maximum of 500 character" : undefined;
};

// Three to 32 word characters first; after them also a dash, an at or a dot, however long.
const username: Rule = (value) =>
  typeof value === 'string' && /^(?=\w{3,32}\b)[a-zA-Z0-9-_@.]+\n?$/.test(value)
    ? undefined
    : 'Value error, Username only can be 3 to 32 characters and contain a-z, 0-9, and underscores in between.';

function oneOf(allowed: readonly string[], optional: boolean): Rule {
  return (value) => {
    if (value === undefined && optional) return undefined;
    return allowed.includes(String(value)) && typeof value === 'string' ? undefined : `Input should be one of ${allowed.join(', ')}`;
  };
}

const common: Readonly<Record<string, Rule>> = {
  expire: wholeNumber,
  data_limit: dataLimit,
  note,
  data_limit_reset_strategy: oneOf(['no_reset', 'day', 'week', 'month', 'year'], true),
};
const create: Readonly<Record<string, Rule>> = { ...common, username, status: oneOf(['active', 'on_hold'], true) };
const change: Readonly<Record<string, Rule>> = { ...common, status: oneOf(['active', 'disabled', 'on_hold'], true) };

function proxyProblems(proxies: Fields): Record<string, string> {
  const known = ['vless', 'vmess', 'trojan', 'shadowsocks'];
  const unknown = Object.keys(proxies).find((protocol) => !known.includes(protocol));
  if (unknown !== undefined) return { proxies: `Value error, '${unknown}' is not a valid ProxyTypes` };
  for (const settings of Object.values(proxies)) {
    if (!isRecord(settings)) continue;
    if ('id' in settings && !uuid.test(String(settings['id']))) return { id: 'Input should be a valid UUID' };
    if ('flow' in settings && !['', 'xtls-rprx-vision'].includes(String(settings['flow']))) {
      return { flow: "Input should be '' or 'xtls-rprx-vision'" };
    }
  }
  return {};
}

function inboundProblems(inbounds: Fields, tags: readonly string[]): Record<string, string> {
  const unknown = Object.values(inbounds)
    .flatMap((list) => (Array.isArray(list) ? list.map(String) : []))
    .find((tag) => !tags.includes(tag));
  return unknown === undefined ? {} : { inbounds: `Value error, Inbound ${unknown} doesn't exist` };
}

function holdProblems(fields: Fields): Record<string, string> {
  if (fields['status'] !== 'on_hold') return {};
  if (!fields['on_hold_expire_duration']) return { status: 'Value error, User cannot be on hold without a valid on_hold_expire_duration.' };
  return fields['expire'] ? { status: 'Value error, User cannot be on hold with specified expire.' } : {};
}

/** What a body would be refused for; undefined = nothing. A wrong type of `proxies` breaks the panel instead. */
export function checkFields(fields: Fields, kind: 'create' | 'change', tags: readonly string[]): PanelReply | undefined {
  const { proxies, inbounds } = fields;
  if (proxies !== undefined && !isRecord(proxies)) return broken;
  if (inbounds !== undefined && !isRecord(inbounds)) {
    return kind === 'create' ? broken : refusedFields({ inbounds: 'Input should be a valid dictionary' });
  }
  const problems: Record<string, string> = {};
  for (const [name, rule] of Object.entries(kind === 'create' ? create : change)) {
    const problem = rule(fields[name]);
    if (problem !== undefined) problems[name] = problem;
  }
  if (kind === 'create' && proxies !== undefined && Object.keys(proxies).length === 0) {
    problems['proxies'] = 'Value error, Each user needs at least one proxy';
  }
  Object.assign(problems, proxyProblems(proxies ?? {}), inboundProblems(inbounds ?? {}, tags), holdProblems(fields));
  return Object.keys(problems).length === 0 ? undefined : refusedFields(problems);
}
