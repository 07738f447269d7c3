import { platforms, type Platform } from './platform';

/** A VPN app that takes a feed by a link of its own. */
export interface App {
  readonly id: string;
  readonly title: string;
  readonly platforms: readonly Platform[];
  readonly link: (feed: { readonly url: string; readonly title: string }) => string;
}

// Half a surrogate pair has no UTF-8.
const encoded = (text: string): string => encodeURIComponent(text.replaceAll(/\p{Cs}/gu, ''));
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** How the family of Clash takes a profile. */
function installConfig(scheme: string): App['link'] {
  return ({ url, title }) => `${scheme}://install-config?url=${encoded(url)}&name=${encoded(title)}`;
}

const phones = ['ios', 'android'] as const;
const desktops = ['windows', 'macos', 'linux'] as const;

/**
 * Apps with a link that imports, the one to recommend first (each app's documentation of its URL scheme). Throne and FoXray are not among
 * them: their links are not known for certain.
 */
export const apps: readonly App[] = [
  { id: 'happ', title: 'Happ', platforms, link: ({ url }) => `happ://add/${url}` },
  { id: 'v2raytun', title: 'v2RayTun', platforms: phones, link: ({ url }) => `v2raytun://import/${url}` },
  { id: 'hiddify', title: 'Hiddify', platforms, link: ({ url, title }) => `hiddify://import/${url}#${encoded(title)}` },
  { id: 'incy', title: 'INCY', platforms: phones, link: ({ url }) => `incy://add/${url}` },
  {
    id: 'streisand',
    title: 'Streisand',
    platforms: ['ios', 'macos'],
    link: ({ url, title }) => `streisand://import/${url}#${encoded(title)}`,
  },
  {
    id: 'v2rayng',
    title: 'v2rayNG',
    platforms: ['android'],
    link: ({ url, title }) => `v2rayng://install-sub?url=${encoded(url)}#${encoded(title)}`,
  },
  {
    id: 'v2box',
    title: 'V2Box',
    platforms: ['ios', 'android', 'macos'],
    link: ({ url, title }) => `v2box://install-sub?url=${encoded(url)}&name=${encoded(title)}`,
  },
  {
    id: 'shadowrocket',
    title: 'Shadowrocket',
    platforms: ['ios', 'macos'],
    link: ({ url, title }) => `shadowrocket://add/sub://${base64(url)}?remark=${encoded(title)}`,
  },
  { id: 'clash-verge', title: 'Clash Verge Rev', platforms: desktops, link: installConfig('clash-verge') },
  {
    id: 'flclashx',
    title: 'FlClashX',
    platforms: ['android', ...desktops],
    link: ({ url }) => `flclashx://install-config?url=${encoded(url)}`,
  },
  {
    id: 'flclash',
    title: 'FlClash',
    platforms: ['android', ...desktops],
    link: ({ url }) => `flclash://install-config?url=${encoded(url)}`,
  },
  { id: 'karing', title: 'Karing', platforms, link: installConfig('karing') },
  {
    id: 'koala-clash',
    title: 'Koala Clash',
    platforms: desktops,
    link: ({ url }) => `koala-clash://install-config?url=${encoded(url)}`,
  },
  {
    id: 'prizrak-box',
    title: 'Prizrak-Box',
    platforms: desktops,
    link: ({ url }) => `prizrak-box://install-config?url=${encoded(url)}`,
  },
  {
    id: 'clashmi',
    title: 'Clash Mi',
    platforms,
    link: ({ url, title }) => `clash://install-config?overwrite=no&name=${encoded(title)}&url=${encoded(url)}`,
  },
  {
    id: 'clashmeta',
    title: 'Clash Meta for Android',
    platforms: ['android'],
    link: ({ url, title }) => `clashmeta://install-config?name=${encoded(title)}&url=${encoded(url)}`,
  },
  { id: 'stash', title: 'Stash', platforms: ['ios', 'macos'], link: installConfig('stash') },
  {
    id: 'nekobox',
    title: 'NekoBox',
    platforms: ['android'],
    link: ({ url, title }) => `sn://subscription?url=${encoded(url)}&name=${encoded(title)}`,
  },
  { id: 'exclave', title: 'Exclave', platforms: ['android'], link: ({ url }) => `exclave://subscription?url=${encoded(url)}` },
  {
    id: 'sing-box',
    title: 'sing-box',
    platforms: ['ios', 'android', 'macos'],
    link: ({ url, title }) => `sing-box://import-remote-profile?url=${encoded(url)}#${encoded(title)}`,
  },
];

/** The apps as somebody on this system wants them: the chosen one, those that run on it, then the others. */
export function appsFor(
  platform: Platform | undefined,
  chosen: App | undefined,
): { readonly fitting: readonly App[]; readonly others: readonly App[] } {
  const runs = (app: App): boolean => app === chosen || platform === undefined || app.platforms.includes(platform);
  const fitting = apps.filter((app) => runs(app) && app !== chosen);
  return { fitting: chosen === undefined ? fitting : [chosen, ...fitting], others: apps.filter((app) => !runs(app)) };
}
