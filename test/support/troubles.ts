interface Line {
  readonly level: string;
  readonly msg?: string;
  readonly activity?: string;
  readonly code?: string;
  readonly time: string;
}

const mostKinds = 20;

/** Warnings and errors of a log, each kind once with how often it came and when last. */
export function troublesIn(lines: readonly string[]): string {
  const kinds = new Map<string, { count: number; last: string }>();
  for (const text of lines) {
    // The log's own lines, in its own shape.
    const { level, msg = '', activity, code = '', time } = JSON.parse(text) as Line;
    if (level !== 'warn' && level !== 'error') continue;
    const kind = `${level} ${activity === undefined ? msg : `${activity} ${code}`}`;
    kinds.set(kind, { count: (kinds.get(kind)?.count ?? 0) + 1, last: time });
  }
  const latest = [...kinds].toSorted(([, a], [, b]) => b.last.localeCompare(a.last)).slice(0, mostKinds);
  return ['the log says:', ...latest.map(([kind, { count, last }]) => `  ${count} times, last at ${last}: ${kind}`)].join('\n');
}
