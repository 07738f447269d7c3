function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The name that is most like a misspelled one, and how many letters lie between them, whatever their case. */
export function nearest(wrong: string, names: readonly string[]): { readonly name: string; readonly distance: number } | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of names) {
    const found = distance(name.toLowerCase(), wrong.toLowerCase());
    if (best === undefined || found < best.distance) best = { name, distance: found };
  }
  return best;
}
