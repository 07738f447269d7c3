import { describe, expect, it } from '@jest/globals';
import { ShopError } from '../errors';
import type { TelegramSender } from '../telegram/sender';
import { createAnswers } from './answers';
import type { Screen } from './views/screen';

const screen = (html: string): Screen => ({ html, keyboard: [[{ label: 'Home', callback: '1:home' }]] });

/** A sender that keeps what it sends, and then fails with each of these codes in turn. */
function senderThat(...fails: readonly ('TelegramUnknownOutcome' | 'TelegramRateLimited')[]): { sender: TelegramSender; sent: string[] } {
  const sent: string[] = [];
  const left = [...fails];
  const sender: TelegramSender = {
    send(_chat, { html }) {
      const code = left.shift();
      if (code !== 'TelegramRateLimited') sent.push(html);
      return code === undefined ? Promise.resolve(1) : Promise.reject(new ShopError(code, { message: code }));
    },
    edit: () => Promise.resolve('edited'),
    tell: () => Promise.resolve(),
  };
  return { sender, sent };
}

describe('answers to an update', () => {
  it('are said once over all of its tries, and others beside them', async () => {
    const { sender, sent } = senderThat();
    const first = createAnswers([]);
    await first.say(sender, 1, screen('a'));
    const second = createAnswers([...first.said]);
    await second.say(sender, 1, screen('a'));
    await second.say(sender, 1, screen('b'));
    expect(sent).toEqual(['a', 'b']);
  });

  it('are said again where Telegram did not take them', async () => {
    const { sender, sent } = senderThat('TelegramRateLimited');
    const answers = createAnswers([]);
    await expect(answers.say(sender, 1, screen('a'))).rejects.toMatchObject({ code: 'TelegramRateLimited' });
    expect(answers.said.size).toBe(0);
    await answers.say(sender, 1, screen('a'));
    expect([sent, answers.isDoubtful]).toEqual([['a'], false]);
  });

  it('are not said again where they may have arrived, and what follows goes on', async () => {
    const { sender, sent } = senderThat('TelegramUnknownOutcome');
    const answers = createAnswers([]);
    await answers.say(sender, 1, screen('a'));
    await answers.say(sender, 1, screen('a'));
    expect([sent, answers.isDoubtful]).toEqual([['a'], true]);
  });

  it('are told apart by their buttons, pictures and files', async () => {
    const { sender, sent } = senderThat();
    const answers = createAnswers([]);
    const screens: readonly Screen[] = [
      { html: 'x', keyboard: [] },
      screen('x'),
      { html: 'x', keyboard: [], photo: Buffer.from('one') },
      { html: 'x', keyboard: [], photo: Buffer.from('two') },
      { html: 'x', keyboard: [], file: { id: 'f', kind: 'photo' } },
    ];
    for (const one of [...screens, ...screens]) await answers.say(sender, 1, one);
    expect(sent).toHaveLength(screens.length);
  });
});
