import { z } from 'zod';
import { appFamilies } from '../domain/app';
import { knownCurrencies } from '../domain/money';
import { panelBlocks, panelKinds } from '../panels/blocks';
import { blocks } from '../payments/blocks';

const localised = z.union([z.string().min(1).max(64), z.strictObject({ ru: z.string().min(1).max(64), en: z.string().min(1).max(64) })]);
const longText = z.union([
  z.string().min(1).max(3_500),
  z.strictObject({ ru: z.string().min(1).max(3_500), en: z.string().min(1).max(3_500) }),
]);
const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,23}$/, 'has to be 1 to 24 small letters, digits or "-"');
const decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d+(\.\d+)?$/, 'has to be a plain amount like 299 or 299.50'));
const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format() !== '';
  } catch {
    return false;
  }
}, 'has to be a time zone like Europe/Moscow');

/** `http:` is for this machine only: everywhere else a password or a link would travel in the open. */
function isSafeUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
const publicUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isSafeUrl, 'has to be https:// (http:// is for 127.0.0.1 only)')
  .transform((url) => url.replace(/\/$/, ''));
const panelUrl = z.url({ protocol: /^https?$/, error: 'has to be an address like https://panel.example:2053/path/' });

const tls = z.union([
  z.literal('verify'),
  z.literal('plain-http'),
  z.strictObject({ pinned: z.string().regex(/^([0-9a-f]{2}:?){32}$/i, 'has to be the SHA-256 of the certificate in hex') }),
  z.strictObject({ selfSigned: z.string().includes('BEGIN CERTIFICATE', { error: 'has to be the certificate in PEM' }) }),
]);

/** Which ways to pay are offered here: `true` or `false` by the name of a provider, or of one of its choices such as yookassa_sbp. */
const paymentRules = z
  .record(z.string().regex(/^[a-z]+(_[a-z]+)?$/, 'has to be a provider like yookassa, or a choice like yookassa_sbp'), z.boolean())
  .default({});

const traffic = z
  .string()
  .regex(
    /^(unlimited|[1-9]\d{0,5} (GB|TB)( per (period|month))?)$/,
    'has to be "unlimited", or like "100 GB" (for the period that was bought) or "100 GB per month"',
  )
  .default('unlimited');

const plan = z
  .strictObject({
    id,
    title: localised,
    period: z.string().regex(/^[1-9]\d{0,3} (day|month|year)s?$/, 'has to be like "30 days", "1 month" or "1 year"'),
    price: decimal,
    starsPrice: z.int().min(1).max(100_000).optional(),
    traffic,
    devices: z.int().min(1).max(1_000).optional(),
    servers: z.union([z.literal('all'), z.array(id).min(1)]).default('all'),
    /** The buyer chooses one of the servers; without it a subscription has them all. */
    locations: z.literal(1).optional(),
    /** Most live subscriptions of this plan; more are not sold. */
    capacity: z.int().min(1).max(1_000_000).optional(),
    /** Nobody has two of this plan at a time: to buy it again renews it. */
    single: z.literal(true).optional(),
    payments: paymentRules,
  })
  .refine(
    ({ single, locations }) => single === undefined || locations === undefined,
    'cannot be single where the buyer chooses a server: another server is another subscription',
  );

/** Something more for a subscription that is there: traffic or devices. */
const extra = z
  .strictObject({
    id,
    title: localised,
    price: decimal,
    starsPrice: z.int().min(1).max(100_000).optional(),
    traffic: z
      .string()
      .regex(/^[1-9]\d{0,5} (GB|TB)$/, 'has to be like "50 GB"')
      .optional(),
    devices: z.int().min(1).max(1_000).optional(),
    payments: paymentRules,
  })
  .refine(({ traffic: bytes, devices }) => (bytes === undefined) !== (devices === undefined), 'has to add either traffic or devices');

const channelName = z.string().regex(/^@[a-zA-Z]\w{3,31}$/, 'has to be like @my_channel');

const quietHours = z
  .string()
  .regex(/^(none|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$/, 'has to be like 22:00-09:00, or "none"')
  .refine((text) => text === 'none' || text.slice(0, 5) !== text.slice(6), 'has to begin and end at different times, or to be "none"');

/** What a newcomer can try, once. */
const trial = z.strictObject({
  title: localised.default({ ru: 'Пробный период', en: 'Trial' }),
  days: z.int().min(1).max(60),
  traffic,
  devices: z.int().min(1).max(1_000).optional(),
  servers: z.union([z.literal('all'), z.array(id).min(1)]).default('all'),
  /** Who wants to try has to be a member; the bot has to be an administrator there. */
  channel: z
    .union([
      channelName,
      z.strictObject({
        id: z.int().max(-1_000_000_000_000, 'has to be the id of a channel, like -1001234567890'),
        url: z.url({ protocol: /^https$/ }),
      }),
    ])
    .optional(),
  /** Most trials that one user's link brings on one day. */
  dailyPerReferrer: z.int().min(1).max(10_000).optional(),
});

const panelPlace = { id, url: panelUrl, tls: tls.default('verify') };

const panel = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ ...panelPlace, kind: z.literal('3x-ui'), ...panelBlocks['3x-ui'].fields }),
    z.strictObject({ ...panelPlace, kind: z.literal('remnawave'), ...panelBlocks.remnawave.fields }),
    z.strictObject({ ...panelPlace, kind: z.literal('marzban'), ...panelBlocks.marzban.fields }),
    z.strictObject({ ...panelPlace, kind: z.literal('pasarguard'), ...panelBlocks.pasarguard.fields }),
  ],
  { error: `has to have a kind of: ${panelKinds.join(', ')}` },
);

