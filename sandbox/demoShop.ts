import type { ProviderSecrets } from './payments/providers';

/** The shop of the demo, as its operator would write it. */
export const demoShop = `
shop:
  name: Ласточка VPN
  publicUrl: \${DEMO_PUBLIC_URL}
  currency: RUB
  timeZone: Europe/Moscow
  supportUrl: https://t.me/demo_support
  orderMinutes: 30
  quietHours: none
  topups: [100, 500, 1000]
operators: [900]
plans:
  - id: month
    title: { ru: 1 месяц, en: 1 month }
    period: 1 month
    price: 299
    devices: 3
  - id: quarter
    title: { ru: 3 месяца, en: 3 months }
    period: 3 months
    price: 799
    devices: 3
  - id: year
    title: { ru: 1 год, en: 1 year }
    period: 1 year
    price: 2490
    devices: 5
trial:
  days: 3
  traffic: 10 GB
  devices: 1
panels:
  - id: main
    kind: 3x-ui
    url: \${DEMO_SANDBOX_URL}/panels/main/
    username: admin
    password: \${DEMO_PANEL_PASSWORD}
    tls: plain-http
servers:
  - id: nl
    panel: main
    title: { ru: Нидерланды, en: Netherlands }
    country: NL
    inbounds: [1]
  - id: de
    panel: main
    title: { ru: Германия, en: Germany }
    country: DE
    inbounds: [2]
payments:
  yookassa:
    shopId: "100500"
    secretKey: \${DEMO_YOOKASSA_KEY}
    mode: test
    sbp: true
    apiUrl: \${DEMO_SANDBOX_URL}/yookassa/v3
    ipRanges: [127.0.0.1]
  stars:
    rubPerStar: "1.80"
`;

/** Every way to pay that the shop knows, at the sandbox. */
export const allPayments = `payments:
  yookassa:
    shopId: "100500"
    secretKey: \${DEMO_YOOKASSA_KEY}
    mode: test
    sbp: true
    saveMethods: true
    apiUrl: \${DEMO_SANDBOX_URL}/yookassa/v3
    ipRanges: [127.0.0.1]
  stars:
    rubPerStar: "1.80"
    saveMethods: true
  cryptopay:
    token: \${DEMO_CRYPTOPAY_TOKEN}
    apiUrl: \${DEMO_SANDBOX_URL}/cryptopay
  manual:
    requisites:
      - { id: main, kind: card, number: 2200 0000 0000 0001, holder: Иван И., bank: Банк }
      - { id: phone, kind: sbp, number: "+7 900 000-00-01", holder: Иван И., bank: Банк }
  heleket:
    merchant: sandbox-merchant
    paymentKey: \${DEMO_HELEKET_KEY}
    apiUrl: \${DEMO_SANDBOX_URL}/heleket/v1
  ton:
    address: EQCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq8Uk
    rate: { source: tonapi }
    apiUrl: \${DEMO_SANDBOX_URL}/tonapi
    webhookToken: \${DEMO_TON_TOKEN}
    walletUrl: \${DEMO_SANDBOX_URL}/wallet
  platega:
    merchantId: sandbox-merchant
    secret: \${DEMO_PLATEGA_SECRET}
    apiUrl: \${DEMO_SANDBOX_URL}/platega
  yoomoney:
    wallet: "41001123456789"
    secret: \${DEMO_YOOMONEY_SECRET}
    formUrl: \${DEMO_SANDBOX_URL}/yoomoney/quickpay/confirm
  cloudpayments:
    publicId: pk_sandbox
    apiSecret: \${DEMO_CLOUDPAYMENTS_SECRET}
    mode: test
    saveMethods: true
    apiUrl: \${DEMO_SANDBOX_URL}/cloudpayments
  stripe:
    secretKey: \${DEMO_STRIPE_KEY}
    webhookSecret: \${DEMO_STRIPE_HOOK}
    mode: test
    saveMethods: true
    apiUrl: \${DEMO_SANDBOX_URL}/stripe
`;

/** The shop of the demo with every way to pay. */
export const fullShop = `${demoShop.slice(0, demoShop.indexOf('payments:'))}${allPayments}`;

/** Values of the placeholders of `fullShop`. */
export function shopValues(values: {
  readonly apiUrl: string;
  readonly sandboxUrl: string;
  readonly panelPassword: string;
  readonly keys: ProviderSecrets;
}): Readonly<Record<string, string>> {
  const { keys } = values;
  return {
    DEMO_PUBLIC_URL: values.apiUrl,
    DEMO_SANDBOX_URL: values.sandboxUrl,
    DEMO_PANEL_PASSWORD: values.panelPassword,
    DEMO_YOOKASSA_KEY: keys.yookassaKey,
    DEMO_CRYPTOPAY_TOKEN: keys.cryptopayToken,
    DEMO_HELEKET_KEY: keys.heleketKey,
    DEMO_TON_TOKEN: keys.tonToken,
    DEMO_PLATEGA_SECRET: keys.plategaSecret,
    DEMO_YOOMONEY_SECRET: keys.yoomoneySecret,
    DEMO_CLOUDPAYMENTS_SECRET: keys.cloudpaymentsSecret,
    DEMO_STRIPE_KEY: keys.stripeKey,
    DEMO_STRIPE_HOOK: keys.stripeHook,
  };
}
