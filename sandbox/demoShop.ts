/** The shop of the demo, as its operator would write it. */
export const demoShop = `
shop:
  name: Ласточка VPN
  publicUrl: \${DEMO_PUBLIC_URL}
  currency: RUB
  timeZone: Europe/Moscow
  supportUrl: https://t.me/demo_support
  orderMinutes: 30
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
    apiUrl: \${DEMO_SANDBOX_URL}/yookassa/v3
    ipRanges: [127.0.0.1]
  stars:
    rubPerStar: "1.80"
`;