/** What a server is on its panel: inbounds by number or tag, squads, or groups. */
const targets = z
  .array(z.union([z.int().min(1), z.string().min(1).max(100)]).transform(String))
  .min(1)
  .optional();

const server = z.strictObject({
  id,
  panel: id,
  title: localised,
  country: z.string().regex(/^[A-Z]{2}$/, 'has to be two capital letters like NL'),
  inbounds: targets,
  squads: targets,
  groups: targets,
  /** Most live keys; more are not given out. */
  capacity: z.int().min(1).max(1_000_000).optional(),
  payments: paymentRules,
});

const payments = z.strictObject({
  yookassa: blocks.yookassa.optional(),
  stars: blocks.stars.optional(),
  cryptopay: blocks.cryptopay.optional(),
  manual: blocks.manual.optional(),
  heleket: blocks.heleket.optional(),
  ton: blocks.ton.optional(),
  platega: blocks.platega.optional(),
  yoomoney: blocks.yoomoney.optional(),
  cloudpayments: blocks.cloudpayments.optional(),
  stripe: blocks.stripe.optional(),
});

const announce = z.string().min(1).max(200);

/** Headers that Happ and INCY read beside those of every feed (happ.su documentation, "Parameters"). */
const happHeader = z.enum([
  'routing',
  'routing-enable',
  'announce-url',
  'new-url',
  'new-domain',
  'hide-settings',
  'ping-type',
  'change-user-agent',
]);

const feed = z.strictObject({
  updateHours: z.int().min(1).max(168).default(12),
  announce: z.union([announce, z.strictObject({ ru: announce, en: announce })]).optional(),
  xhttpForMihomo: z.boolean().default(false),
  xrayJsonForHapp: z.boolean().default(false),
  requireDevice: z.boolean().default(false),
  happHeaders: z.partialRecord(happHeader, z.string().regex(/^[\x20-\x7e]{1,4000}$/, 'has to be plain ASCII on one line')).default({}),
  /** Apps by how their User-Agent begins, looked at before the table of the shop. */
  apps: z
    .array(z.strictObject({ startsWith: z.string().min(2).max(64), family: z.enum(appFamilies) }))
    .max(50)
    .default([]),
});

/** What one side gets for a friend's first payment: days, or money on the balance. */
const reward = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^([1-9]\d{0,2} days?|\d+(\.\d+)?)$/, 'has to be like "7 days", or a plain amount like 50 for the balance'))
  .optional();

const ownTexts = z.record(z.string(), z.string()).optional();

/** The file `shop.yaml`. Unknown fields are refused, so that a slip of the pen is found. */
export const shopFileSchema = z.strictObject({
  shop: z.strictObject({
    name: z.string().min(1).max(40),
    publicUrl,
    currency: z
      .string()
      .refine((code) => knownCurrencies.includes(code), 'is not a currency the shop can count in')
      .default('RUB'),
    timeZone: timeZone.default('Europe/Moscow'),
    supportUrl: z.url({ protocol: /^https$/ }).optional(),
    terms: longText.optional(),
    help: longText.optional(),
    orderMinutes: z.int().min(5).max(1_440).default(30),
    graceHours: z.int().min(0).max(720).default(0),
    /** Keys stay on their panels this long after access has ended. */
    keepKeysDays: z.int().min(1).max(3_650).default(30),
    /** Wall clock of the shop's time zone; nobody is reminded of anything meanwhile. */
    quietHours: quietHours.default('22:00-09:00'),
    /** Sums a buyer can put on the balance; none = no top-ups. */
    topups: z.array(decimal).max(6).default([]),
  }),
  operators: z.array(z.int().positive()).default([]),
  plans: z.array(plan).min(1),
  /** What can be added to a subscription that is there. */
  extras: z.array(extra).default([]),
  trial: trial.optional(),
  panels: z.array(panel).min(1),
  servers: z.array(server).min(1),
  payments,
  /** What a user's link brings when a friend who came with it pays for the first time. */
  referral: z.strictObject({ referrer: reward, friend: reward }).optional(),
  feed: feed.prefault({}),
  /** The shop's own texts in the place of the usual ones, by key. */
  texts: z.strictObject({ ru: ownTexts, en: ownTexts }).optional(),
});

export type ShopFile = z.output<typeof shopFileSchema>;
