import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { demoShop } from '../../sandbox/demoShop';
import { parseShopFile } from './load';
import { shopFileSchema } from './schema';

const values = {
  DEMO_PUBLIC_URL: 'https://vpn.example',
  DEMO_SANDBOX_URL: 'https://panel.example',
  DEMO_PANEL_PASSWORD: 'canary-password',
  DEMO_YOOKASSA_KEY: 'canary-key',
};

function problems(text: string): string {
  try {
    parseShopFile('shop.yaml', text, values);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

describe('a shop file', () => {
  it('is read with values from the environment', () => {
    expect(parseShopFile('shop.yaml', demoShop, values)).toMatchObject({
      shop: { publicUrl: 'https://vpn.example' },
      panels: [{ password: 'canary-password' }],
    });
  });

  it.each([
    ['orderMinutes: 30', 'orderMinuts: 30', /^shop\.yaml:8:\d+ shop\.orderMinuts: .*did you mean "orderMinutes"\?/],
    ['period: 1 month', 'period: one month', /^shop\.yaml:15:\d+ plans\.0\.period: has to be like "30 days"/],
    ['orderMinutes: 30', 'keepKeysDays: 0', /shop\.keepKeysDays/],
    ['orderMinutes: 30', 'keepKeyDays: 30', /did you mean "keepKeysDays"\?/],
    [
      'trial:\n',
      'extras: [{ id: a, title: A, price: 1, traffic: 5 GB, devices: 1 }]\ntrial:\n',
      /extras\.0: has to add either traffic or devices/,
    ],
    ['trial:\n', 'extras: [{ id: a, title: A, price: 1 }]\ntrial:\n', /extras\.0: has to add either traffic or devices/],
    ['trial:\n', 'extras: [{ id: a, title: A, price: 1, traffic: unlimited }]\ntrial:\n', /extras\.0\.traffic: has to be like "50 GB"/],
    ['trial:\n', 'extras: [{ id: year, title: A, price: 1, devices: 1 }]\ntrial:\n', /extras\.0\.id: the id "year" is a plan's/],
    ['trial:\n', 'extras: [{ id: a, title: A, price: 0, devices: 1 }]\ntrial:\n', /extras\.0\.price: has to be more than nothing/],
    [
      'trial:\n',
      'extras: [{ id: a, title: A, price: 1, devices: 1 }, { id: a, title: B, price: 1, devices: 1 }]\ntrial:\n',
      /extras\.1\.id: cannot be told from "a"/,
    ],
    [
      'trial:\n',
      'extras: [{ id: a, title: A, price: 1, devices: 1, payments: { gold: true } }]\ntrial:\n',
      /there is no way to pay "gold"/,
    ],
    ['trial:\n', 'trial:\n  dailyPerReferrer: 0\n', /trial\.dailyPerReferrer/],
    ['trial:\n', 'trial:\n  dailyPerReferrer: 3\n', undefined],
    ['price: 299', 'price: 299.001', /^shop\.yaml:16:\d+ plans\.0\.price: is no amount of RUB/],
    ['price: 299', 'price: 299\n    traffic: 5 GB per week', /plans\.0\.traffic: .*"100 GB per month"/],
    ['price: 299', 'price: 299\n    traffic: 5 GB per month\n    capacity: 10\n    locations: 1', undefined],
    ['price: 299', 'price: 299\n    capacity: 0', /plans\.0\.capacity/],
    ['price: 299', 'price: 299\n    single: true', undefined],
    ['price: 299', 'price: 299\n    single: true\n    locations: 1', /plans\.0: cannot be single where the buyer chooses a server/],
    ['price: 299', 'price: 299\n    locatons: 1', /did you mean "locations"\?/],
    ['price: 299', 'price: -1', /plans\.0\.price: has to be a plain amount/],
    ['    tls: plain-http\n', '', undefined],
    ['country: NL', 'country: Holland', /servers\.0\.country: has to be two capital letters/],
    ['inbounds: [1]', 'inbounds: []', /servers\.0\.inbounds/],
    ['    inbounds: [1]\n', '', /servers\.0: needs inbounds: panel main is a 3x-ui, whose servers have inbounds/],
    ['inbounds: [1]', 'squads: [1]', /servers\.0\.squads: does not fit: panel main is a 3x-ui, whose servers have inbounds/],
    ['inbounds: [1]', 'inbounds: [Reality]', /servers\.0\.inbounds: has to hold numbers of inbounds/],
    ['kind: 3x-ui', 'kind: 3xui', /panels\.0\.kind: has to have a kind of: 3x-ui/],
    ['    username: admin\n', '', /panels\.0: needs a username and a password, or a token/],
    [
      '    username: admin\n',
      '    token: canary-token\n',
      /panels\.0: has a token, which needs no username, password or totpSecret beside it/,
    ],
    ['    username: admin\n', '    username: admin\n    totpSecret: canary\n', /panels\.0\.totpSecret: has to be the secret in base32/],
    [
      '    panel: main\n    title: { ru: Нидерланды',
      '    panel: mian\n    title: { ru: Нидерланды',
      /servers\.0\.panel: there is no panel "mian"; known: main/,
    ],
    ['- id: quarter', '- id: month', /the id "month" stands twice/],
    ['timeZone: Europe/Moscow', 'timeZone: Moscow', /shop\.timeZone: has to be a time zone like Europe\/Moscow/],
    ['${DEMO_YOOKASSA_KEY}', '${NOT_THERE}', /\$\{NOT_THERE\} is not set; put NOT_THERE=… into \.env/],
    ['currency: RUB', 'currency: USD', /payments\.yookassa: takes roubles only/],
    ['publicUrl: ${DEMO_PUBLIC_URL}', 'publicUrl: http://vpn.example', /shop\.publicUrl: has to be https/],
    ['  stars:\n    rubPerStar: "1.80"', '  stars: {}', /payments\.stars: needs rubPerStar, or a starsPrice in every plan/],
    ['plans:', 'referral: { friend: 3 days, referrer: 0 }\nplans:', /referral\.referrer: has to be more than nothing/],
    ['plans:', 'referral: { friend: a week }\nplans:', /referral\.friend: has to be like "7 days", or a plain amount/],
    ['plans:', 'feed: { updateHours: 0 }\nplans:', /feed\.updateHours: /],
    ['plans:', 'feed: { apps: [{ startsWith: x, family: mihomo }] }\nplans:', /feed\.apps\.0\.startsWith: /],
    ['plans:', 'feed: { apps: [{ startsWith: MyApp, family: chrome }] }\nplans:', /feed\.apps\.0\.family: .*"mihomo"/],
    ['plans:', 'feed: { happHeaders: { routing: Да } }\nplans:', /feed\.happHeaders\.routing: has to be plain ASCII on one line/],
    ['plans:', 'feed: { happHeaders: { set-cookie: a } }\nplans:', /feed\.happHeaders/],
    ['plans:', 'plans: [', /^shop\.yaml:\d+:\d+ /],
  ])('where "%s" becomes "%s" names place, fault and cure', (from, to, message) => {
    expect(demoShop).toContain(from);
    const text = problems(demoShop.replace(from, to));
    if (message === undefined) expect(text).toBe('');
    else expect(text).toMatch(message);
    expect(text).not.toContain('canary');
  });

  it('over plain http wants the choice stated', () => {
    const plain = demoShop
      .replace('    tls: plain-http\n', '')
      .replace('url: ${DEMO_SANDBOX_URL}/panels', 'url: http://panel.example/panels');
    expect(() => parseShopFile('shop.yaml', plain, values)).toThrow(/state the choice with "tls: plain-http"/);
  });

  it('has a schema for editors that is in step with the code', () => {
    const written: unknown = JSON.parse(readFileSync(join(__dirname, '..', '..', 'schema', 'shop.schema.json'), 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(shopFileSchema, { io: 'input' }))));
  });

  it('of the example is complete and right', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'shop.example.yaml'), 'utf8');
    const names = [...text.matchAll(/\$\{([A-Z_]+)\}/g)].map((match) => match[1] ?? '');
    parseShopFile('shop.example.yaml', text, Object.fromEntries(names.map((name) => [name, 'x'])));
    expect(Object.keys(parse(text) as object)).toEqual(Object.keys(shopFileSchema.shape));
  });
});

