/** VPN apps that take a feed by a link of their own (each app's documentation of its URL scheme). */
export interface App {
  readonly id: string;
  readonly title: string;
  readonly platforms: string;
  readonly link: (feedUrl: string, title: string) => string;
}

const encoded = encodeURIComponent;

export const apps: readonly App[] = [
  { id: 'happ', title: 'Happ', platforms: 'iOS · Android · Windows · macOS', link: (url) => `happ://add/${url}` },
  {
    id: 'hiddify',
    title: 'Hiddify',
    platforms: 'iOS · Android · Windows · macOS · Linux',
    link: (url, title) => `hiddify://import/${url}#${encoded(title)}`,
  },
  { id: 'v2raytun', title: 'v2RayTun', platforms: 'iOS · Android', link: (url) => `v2raytun://import/${url}` },
  { id: 'streisand', title: 'Streisand', platforms: 'iOS · macOS', link: (url, title) => `streisand://import/${url}#${encoded(title)}` },
  {
    id: 'v2rayng',
    title: 'v2rayNG',
    platforms: 'Android',
    link: (url, title) => `v2rayng://install-sub?url=${encoded(url)}#${encoded(title)}`,
  },
  {
    id: 'v2box',
    title: 'V2Box',
    platforms: 'iOS · macOS',
    link: (url, title) => `v2box://install-sub?url=${encoded(url)}&name=${encoded(title)}`,
  },
];
