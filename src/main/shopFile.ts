import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseShopFile } from '../catalog/load';
import type { ShopFile } from '../catalog/schema';
import type { Config } from '../config';
import { ShopError } from '../errors';

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ShopError('ConfigInvalid', { message: `${path} cannot be read. Copy shop.example.yaml to shop.yaml and fill it in.` });
  }
}

/** Reads and checks a shop file with the values of the environment; `PUBLIC_URL` wins over the address in the file. */
export function readShopFile(path: string, config: Pick<Config, 'publicUrl'>): ShopFile {
  const file = parseShopFile(path, readText(path), process.env);
  return config.publicUrl === undefined ? file : { ...file, shop: { ...file.shop, publicUrl: config.publicUrl } };
}
