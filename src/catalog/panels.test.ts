import { describe, expect, it } from '@jest/globals';
import { parseShopFile } from './load';

const squad = 'd7dec908-e130-42dc-aadd-aa5182dd8f6f';

function shop(panel: string, server: string): string {
  return `
shop: { name: Shop, publicUrl: https://vpn.example }
plans: [{ id: month, title: Month, period: 1 month, price: 299 }]
panels: [{ id: main, url: https://panel.example, ${panel} }]
servers: [{ id: nl, panel: main, title: Netherlands, country: NL, ${server} }]
payments: { stars: { rubPerStar: '1.80' } }
`;
}

function problem(panel: string, server: string): string {
  try {
    parseShopFile('shop.yaml', shop(panel, server), {});
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

describe('panels of a shop file', () => {
  it.each([
    ['kind: remnawave, token: t', `squads: [${squad}]`],
    ['kind: remnawave, token: t, apiKey: k', `squads: [${squad}]`],
    ['kind: marzban, username: u, password: p', 'inbounds: [VLESS TCP REALITY, VLESS WS]'],
    ['kind: pasarguard, username: u, password: p', 'groups: [1, 2]'],
    ['kind: pasarguard, token: pg_key_1', 'groups: [1]'],
  ])('are taken as %s with %s', (panel, server) => {
    expect(problem(panel, server)).toBe('');
  });

  it.each([
    ['kind: remnawave', `squads: [${squad}]`, /panels\.0\.token/],
    ['kind: remnawave, token: t, username: u', `squads: [${squad}]`, /panels\.0\.username/],
    ['kind: remnawave, token: t', 'squads: [Shop]', /servers\.0\.squads: has to hold uuids of internal squads/],
    ['kind: remnawave, token: t', 'inbounds: [1]', /servers\.0: needs squads: panel main is a remnawave/],
    ['kind: marzban, token: t', 'inbounds: [VLESS WS]', /panels\.0\.username/],
    ['kind: marzban, username: u, password: p', 'groups: [1]', /servers\.0: needs inbounds: panel main is a marzban/],
    ['kind: pasarguard, username: u', 'groups: [1]', /panels\.0: needs a username and a password, or a token/],
    ['kind: pasarguard, token: t, password: p', 'groups: [1]', /panels\.0: has a token, which needs no username or password beside it/],
    ['kind: pasarguard, token: t', 'groups: [all]', /servers\.0\.groups: has to hold numbers of groups/],
  ])('are refused as %s with %s, saying what would be right', (panel, server, words) => {
    expect(problem(panel, server)).toMatch(words);
  });
});
