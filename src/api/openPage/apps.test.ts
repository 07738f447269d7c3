import { describe, expect, it } from '@jest/globals';
import { apps, appsFor } from './apps';

const url = 'https://shop.example/sub/token_token-token0';
const enc = 'https%3A%2F%2Fshop.example%2Fsub%2Ftoken_token-token0';
const name = '%D0%9C%D0%BE%D0%B9%20VPN%20%26%201';

// Written from the documentation of each app's URL scheme.
const links: Readonly<Record<string, string>> = {
  happ: `happ://add/${url}`,
  v2raytun: `v2raytun://import/${url}`,
  hiddify: `hiddify://import/${url}#${name}`,
  incy: `incy://add/${url}`,
  streisand: `streisand://import/${url}#${name}`,
  v2rayng: `v2rayng://install-sub?url=${enc}#${name}`,
  v2box: `v2box://install-sub?url=${enc}&name=${name}`,
  shadowrocket: `shadowrocket://add/sub://aHR0cHM6Ly9zaG9wLmV4YW1wbGUvc3ViL3Rva2VuX3Rva2VuLXRva2VuMA==?remark=${name}`,
  'clash-verge': `clash-verge://install-config?url=${enc}&name=${name}`,
  flclashx: `flclashx://install-config?url=${enc}`,
  flclash: `flclash://install-config?url=${enc}`,
  karing: `karing://install-config?url=${enc}&name=${name}`,
  'koala-clash': `koala-clash://install-config?url=${enc}`,
  'prizrak-box': `prizrak-box://install-config?url=${enc}`,
  clashmi: `clash://install-config?overwrite=no&name=${name}&url=${enc}`,
  clashmeta: `clashmeta://install-config?name=${name}&url=${enc}`,
  stash: `stash://install-config?url=${enc}&name=${name}`,
  nekobox: `sn://subscription?url=${enc}&name=${name}`,
  exclave: `exclave://subscription?url=${enc}`,
  'sing-box': `sing-box://import-remote-profile?url=${enc}#${name}`,
};

describe('links that import', () => {
  it('are written as each app reads them', () => {
    expect(Object.fromEntries(apps.map((app) => [app.id, app.link({ url, title: 'Мой VPN & 1' })]))).toEqual(links);
  });

  it('stand half a character in the title', () => {
    for (const app of apps) expect(app.link({ url, title: 'VPN \ud83d' })).not.toContain('\ud83d');
  });
});

describe('apps for somebody', () => {
  const ids = (list: readonly { id: string }[]): readonly string[] => list.map(({ id }) => id);

  it.each([
    ['ios', ['happ', 'v2raytun', 'hiddify', 'incy', 'streisand', 'v2box', 'shadowrocket', 'karing', 'clashmi', 'stash', 'sing-box']],
    ['linux', ['happ', 'hiddify', 'clash-verge', 'flclashx', 'flclash', 'karing', 'koala-clash', 'prizrak-box', 'clashmi']],
  ] as const)('on %s come in the order of the table, and none is missing', (platform, expected) => {
    const { fitting, others } = appsFor(platform, undefined);
    expect(ids(fitting)).toEqual(expected);
    expect(ids([...fitting, ...others]).toSorted()).toEqual(Object.keys(links).toSorted());
  });

  it('begin with the chosen one, whatever it runs on', () => {
    const nekobox = apps.find(({ id }) => id === 'nekobox');
    const { fitting, others } = appsFor('ios', nekobox);
    expect(ids(fitting).slice(0, 2)).toEqual(['nekobox', 'happ']);
    expect(ids(others)).not.toContain('nekobox');
    expect(fitting.length + others.length).toBe(apps.length);
  });

  it('are all of them where the system is not known', () => {
    expect(appsFor(undefined, undefined)).toEqual({ fitting: apps, others: [] });
  });
});
