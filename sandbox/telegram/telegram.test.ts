import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxKeys } from '../payments/keys';
import { startSandbox, type Sandbox } from '../server';

interface Answer {
  readonly ok: boolean;
  readonly error_code?: number;
  readonly description?: string;
  readonly result?: unknown;
  readonly parameters?: { readonly retry_after: number };
}

describe('the simulated Telegram', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({
      port: 0,
      botToken: '1:token',
      botUsername: 'b',
      panels: [],
      panelLogin: { username: '', password: '' },
      payments: { ...sandboxKeys, yookassaKey: 's', test: true },
      webhookUrl: () => undefined,
    });
    await buyer('messages', { text: '/start' });
  });
  afterAll(() => sandbox.stop());

  async function call(method: string, fields: object, token = '1:token'): Promise<Answer> {
    const reply = await fetch(`${sandbox.url}/bot${token}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    return (await reply.json()) as Answer;
  }

  async function buyer(action: string, body: object, id = 1): Promise<unknown> {
    return (await fetch(`${sandbox.url}/sandbox/users/${id}/${action}`, { method: 'POST', body: JSON.stringify(body) })).json();
  }

  const keyboard = (button: object): object => ({ chat_id: 1, text: 'x', reply_markup: { inline_keyboard: [[button]] } });

  it.each([
    ['a text that is too long', { chat_id: 1, text: 'x'.repeat(4_097) }, /message is too long/],
    ['an empty text', { chat_id: 1, text: ' ' }, /message text is empty/],
    ['a tag it does not know', { chat_id: 1, text: '<h1>x</h1>', parse_mode: 'HTML' }, /Unsupported start tag "h1"/],
    ['a tag that is not closed', { chat_id: 1, text: '<b>x', parse_mode: 'HTML' }, /Can't find end tag/],
    ['tags that cross', { chat_id: 1, text: '<b><i>x</b></i>', parse_mode: 'HTML' }, /Unmatched end tag/],
    ['a bare bracket', { chat_id: 1, text: '1 < 2', parse_mode: 'HTML' }, /can't parse entities/],
    ['callback data of 65 bytes', keyboard({ text: 'a', callback_data: 'x'.repeat(65) }), /BUTTON_DATA_INVALID/],
    ['a button without a text', keyboard({ text: ' ', callback_data: 'x' }), /Text must not be empty/],
    ['an address that is none', keyboard({ text: 'a', url: 'ftp://x' }), /BUTTON_URL_INVALID/],
    ['a chat nobody opened', { chat_id: 99, text: 'x' }, /chat not found/],
  ])('refuses %s', async (_name, fields, description) => {
    expect(await call('sendMessage', fields)).toMatchObject({
      ok: false,
      error_code: 400,
      description: expect.stringMatching(description),
    });
  });

  it('refuses a wrong token and a method it does not have', async () => {
    expect(await call('getMe', {}, '1:wrong')).toMatchObject({ error_code: 401 });
    expect(await call('launchRocket', {})).toMatchObject({ error_code: 404 });
  });

  it('says when an edit changes nothing, or finds nothing', async () => {
    const sent = await call('sendMessage', { chat_id: 1, text: 'one' });
    const id = (sent.result as { message_id: number }).message_id;
    expect(await call('editMessageText', { chat_id: 1, message_id: id, text: 'one' })).toMatchObject({
      description: expect.stringMatching(/message is not modified/),
    });
    expect(await call('editMessageText', { chat_id: 1, message_id: id, text: 'two' })).toMatchObject({ ok: true });
    expect(await call('editMessageText', { chat_id: 1, message_id: 9_999, text: 'x' })).toMatchObject({
      description: expect.stringMatching(/message to edit not found/),
    });
    const chat = (await (await fetch(`${sandbox.url}/sandbox/users/1/chat`)).json()) as { messages: { id: number }[] };
    expect(chat.messages.find((message) => message.id === id)).toMatchObject({ html: 'two', earlier: ['one'], edited: true });
  });

  it('keeps updates until they are confirmed by the offset, and lets one poll at a time', async () => {
    await buyer('messages', { text: 'a' }, 5);
    const first = (await call('getUpdates', { timeout: 0 })).result as { update_id: number }[];
    expect((await call('getUpdates', { timeout: 0 })).result).toEqual(first);
    const last = first.at(-1)?.update_id ?? 0;
    const waiting = call('getUpdates', { offset: last + 1, timeout: 5 });
    // The second asks while the first waits; it is the one that is refused.
    const second = await call('getUpdates', { offset: last + 1, timeout: 0 });
    expect(second).toMatchObject({ error_code: 409 });
    await buyer('messages', { text: 'b' }, 5);
    expect((await waiting).result).toHaveLength(1);
  });

  it('answers 403 for who blocked the bot, and 429 for a flood in one chat', async () => {
    await buyer('messages', { text: 'a' }, 6);
    await buyer('block', {}, 6);
    expect(await call('sendMessage', { chat_id: 6, text: 'x' })).toMatchObject({ error_code: 403 });
    await buyer('messages', { text: 'a' }, 7);
    const answers: Answer[] = [];
    for (let index = 0; index < 25; index += 1) answers.push(await call('sendMessage', { chat_id: 7, text: `${index}` }));
    expect(answers.filter((answer) => answer.error_code === 429).length).toBeGreaterThan(0);
    expect(answers.find((answer) => answer.error_code === 429)?.parameters?.retry_after).toBeGreaterThan(0);
  });

  it.each([
    [{ currency: 'RUB' }, /CURRENCY_INVALID/],
    [{ title: 'x'.repeat(33) }, /INVOICE_TITLE_INVALID/],
    [{ payload: 'x'.repeat(129) }, /INVOICE_PAYLOAD_INVALID/],
    [{ prices: [] }, /STARS_INVOICE_INVALID/],
  ])('refuses a Stars invoice with %j', async (change, description) => {
    const invoice = {
      title: 't',
      description: 'd',
      payload: 'p',
      provider_token: '',
      currency: 'XTR',
      prices: [{ label: 'l', amount: 1 }],
    };
    expect(await call('createInvoiceLink', { ...invoice, ...change })).toMatchObject({ description: expect.stringMatching(description) });
    expect(await call('createInvoiceLink', invoice)).toMatchObject({ ok: true });
  });
});
