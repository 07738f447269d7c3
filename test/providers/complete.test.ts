import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { triable } from '../../sandbox/once';
import { simulated } from '../../sandbox/payments/providers';
import { shopFileSchema } from '../../src/catalog/schema';
import { providerCodes } from '../../src/payments/blocks';
import { en } from '../../src/bot/texts/en';
import { ru } from '../../src/bot/texts/ru';
import { tables } from '../vectors/index';

const root = join(__dirname, '..', '..');

describe.each(providerCodes)('provider %s', (code) => {
  it('has its file, its block in the schema, its simulator, its table of vectors, its name in both languages and its place in the guide', () => {
    expect(existsSync(join(root, 'src', 'payments', `${code}.ts`))).toBe(true);
    expect(Object.keys(shopFileSchema.shape.payments.shape)).toContain(code);
    expect(simulated).toContain(code);
    expect(triable).toContain(code);
    expect(tables.map((table) => table.code)).toContain(code);
    for (const texts of [ru, en]) expect(texts.methods[code]).toBeDefined();
    expect(readFileSync(join(root, 'shop.example.yaml'), 'utf8')).toMatch(new RegExp(`^ *#? *${code}:`, 'm'));
  });
});
