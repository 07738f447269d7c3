import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShopError } from '../errors';

/** Where a sealed value lives; a ciphertext moved to another place does not open. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

export interface SecretKey {
  readonly id: string;
  readonly key: Buffer;
}

export interface Sealer {
  /** Seals a text for one place: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D). */
  seal(text: string, place: Place): string;
  /** Opens it again; throws `SecretKeyMismatch` when the key is not there or the value was changed. */
  open(sealed: string, place: Place): string;
}

const nonceBytes = 12;
const tagBytes = 16;

function associated(place: Place): Buffer {
  return Buffer.from(`${place.table}/${place.column}/${place.row}`);
}

/** Makes a sealer; the first key seals, all of them open. */
export function createSealer(keys: readonly SecretKey[]): Sealer {
  const active = keys[0];
  if (active === undefined) throw new ShopError('ConfigInvalid', { message: 'a key to seal with is needed' });
  return {
    seal(text, place) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', active.key, nonce).setAAD(associated(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `v1.${active.id}.${nonce.toString('base64url')}.${body.toString('base64url')}`;
    },
    open(sealed, place) {
      const [version, id, nonce, body] = sealed.split('.');
      const found = keys.find((entry) => entry.id === id);
      if (version !== 'v1' || nonce === undefined || body === undefined || found === undefined) {
        throw new ShopError('SecretKeyMismatch', {
          message: `what is stored was sealed with another key; enter the secrets of ${place.table} again, or give the old key`,
        });
      }
      try {
        const bytes = Buffer.from(body, 'base64url');
        const decipher = createDecipheriv('aes-256-gcm', found.key, Buffer.from(nonce, 'base64url'), { authTagLength: tagBytes })
          .setAAD(associated(place))
          .setAuthTag(bytes.subarray(-tagBytes));
        return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new ShopError('SecretKeyMismatch', {
          message: `a sealed value of ${place.table} does not open; enter it again`,
          cause: error,
        });
      }
    },
  };
}

/** Reads keys such as `k2:<base64>,k1:<base64>`: the first one seals. One bare base64 text is the key `k1`. */
export function parseSecretKeys(text: string): readonly SecretKey[] {
  return text.split(',').map((part) => {
    const [first = '', second] = part.trim().split(':');
    const key = Buffer.from(second ?? first, 'base64');
    const id = second === undefined ? 'k1' : first;
    if (key.length !== 32 || !/^\w{1,16}$/.test(id)) {
      throw new ShopError('ConfigInvalid', { message: 'SECRET_KEY has to be 32 bytes in base64, or a list like k2:<base64>,k1:<base64>' });
    }
    return { id, key };
  });
}

/** The keys of `<dataDir>/secret.key`, made (readable by its owner alone) the first time. */
export function loadOrCreateSecretKeys(dataDir: string): readonly SecretKey[] {
  const file = join(dataDir, 'secret.key');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(`${file}.part`, `k1:${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
    chmodSync(`${file}.part`, 0o600);
    renameSync(`${file}.part`, file);
  }
  return parseSecretKeys(readFileSync(file, 'utf8').trim());
}
