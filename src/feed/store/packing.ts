import { languages } from '../../domain/language';
import type { FeedRow } from '../../domain/feedRow';
import { credentialsAt, longestText, readTexts, writeText, type Credentials } from './credentials';

/** The part of a record that decides what is answered; cheap to read. */
export interface FeedState extends Pick<
  FeedRow,
  'no' | 'version' | 'usedBytes' | 'isBanned' | 'isPaused' | 'isRevoked' | 'isExhausted' | 'endsAt' | 'trafficLimitBytes' | 'deviceLimit'
> {
  readonly layoutId: number;
}

/** The texts of a record; the subscription's id and its devices only where their number has a limit. */
export interface FeedTexts extends Pick<FeedRow, 'subscriptionId' | 'token' | 'language' | 'hwids'> {
  readonly credentials: Credentials;
}

// Layout of the bytes; numbers are little endian.
const at = {
  length: 0,
  flags: 2,
  tokenLength: 3,
  version: 4,
  layoutId: 8,
  no: 12,
  endsAt: 16,
  limit: 24,
  used: 32,
  deviceLimit: 40,
  credentials: 44,
  hwids: 45,
  token: 46,
};

const flag = { banned: 1, paused: 2, revoked: 4, exhausted: 8, ends: 16, devices: 32, language: 6 } as const;

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

/** Writes over the usage of a packed record. */
export function writeUsage(bytes: Buffer, start: number, usedBytes: number): void {
  bytes.writeDoubleLE(usedBytes, start + at.used);
}

/** Writes a record into `bytes`, which have room for it; returns its length. Credentials are what the layout's links lack. */
export function pack(bytes: Buffer, row: FeedRow, split: { readonly layoutId: number; readonly credentials: readonly string[] }): number {
  bytes[at.flags] = flagsOf(row);
  bytes[at.tokenLength] = row.token.length;
  bytes.writeUInt32LE(row.version, at.version);
  bytes.writeUInt32LE(split.layoutId, at.layoutId);
  bytes.writeUInt32LE(row.no, at.no);
  bytes.writeDoubleLE(row.endsAt?.getTime() ?? 0, at.endsAt);
  bytes.writeDoubleLE(row.trafficLimitBytes, at.limit);
  writeUsage(bytes, 0, row.usedBytes);
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

/** Reads what decides about the answer. */
export function stateAt(bytes: Buffer, start: number): FeedState {
  const flags = bytes[start + at.flags] ?? 0;
  return {
    no: bytes.readUInt32LE(start + at.no),
    version: versionAt(bytes, start),
    usedBytes: bytes.readDoubleLE(start + at.used),
    layoutId: layoutIdAt(bytes, start),
    isBanned: (flags & flag.banned) !== 0,
    isPaused: (flags & flag.paused) !== 0,
    isRevoked: (flags & flag.revoked) !== 0,
    isExhausted: (flags & flag.exhausted) !== 0,
    endsAt: (flags & flag.ends) === 0 ? undefined : new Date(bytes.readDoubleLE(start + at.endsAt)),
    trafficLimitBytes: bytes.readDoubleLE(start + at.limit),
    deviceLimit: (flags & flag.devices) === 0 ? undefined : bytes.readUInt32LE(start + at.deviceLimit),
  };
}

/** Reads the texts; the credentials are read where they stand. */
export function textsAt(bytes: Buffer, start: number): FeedTexts {
  const flags = bytes[start + at.flags] ?? 0;
  const first = start + at.token + (bytes[start + at.tokenLength] ?? 0);
  const { credentials, next } = credentialsAt(bytes, first, bytes[start + at.credentials] ?? 0);
  const devices = (flags & flag.devices) === 0 ? [] : readTexts(bytes, next, 1 + (bytes[start + at.hwids] ?? 0));
  return {
    subscriptionId: devices[0] ?? '',
    token: tokenAt(bytes, start),
    language: languages[flags >> flag.language] ?? 'en',
    credentials,
    hwids: devices.slice(1),
  };
}
