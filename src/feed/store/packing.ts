import { languages } from '../../domain/language';
import type { FeedRow } from '../../domain/feedRow';

/** A record as it is read back from its bytes. */
export interface PackedRecord {
  readonly version: number;
  readonly layoutId: number;
  readonly facts: Omit<FeedRow, 'no' | 'version' | 'keys' | 'usedBytes'>;
  readonly credentials: readonly string[];
}

// Layout of the bytes; numbers are little endian.
const at = {
  length: 0,
  flags: 2,
  tokenLength: 3,
  version: 4,
  layoutId: 8,
  endsAt: 12,
  limit: 20,
  deviceLimit: 28,
  credentials: 32,
  hwids: 33,
  token: 34,
};

const flag = { banned: 1, paused: 2, revoked: 4, exhausted: 8, ends: 16, devices: 32, language: 6 } as const;

const uuidShape = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
/** In place of a length: a uuid follows in 16 bytes. */
const uuidMark = 255;

/** Longest record, longest text in it, and most texts of a kind: far above what a shop has. */
const longestText = 254;

function writeText(bytes: Buffer, start: number, text: string): number {
  if (uuidShape.test(text)) {
    bytes[start] = uuidMark;
    return start + 1 + bytes.write(text.replaceAll('-', ''), start + 1, 'hex');
  }
  const length = bytes.write(text, start + 1, longestText, 'latin1');
  bytes[start] = length;
  return start + 1 + length;
}

function readText(bytes: Buffer, start: number): string {
  const length = bytes[start] ?? 0;
  return length === uuidMark
    ? uuidIn(bytes.toString('hex', start + 1, start + 17), 0)
    : bytes.toString('latin1', start + 1, start + 1 + length);
}

function afterText(bytes: Buffer, start: number): number {
  const length = bytes[start] ?? 0;
  return start + 1 + (length === uuidMark ? 16 : length);
}

function uuidIn(hex: string, at: number): string {
  return `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
}

/** Texts one after another, and where the next one stands. Most are uuids alone, whose digits are made in one go. */
function readTexts(bytes: Buffer, start: number, count: number): { readonly texts: readonly string[]; readonly next: number } {
  let next = start;
  for (let index = 0; index < count; index += 1) next = afterText(bytes, next);
  const texts: string[] = [];
  let at = start;
  const hex = next - start === count * 17 ? bytes.toString('hex', start, next) : '';
  for (let index = 0; index < count; index += 1) {
    const isUuid = hex !== '' && bytes[at] === uuidMark;
    texts.push(isUuid ? uuidIn(hex, (at - start + 1) * 2) : readText(bytes, at));
    at = afterText(bytes, at);
  }
  return { texts, next };
}

function flagsOf(row: FeedRow): number {
  return (
    (row.isBanned ? flag.banned : 0) |
    (row.isPaused ? flag.paused : 0) |
    (row.isRevoked ? flag.revoked : 0) |
    (row.isExhausted ? flag.exhausted : 0) |
    (row.endsAt === undefined ? 0 : flag.ends) |
    (row.deviceLimit === undefined ? 0 : flag.devices) |
    (languages.indexOf(row.language) << flag.language)
  );
}

/** Whether every text of a record fits; one that does not is not kept in memory. */
export function isPackable(row: FeedRow, credentials: readonly string[]): boolean {
  const texts = [...credentials, ...row.hwids, row.subscriptionId, row.token];
  return texts.length <= 200 && texts.every((text) => text.length <= longestText && /^[\x20-\x7e]*$/.test(text));
}

/** Writes a record into `bytes`, which have room for it; returns its length. Credentials are what the layout's links lack. */
export function pack(bytes: Buffer, row: FeedRow, split: { readonly layoutId: number; readonly credentials: readonly string[] }): number {
  bytes[at.flags] = flagsOf(row);
  bytes[at.tokenLength] = row.token.length;
  bytes.writeUInt32LE(row.version, at.version);
  bytes.writeUInt32LE(split.layoutId, at.layoutId);
  bytes.writeDoubleLE(row.endsAt?.getTime() ?? 0, at.endsAt);
  bytes.writeDoubleLE(row.trafficLimitBytes, at.limit);
  bytes.writeUInt32LE(row.deviceLimit ?? 0, at.deviceLimit);
  bytes[at.credentials] = split.credentials.length;
  bytes[at.hwids] = row.hwids.length;
  let next = at.token + bytes.write(row.token, at.token, 'latin1');
  for (const text of split.credentials) next = writeText(bytes, next, text);
  if (row.deviceLimit !== undefined) for (const text of [row.subscriptionId, ...row.hwids]) next = writeText(bytes, next, text);
  bytes.writeUInt16LE(next, at.length);
  return next;
}

/** Bytes that a packed record takes. */
export function lengthAt(bytes: Buffer, start: number): number {
  return bytes.readUInt16LE(start + at.length);
}

/** Version of a packed record. */
export function versionAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start + at.version);
}

/** Layout of a packed record. */
export function layoutIdAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32LE(start + at.layoutId);
}

/** Whether a packed record has this token. */
export function hasToken(bytes: Buffer, start: number, token: string): boolean {
  if (bytes[start + at.tokenLength] !== token.length) return false;
  for (let index = 0; index < token.length; index += 1) if (bytes[start + at.token + index] !== token.charCodeAt(index)) return false;
  return true;
}

/** Token of a packed record. */
export function tokenAt(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start + at.token, start + at.token + (bytes[start + at.tokenLength] ?? 0));
}

/** Reads a packed record back; the subscription's id and its devices only where their number has a limit. */
export function unpack(bytes: Buffer, start: number): PackedRecord {
  const flags = bytes[start + at.flags] ?? 0;
  const first = start + at.token + (bytes[start + at.tokenLength] ?? 0);
  const { texts: credentials, next } = readTexts(bytes, first, bytes[start + at.credentials] ?? 0);
  const isLimited = (flags & flag.devices) !== 0;
  const devices = isLimited ? readTexts(bytes, next, 1 + (bytes[start + at.hwids] ?? 0)).texts : [];
  return {
    version: versionAt(bytes, start),
    layoutId: layoutIdAt(bytes, start),
    credentials,
    facts: {
      subscriptionId: devices[0] ?? '',
      token: tokenAt(bytes, start),
      language: languages[flags >> flag.language] ?? 'en',
      isBanned: (flags & flag.banned) !== 0,
      isPaused: (flags & flag.paused) !== 0,
      isRevoked: (flags & flag.revoked) !== 0,
      isExhausted: (flags & flag.exhausted) !== 0,
      endsAt: (flags & flag.ends) === 0 ? undefined : new Date(bytes.readDoubleLE(start + at.endsAt)),
      trafficLimitBytes: bytes.readDoubleLE(start + at.limit),
      deviceLimit: isLimited ? bytes.readUInt32LE(start + at.deviceLimit) : undefined,
      hwids: devices.slice(1),
    },
  };
}
