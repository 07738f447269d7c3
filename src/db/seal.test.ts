import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createSealer, loadOrCreateSecretKeys, parseSecretKeys } from './seal';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const place = { table: 'panels', column: 'credentials_sealed', row: 'main' };

describe('sealing', () => {
  it('opens what it sealed, and never makes the same text twice', () => {
    const sealer = createSealer(parseSecretKeys(key(1)));
    const sealed = sealer.seal('secret', place);
    expect(sealer.open(sealed, place)).toBe('secret');
    expect(sealer.seal('secret', place)).not.toBe(sealed);
    expect(sealed).not.toContain('secret');
  });

  it('refuses a value that was moved to another row, or changed by one character anywhere', () => {
    const sealer = createSealer(parseSecretKeys(key(1)));
    const sealed = sealer.seal('secret', place);
    expect(() => sealer.open(sealed, { ...place, row: 'other' })).toThrow(/does not open/);
    const body = sealed.lastIndexOf('.') + 1;
    for (let index = body; index < sealed.length; index += 1) {
      // The last character of a base64 text may hold unused bits; every other one counts.
      if (index === sealed.length - 1) continue;
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'A' ? 'B' : 'A'}${sealed.slice(index + 1)}`;
      expect(() => sealer.open(changed, place)).toThrow(/does not open/);
    }
  });

  it('reads with an old key while a new one seals, and says what to do when the key is gone', () => {
    const old = createSealer(parseSecretKeys(`k1:${key(1)}`)).seal('secret', place);
    const both = createSealer(parseSecretKeys(`k2:${key(2)},k1:${key(1)}`));
    expect(both.open(old, place)).toBe('secret');
    expect(both.seal('x', place)).toMatch(/^v1\.k2\./);
    expect(() => createSealer(parseSecretKeys(`k2:${key(2)}`)).open(old, place)).toThrow(
      /sealed with another key; enter the secrets of panels again/,
    );
  });

  it('makes a key file that only its owner can read, once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kiosk-key-'));
    const first = loadOrCreateSecretKeys(folder);
    expect(loadOrCreateSecretKeys(folder)).toEqual(first);
    expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });

  it.each(['short', 'k1:AAAA', ''])('refuses the key "%s"', (text) => {
    expect(() => parseSecretKeys(text)).toThrow(/32 bytes in base64/);
  });
});
