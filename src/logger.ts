import pino, { type Logger } from 'pino';
import { ShopError } from './errors';

/** Shapes of secrets and of personal addresses that must not be written anywhere, with what stands in their place. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b\d{6,}:[\w-]{20,}/g, '<bot token>'],
  [/\b(?:vless|vmess|trojan|ss|hysteria2):\/\/\S+/gi, '<link>'],
  [/\b(postgres(?:ql)?|https?):\/\/[^\s/@]+@/gi, '$1://<login>@'],
  [/\b(Bearer|Basic)\s+[\w+/=.-]+/gi, '$1 <credentials>'],
  [/\b(cookie|set-cookie|authorization)["']?\s*[:=]\s*["']?[^"',;\s]+/gi, '$1: <hidden>'],
  [/\/(sub|open\/[\w-]+)\/[\w-]{16,}/g, '/$1/<token>'],
  [/\/bot[^/\s]+\//g, '/bot<token>/'],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, '<e-mail>'],
  [/(?<![\w-])[\w-]{43}(?![\w-])/g, '<token>'],
];

/** Removes secrets and personal data from a text, as far as their shape gives them away. */
export function scrub(text: string): string {
  return patterns.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

/** An error as it may be logged: kind, code, scrubbed message and stack; no properties of foreign errors. */
function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) };
  return {
    type: error.name,
    ...(error instanceof ShopError ? { code: error.code } : {}),
    message: scrub(error.message),
    stack: scrub(error.stack ?? ''),
    ...cause,
  };
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return scrub(value);
  if (value instanceof Error) return errorFields(value);
  if (Array.isArray(value)) return value.map((entry: unknown) => clean(entry));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, clean(entry)]));
  return value;
}

export interface LoggerOptions {
  readonly level: string;
  readonly destination?: { write(line: string): void };
}

/** Makes the log: one JSON object per line, every text scrubbed. ERROR means that a person has to act. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown): unknown => error },
    formatters: {
      level: (label: string): object => ({ level: label }),
      log: (fields: Record<string, unknown>): Record<string, unknown> =>
        Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value)])),
    },
    hooks: {
      logMethod(this: Logger, parameters: Parameters<pino.LogFn>, method: pino.LogFn): void {
        // Messages are texts in every call of the shop; fields are scrubbed by the formatter.
        const scrubbed = parameters.map((parameter) =>
          typeof parameter === 'string' ? scrub(parameter) : parameter,
        ) as Parameters<pino.LogFn>;
        method.apply(this, scrubbed);
      },
    },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
