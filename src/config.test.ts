import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readConfig, variables } from './config';

it('has sensible values for everything that is not set, and takes an empty value for none', () => {
  expect(readConfig({ PORT: '', LOG_LEVEL: '' })).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    role: 'all',
    logLevel: 'info',
    dataDir: '.data',
  });
});

it('names the variable and what would be right, never the value', () => {
  const wrong = { BOT_TOKEN: 'canary', PORT: 'canary', ROLE: 'canary', DATABASE_URL: 'canary' };
  expect(() => readConfig(wrong)).toThrow(/BOT_TOKEN: the token BotFather gave/);
  expect(() => readConfig(wrong)).toThrow(/DATABASE_URL: an address like postgres:/);
  expect(() => readConfig(wrong)).not.toThrow(/canary/);
});

it('has every variable in the example file', () => {
  const example = readFileSync(join(__dirname, '..', '.env.example'), 'utf8');
  const names = [...example.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
  expect(names).toEqual(expect.arrayContaining([...variables]));
});