describe("a shop's own texts", () => {
  const withTexts = (lines: string): string => `${demoShop}\ntexts:\n  ru:\n    ${lines}\n`;

  it.each([
    ["trial.started: 'Готово'", ''],
    ["order.ready: '<b>{plan}</b> до {end}'", ''],
    ["trial.startd: 'x'", /texts\.ru\.trial\.startd: is no text of the shop; the nearest is "trial\.started"/],
    ["order.ready: '{plan}'", /texts\.ru\.order\.ready: has to contain \{end\}/],
    ["order.ready: '{plan} {end} {price}'", /has \{price\}, which this text has not; it has \{plan\}, \{end\}/],
    ["trial.started: '<b>x'", /begins <b> and does not end it/],
    ["trial.join: '1 < 2'", /has "<" by itself; write &lt; for it/],
    ["qr: '<b>QR</b>'", /texts\.ru\.qr: stands where there is no HTML/],
    ["qr: ' '", /has to say something/],
    ["feed.device_limit: 'Устройств больше, чем можно'", ''],
    ["page.open: 'Добавить в {app}'", ''],
    ["feed.lapsd: 'x'", /texts\.ru\.feed\.lapsd: is no text of the shop; the nearest is "feed\.lapsed"/],
    ["page.open: 'Открыть'", /texts\.ru\.page\.open: has to contain \{app\}/],
    ["page.secret: '<b>x</b>'", /texts\.ru\.page\.secret: stands where there is no HTML/],
    [`qr: '${'x'.repeat(121)}'`, /has 121 characters; at most 120 fit/],
  ])('%s', (lines, problem) => {
    if (problem === '') expect(problems(withTexts(lines))).toBe('');
    else expect(problems(withTexts(lines))).toMatch(problem);
  });
});
