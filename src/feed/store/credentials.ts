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
  /** The same, and they stay as they are whatever becomes of the record that they are read from. */
  settled(): Credentials;
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

function writeUuid(text: Buffer, at: number, packed: { readonly bytes: Buffer; readonly from: number }): void {
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
  writeUuid(text, 0, { bytes, from: start + 1 });
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

/** Credentials in packed texts, read where they stand. */
class PackedCredentials implements Credentials {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #count: number;

  constructor(bytes: Buffer, start: number, count: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#count = count;
  }

  list(): readonly string[] {
    return readTexts(this.#bytes, this.#start, this.#count);
  }

  fill(text: Buffer, holes: readonly Hole[]): boolean {
    const [bytes, start] = [this.#bytes, this.#start];
    for (let index = 0; index < this.#count; index += 1) if (bytes[start + index * uuidBytes] !== uuidMark) return false;
    for (const { at, credential } of holes) writeUuid(text, at, { bytes, from: start + credential * uuidBytes + 1 });
    return true;
  }

  settled(): Credentials {
    const own = Buffer.from(this.#bytes.subarray(this.#start, afterTexts(this.#bytes, this.#start, this.#count)));
    return new PackedCredentials(own, 0, this.#count);
  }
}

/** Credentials in packed texts, and where these end. They are read at once, or settled. */
export function credentialsAt(bytes: Buffer, start: number, count: number): { readonly credentials: Credentials; readonly next: number } {
  return { credentials: new PackedCredentials(bytes, start, count), next: afterTexts(bytes, start, count) };
}

/** Credentials that are texts already. */
export function credentialsOf(texts: readonly string[]): Credentials {
  const credentials: Credentials = { list: () => texts, fill: () => false, settled: () => credentials };
  return credentials;
}
