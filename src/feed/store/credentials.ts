/** A place for a uuid in a text: the first of its bytes, and which credential stands there. */
export interface Hole {
  readonly at: number;
  readonly credential: number;
}

/** What a feed's links hold of one subscription alone, in the order of its layout. */
export interface Credentials {
  list(): readonly string[];
  /** Writes them into the holes of a text; false, with nothing written, where one is no uuid. */
  fill(text: Buffer, holes: readonly Hole[]): boolean;
}

/** Bytes of a uuid as it is written in links. */
export const uuidLength = 36;

const uuidShape = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** In place of a length: a uuid follows in 16 bytes. */
const uuidMark = 255;
const uuidBytes = 17;
/** Longest text that can be packed. */
export const longestText = 254;

const digits = Buffer.from('0123456789abcdef', 'latin1');
const hyphen = 0x2d;
// Where each byte's two digits stand in a uuid (RFC 9562, section 4).
const digitPlaces = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const hyphenPlaces = [8, 13, 18, 23];

/** Writes a text, a uuid in less than half of its length; returns where the next one goes. */
export function writeText(bytes: Buffer, start: number, text: string): number {
  if (uuidShape.test(text)) {
    bytes[start] = uuidMark;
    return start + 1 + bytes.write(text.replaceAll('-', ''), start + 1, 'hex');
  }
  const length = bytes.write(text, start + 1, longestText, 'latin1');
  bytes[start] = length;
  return start + 1 + length;
}

function writeUuid(packed: { readonly bytes: Buffer; readonly from: number }, text: Buffer, at: number): void {
  for (const place of hyphenPlaces) text[at + place] = hyphen;
  for (let index = 0; index < digitPlaces.length; index += 1) {
    const byte = packed.bytes[packed.from + index] ?? 0;
    const place = at + (digitPlaces[index] ?? 0);
    text[place] = digits[byte >> 4] ?? 0;
    text[place + 1] = digits[byte & 15] ?? 0;
  }
}

function readText(bytes: Buffer, start: number): string {
  const length = bytes[start] ?? 0;
  if (length !== uuidMark) return bytes.toString('latin1', start + 1, start + 1 + length);
  const text = Buffer.allocUnsafe(uuidLength);
  writeUuid({ bytes, from: start + 1 }, text, 0);
  return text.toString('latin1');
}

/** Where the text after this one stands. */
function afterText(bytes: Buffer, start: number): number {
  const length = bytes[start] ?? 0;
  return start + (length === uuidMark ? uuidBytes : 1 + length);
}

/** Where the texts that begin at `start` end. */
export function afterTexts(bytes: Buffer, start: number, count: number): number {
  let next = start;
  for (let index = 0; index < count; index += 1) next = afterText(bytes, next);
  return next;
}

/** Texts one after another. */
export function readTexts(bytes: Buffer, start: number, count: number): readonly string[] {
  const texts: string[] = [];
  for (let at = start; texts.length < count; at = afterText(bytes, at)) texts.push(readText(bytes, at));
  return texts;
}

/** Credentials out of packed texts, which have to stay as they are. */
class PackedCredentials implements Credentials {
  readonly #bytes: Buffer;
  readonly #count: number;

  constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.#count = count;
  }

  list(): readonly string[] {
    return readTexts(this.#bytes, 0, this.#count);
  }

  fill(text: Buffer, holes: readonly Hole[]): boolean {
    for (let index = 0; index < this.#count; index += 1) if (this.#bytes[index * uuidBytes] !== uuidMark) return false;
    for (const { at, credential } of holes) writeUuid({ bytes: this.#bytes, from: credential * uuidBytes + 1 }, text, at);
    return true;
  }
}

/** Copies credentials out of a record. */
export function copyCredentials(bytes: Buffer, start: number, count: number): { readonly credentials: Credentials; readonly next: number } {
  const next = afterTexts(bytes, start, count);
  const own = Buffer.allocUnsafe(next - start);
  bytes.copy(own, 0, start, next);
  return { credentials: new PackedCredentials(own, count), next };
}

/** Credentials that are texts already. */
export function credentialsOf(texts: readonly string[]): Credentials {
  return { list: () => texts, fill: () => false };
}
