/** How two answers are compared. */
export interface Comparison {
  /** Fields that differ between any two runs: only their type is compared. */
  readonly volatile: readonly string[];
  /** Fields that panels choose: the recorded value stands for the simulated one from then on, also in later requests. */
  readonly chosen: readonly string[];
  /** Recorded fields that the shop never reads and the simulator leaves out. */
  readonly unread: readonly string[];
  /** Fields below which lists have no order. */
  readonly unordered?: readonly string[];
  /** Makes two texts comparable. */
  readonly plain?: (text: string) => string;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

function lastKey(path: string): string {
  return /(?:^|\.)([^.[\]]*)(?:\[\d+\])*$/.exec(path)?.[1] ?? '';
}

// Which fields a validation refused, in whatever form; its sentences differ by version and nobody reads them.
function refusedFields(key: string, value: unknown): readonly string[] | undefined {
  if (key === 'errors' && Array.isArray(value)) return value.map((error) => JSON.stringify(isRecord(error) ? error['path'] : error)).sort();
  return key === 'detail' && isRecord(value) ? Object.keys(value).sort() : undefined;
}

/** What was learned while comparing: which recorded value stands for which simulated one. */
export interface Learned {
  readonly rules: Comparison;
  readonly texts: Map<string, string>;
  readonly numbers: Map<number, number>;
}

/** Nothing is learned yet. */
export function startLearning(rules: Comparison): Learned {
  return { rules, texts: new Map(), numbers: new Map() };
}

/** A recorded text as the simulated panel would write it. */
export function translate({ texts, numbers }: Learned, text: string): string {
  let result = text;
  for (const [recorded, simulated] of texts) result = result.replaceAll(recorded, simulated);
  return result.replaceAll(/(?<=\/)\d+(?=\/|$)/g, (number) => String(numbers.get(Number(number)) ?? number));
}

/** A recorded body as it has to be sent. */
export function translateBody(learned: Learned, value: unknown, key = ''): unknown {
  if (typeof value === 'string') return translate(learned, value);
  if (typeof value === 'number' && learned.rules.chosen.includes(key)) return learned.numbers.get(value) ?? value;
  if (Array.isArray(value)) return value.map((entry) => translateBody(learned, entry, key));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, translateBody(learned, entry, name)]));
}

function learn(learned: Learned, recorded: unknown, simulated: unknown): boolean {
  const { texts, numbers } = learned;
  if (typeof recorded === 'number' && typeof simulated === 'number') {
    if (!numbers.has(recorded)) numbers.set(recorded, simulated);
    return numbers.get(recorded) === simulated;
  }
  if (typeof recorded !== 'string' || typeof simulated !== 'string') return recorded === simulated;
  if (recorded !== simulated && !texts.has(recorded)) texts.set(recorded, simulated);
  return translate(learned, recorded) === simulated;
}

interface Pair {
  readonly recorded: unknown;
  readonly simulated: unknown;
}

function isSame(learned: Learned, { recorded, simulated }: Pair): boolean {
  if (typeof recorded !== 'string' || typeof simulated !== 'string') return recorded === simulated;
  const plain = learned.rules.plain ?? ((text: string): string => text);
  return plain(translate(learned, recorded)) === plain(simulated);
}

function compareLists(learned: Learned, pair: { recorded: readonly unknown[]; simulated: readonly unknown[] }, at: string): string[] {
  const { recorded, simulated } = pair;
  if (recorded.length !== simulated.length) return [`${at}: ${recorded.length} entries became ${simulated.length}`];
  if (learned.rules.unordered?.some((name) => at.includes(`.${name}`)) === true) {
    const same = JSON.stringify(recorded.toSorted()) === JSON.stringify(simulated.toSorted());
    return same ? [] : [`${at}: ${JSON.stringify(recorded)} became ${JSON.stringify(simulated)}`];
  }
  return recorded.flatMap((entry, index) => compare(learned, { recorded: entry, simulated: simulated[index] }, `${at}[${index}]`));
}

type Fields = Readonly<Record<string, unknown>>;

function compareObjects(learned: Learned, { recorded, simulated }: { recorded: Fields; simulated: Fields }, at: string): string[] {
  const isRead = (name: string): boolean => !learned.rules.unread.includes(name);
  const missing = Object.keys(recorded).filter((name) => !(name in simulated) && isRead(name));
  const extra = Object.keys(simulated).filter((name) => !(name in recorded));
  const both = Object.keys(recorded).filter((name) => name in simulated && isRead(name));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...extra.map((name) => `${at}.${name} is not in the recording`),
    ...both.flatMap((name) => compare(learned, { recorded: recorded[name], simulated: simulated[name] }, `${at}.${name}`)),
  ];
}

function compareByShape(learned: Learned, pair: Pair, at: string): string[] {
  const { recorded, simulated } = pair;
  if (Array.isArray(recorded) && Array.isArray(simulated)) return compareLists(learned, { recorded, simulated }, at);
  if (isRecord(recorded) && isRecord(simulated)) return compareObjects(learned, { recorded, simulated }, at);
  if (learned.rules.chosen.includes(lastKey(at))) return learn(learned, recorded, simulated) ? [] : [`${at}: another than before`];
  return isSame(learned, pair) ? [] : [`${at}: ${JSON.stringify(recorded)} became ${JSON.stringify(simulated)}`];
}

/** What differs, as sentences; none when both say the same. */
export function compare(learned: Learned, pair: Pair, at = ''): string[] {
  const { recorded, simulated } = pair;
  const key = lastKey(at);
  if (learned.rules.volatile.includes(key)) {
    return typeOf(recorded) === typeOf(simulated) ? [] : [`${at}: ${typeOf(recorded)} became ${typeOf(simulated)}`];
  }
  const fields = refusedFields(key, recorded);
  if (fields === undefined) return compareByShape(learned, pair, at);
  return compareLists(learned, { recorded: fields, simulated: refusedFields(key, simulated) ?? [] }, `${at}.path`);
}
