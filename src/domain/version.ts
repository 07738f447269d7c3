/** The numbers of a version, most weighty first; missing ones count as 0. */
export type Version = readonly number[];

/** The version at the start of a text, as `v1.19.22-beta` or `26.7`; undefined where there is none. */
export function readVersion(text: string | undefined): Version | undefined {
  const match = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})/i.exec(text?.trim() ?? '');
  return match?.[1]?.split('.').map(Number);
}

export function isAtLeast(version: Version, least: Version): boolean {
  for (let index = 0; index < Math.max(version.length, least.length); index += 1) {
    const difference = (version[index] ?? 0) - (least[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
