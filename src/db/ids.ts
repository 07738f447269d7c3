import { randomBytes, randomInt, randomUUID } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

function randomText(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A new id such as `ord_k3x…`: readable in a log line, random (103 bits), at most 24 characters. */
export function newId(
  prefix:
    | 'ord'
    | 'pay'
    | 'sub'
    | 'chg'
    | 'evt'
    | 'trx'
    | 'ntc'
    | 'rfd'
    | 'svm'
    | 'qtn'
    | 'gnt'
    | 'acc'
    | 'key'
    | 'opn'
    | 'itm'
    | 'job'
    | 'dev'
    | 'use'
    | 'uev'
    | 'rwd'
    | 'rnw'
    | 'ext',
): string {
  return `${prefix}_${randomText(20)}`;
}

/** A new code of a gift's link: 103 random bits, whoever knows it has the gift. */
export function newGiftCode(): string {
  return randomText(20);
}

/** A new code of a referrer's link: 51 random bits that say nothing of whose it is. */
export function newReferralCode(): string {
  return randomText(10);
}

/** A new feed token: 256 random bits in 43 characters. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** New credentials of a panel account, none derived from anything. */
export function newCredentials(): { readonly name: string; readonly uuid: string; readonly password: string; readonly subId: string } {
  return { name: `k${randomText(15)}`, uuid: randomUUID(), password: randomText(24), subId: randomText(24) };
}
