import { z } from 'zod';

const decimal = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d+(\.\d+)?$/, 'has to be a plain amount like 299 or 299.50'));

/** `http:` is for this machine only: everywhere else a key would travel in the open. */
function isSafeUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
const apiUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isSafeUrl, 'has to be https:// (http:// is for 127.0.0.1 only)')
  .transform((url) => url.replace(/\/$/, ''));

const secret = z.string().min(1);
const mode = z.enum(['live', 'test']);

/** What every way to pay has: the global switch, and the prices it is offered for, in the shop's currency. */
const common = { enabled: z.boolean().default(true), min: decimal.optional(), max: decimal.optional() };

/** How much one unit of a provider's own currency costs in the shop's currency: set by hand, or asked for and kept fresh. */
const rate = z.union([z.strictObject({ fixed: decimal }), z.strictObject({ source: z.literal('tonapi') })]);

/** Addresses YooKassa sends from (yookassa.ru/developers, "Incoming notifications"). */
export const yookassaRanges: readonly string[] = [
  '185.71.76.0/27',
  '185.71.77.0/27',
  '77.75.153.0/25',
  '77.75.154.128/25',
  '77.75.156.11/32',
  '77.75.156.35/32',
  '2a02:5180::/32',
];

const yookassa = z.strictObject({
  ...common,
  shopId: z.union([z.string().min(1), z.int()]).transform(String),
  secretKey: secret,
  mode,
  /** Offers the Faster Payments System as a button of its own. */
  sbp: z.boolean().default(false),
  /** Lets buyers save the card for renewals; YooKassa's manager has to switch it on. */
  saveMethods: z.boolean().default(false),
  apiUrl: apiUrl.default('https://api.yookassa.ru/v3'),
  ipRanges: z.array(z.string()).default([...yookassaRanges]),
  receipt: z
    .strictObject({
      /** Sent where the buyer gave none; without it the buyer is asked once. */
      email: z.email().optional(),
      vatCode: z.int().min(1).max(12),
      taxSystemCode: z.int().min(1).max(6).optional(),
      paymentSubject: z.string().default('service'),
      paymentMode: z.string().default('full_payment'),
    })
    .optional(),
});

const stars = z.strictObject({
  ...common,
  rubPerStar: decimal.optional(),
  /** Offers Stars subscriptions: Telegram charges again every 30 days until the buyer stops it. */
  saveMethods: z.boolean().default(false),
});

const cryptopay = z.strictObject({
  ...common,
  token: z.string().regex(/^\d+:[\w-]{8,}$/, 'has to be the token @CryptoBot gave, like 12345:AA…'),
  apiUrl: apiUrl.default('https://pay.crypt.bot'),
  /** Coins a buyer may pay with; all that Crypto Pay takes without it. */
  assets: z.array(z.string().regex(/^[A-Z]{2,8}$/)).optional(),
});

const manual = z.strictObject({
  ...common,
  requisites: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9-]{1,24}$/, 'has to be 1 to 24 small letters, digits or "-"'),
        kind: z.enum(['card', 'sbp']),
        /** Card or phone number, as the buyer copies it. */
        number: z.string().min(4).max(40),
        holder: z.string().min(1).max(60),
        bank: z.string().min(1).max(40),
      }),
    )
    .min(1),
  /** How long a buyer has to send the money. */
  transferHours: z.int().min(1).max(72).default(24),
  /** How long an operator has to look at a transfer that was reported. */
  decisionHours: z.int().min(1).max(240).default(72),
  proof: z.enum(['required', 'optional']).default('optional'),
});

const heleket = z.strictObject({
  ...common,
  merchant: z.string().min(1),
  paymentKey: secret,
  apiUrl: apiUrl.default('https://api.heleket.com/v1'),
  ipCheck: z.enum(['off', 'enforce']).default('off'),
  ipRanges: z.array(z.string()).default(['31.133.220.8/32']),
});

const ton = z.strictObject({
  ...common,
  address: z.string().min(48).max(66),
  network: z.enum(['main', 'test']).default('main'),
  /** Name of the coin as buyers read it: TON, or GRAM as its own documents call it now. */
  ticker: z.string().min(2).max(8).default('TON'),
  rate,
  apiUrl: apiUrl.default('https://tonapi.io'),
  apiKey: secret.optional(),
  /** Token that TonAPI gave when the webhook was made. */
  webhookToken: secret.optional(),
  walletUrl: apiUrl.default('https://app.tonkeeper.com/transfer'),
});

const platega = z.strictObject({
  ...common,
  merchantId: z.string().min(1),
  secret,
  apiUrl: apiUrl.default('https://app.platega.io'),
  /** Number of the way to pay at Platega (2 SBP, 11 card …); the payer chooses without it. */
  method: z.int().min(1).max(99).optional(),
});

const yoomoney = z.strictObject({
  ...common,
  wallet: z.string().regex(/^\d{11,20}$/, 'has to be the number of the wallet'),
  secret,
  paymentType: z.enum(['AC', 'PC']).default('AC'),
  formUrl: apiUrl.default('https://yoomoney.ru/quickpay/confirm'),
});

const cloudpayments = z.strictObject({
  ...common,
  publicId: z.string().min(1),
  apiSecret: secret,
  mode,
  saveMethods: z.boolean().default(false),
  apiUrl: apiUrl.default('https://api.cloudpayments.ru'),
  ipCheck: z.enum(['off', 'enforce']).default('off'),
  ipRanges: z
    .array(z.string())
    .default(['185.98.81.0/28', '87.251.91.160/27', '46.46.175.96/27', '46.46.168.160/27', '162.55.174.97/32', '91.216.178.243/32']),
});

const stripe = z.strictObject({
  ...common,
  secretKey: secret,
  webhookSecret: z.string().startsWith('whsec_', { error: 'has to be the signing secret of the endpoint, whsec_…' }),
  mode,
  saveMethods: z.boolean().default(false),
  apiUrl: apiUrl.default('https://api.stripe.com'),
});

/** One block per provider, as it stands under `payments` in `shop.yaml`; the same block checks what is stored. */
export const blocks = { yookassa, stars, cryptopay, manual, heleket, ton, platega, yoomoney, cloudpayments, stripe } as const;

export type ProviderCode = keyof typeof blocks;

/** Checked settings of one provider. */
export type Settings<Code extends ProviderCode> = z.output<(typeof blocks)[Code]>;

/** Every provider the shop knows. */
// The keys of a constant object are its type's keys.
export const providerCodes = Object.keys(blocks) as readonly ProviderCode[];

/** Fields of the blocks that are secrets. */
export const secretFields: ReadonlySet<string> = new Set([
  'secretKey',
  'token',
  'paymentKey',
  'apiKey',
  'webhookToken',
  'secret',
  'apiSecret',
  'webhookSecret',
]);
