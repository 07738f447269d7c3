/** Systems that VPN apps run on. */
export const platforms = ['ios', 'android', 'windows', 'macos', 'linux'] as const;
export type Platform = (typeof platforms)[number];

/** Names of the systems, as their makers write them. */
export const platformTitles: Readonly<Record<Platform, string>> = {
  ios: 'iOS',
  android: 'Android',
  windows: 'Windows',
  macos: 'macOS',
  linux: 'Linux',
};

// In this order: an iPhone says "like Mac OS X", an Android says "Linux", and Windows Phone said all of them.
const signs: readonly (readonly [Platform, RegExp])[] = [
  ['windows', /windows/i],
  ['ios', /iphone|ipad|ipod/i],
  ['android', /android/i],
  ['macos', /macintosh|mac os x/i],
  ['linux', /linux|x11/i],
];

/** Longer User-Agents are cut: no system's name stands that far in. */
const longestUserAgent = 256;

/** A system by its name; undefined for a word that is none. */
export function platformNamed(word: unknown): Platform | undefined {
  return platforms.find((platform) => platform === word);
}

/** The system that a browser runs on, by its User-Agent. An iPad that asks for desktop pages says it is a Mac: nothing here tells otherwise. */
export function platformOf(userAgent: string): Platform | undefined {
  const text = userAgent.slice(0, longestUserAgent);
  return signs.find(([, sign]) => sign.test(text))?.[0];
}

// CUBOT is a maker of phones.
const previewBot = /(?<!\bcu)bot|facebookexternalhit|facebookcatalog|whatsapp\/|preview|slack|vkshare|crawl|spider|embedly/i;

/** Whether a program asks that fetches pages to show or index them: it gets nothing that opens anything. */
export function isPreviewBot(userAgent: string): boolean {
  return previewBot.test(userAgent);
}
