import { describe, expect, it } from '@jest/globals';
import { ShopError } from './errors';
import { createLogger, scrub } from './logger';

const token = 'A'.repeat(43);
const secrets: readonly (readonly [string, string])[] = [
  ['123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr', 'a bot token'],
  [`vless://11111111-1111-4111-8111-111111111111@host:443?x=1#n`, 'a link'],
  ['postgres://kiosk:password@host/db', 'a database login'],
  ['Authorization: Bearer abcdef', 'a bearer token'],
  ['Basic MTAwNTAwOnRlc3Q=', 'a basic login'],
  ['cookie: 3x-ui=abcdef', 'a cookie'],
  [`GET /sub/${token}`, 'a feed token in a path'],
  [`/open/happ/${token}`, 'a token of the landing page'],
  [`token ${token} alone`, 'a bare token'],
  ['GET /sub/abcdefshorterimported1 200', 'a shorter token in a path'],
  ['write to buyer.name@example.com', 'an e-mail'],
];

describe('the log', () => {
  it.each(secrets)('does not write %s (%s)', (text) => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } });
    const core = /[\w.+-]*(?:AAbbCC|11111111-1111|password|abcdef|MTAwNTAw|A{20}|buyer\.name)[\w.+-]*/.exec(text)?.[0] ?? text;
    const error = new ShopError('Internal', { message: text, cause: new Error(text) });
    log.error({ err: error, field: text, deep: { list: [text] } }, text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(core);
  });

  it('leaves ordinary words alone', () => {
    expect(scrub('order ord_abcdefghij0123456789 of user 42 is paid')).toBe('order ord_abcdefghij0123456789 of user 42 is paid');
  });
});
