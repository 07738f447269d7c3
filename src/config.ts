import { z } from 'zod';
import { ShopError } from './errors';

const port = z.coerce.number().int().min(0).max(65_535);
const httpUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, ''));

const schema = z.object({
  BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{10,}$/, 'the token BotFather gave, like 123456:ABC…')
    .optional(),
  TELEGRAM_API_ROOT: httpUrl.default('https://api.telegram.org'),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .regex(/^[\w-]{16,256}$/, '16 to 256 letters, digits, "_" or "-"')
    .optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'an address like postgres://user:password@host:5432/name' }).optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:/]+:\d+$/, 'a host and a port like temporal:7233')
    .optional(),
  TEMPORAL_NAMESPACE: z
    .string()
    .regex(/^[\w-]{2,64}$/, '2 to 64 letters, digits, "_" or "-"')
    .default('vless-kiosk'),
  PUBLIC_URL: httpUrl.optional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  METRICS_PORT: port.default(9464),
  SECRET_KEY: z.string().min(1).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  ROLE: z.enum(['all', 'api', 'bot', 'worker']).default('all'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    ),
  SHOP_FILE: z.string().min(1).default('shop.yaml'),
});

/** Everything the environment can set, checked. */
export interface Config {
  readonly botToken: string | undefined;
  readonly telegramApiRoot: string;
  readonly telegramWebhookSecret: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly temporalAddress: string | undefined;
  readonly temporalNamespace: string;
  readonly publicUrl: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly metricsPort: number;
  readonly secretKey: string | undefined;
  readonly dataDir: string;
  readonly role: 'all' | 'api' | 'bot' | 'worker';
  readonly logLevel: string;
  readonly trustedProxies: readonly string[];
  readonly shopFile: string;
}

/** Names of all variables, for the example file. */
export const variables: readonly string[] = Object.keys(schema.shape);

/** Reads the environment; throws `ConfigInvalid` naming the variable and what would be right, never its value. An empty value is none. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ShopError('ConfigInvalid', { message: `the environment is not right. ${lines.join('; ')}` });
  }
  const env = parsed.data;
  return {
    botToken: env.BOT_TOKEN,
    telegramApiRoot: env.TELEGRAM_API_ROOT,
    telegramWebhookSecret: env.TELEGRAM_WEBHOOK_SECRET,
    databaseUrl: env.DATABASE_URL,
    temporalAddress: env.TEMPORAL_ADDRESS,
    temporalNamespace: env.TEMPORAL_NAMESPACE,
    publicUrl: env.PUBLIC_URL,
    host: env.HOST,
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    secretKey: env.SECRET_KEY,
    dataDir: env.DATA_DIR,
    role: env.ROLE,
    logLevel: env.LOG_LEVEL,
    trustedProxies: env.TRUSTED_PROXIES,
    shopFile: env.SHOP_FILE,
  };
}
