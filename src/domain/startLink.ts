/** What a link to the bot carries: `https://t.me/<bot>?start=<word>_<value>` (Bot API, "Deep linking": at most 64 of A-Z a-z 0-9 _ -). */
export interface StartLink {
  readonly kind: 'promo' | 'referral' | 'gift' | 'source';
  readonly value: string;
}

const words: Readonly<Record<string, StartLink['kind']>> = { promo: 'promo', ref: 'referral', gift: 'gift', src: 'source' };

/** Reads what follows `/start`; undefined where it says nothing. */
export function parseStartLink(payload: string): StartLink | undefined {
  const match = /^([a-z]+)_([A-Za-z0-9_-]{1,60})$/.exec(payload.trim());
  const [, word = '', value = ''] = match ?? [];
  const kind = Object.hasOwn(words, word) ? words[word] : undefined;
  return kind === undefined ? undefined : { kind, value };
}

/** A link that opens the bot with `value`. */
export function startLink(bot: string, kind: StartLink['kind'], value: string): string {
  const word = Object.keys(words).find((key) => words[key] === kind) ?? '';
  return `https://t.me/${bot}?start=${word}_${value}`;
}
