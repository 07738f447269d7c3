import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxKeys } from '../../sandbox/payments/keys';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { mostWithinASecond } from '../../test/support/telegramBook';
import { connect, type Db } from '../db/connection';
import { takeTurn } from '../db/telegramTurns';
import { createGate, turnMs, type Urgency } from './rate';
import { createTelegram, createTelegramSender, type TelegramSender } from './sender';

const chats = 8;

describe('two processes that send all they can', () => {
  let database: TestDatabase;
  let other: Db;
  let sandbox: Sandbox;
  beforeAll(async () => {
    database = await createTestDatabase();
    other = connect({ url: database.url });
    sandbox = await startSandbox({
      port: 0,
      botToken: '1:token',
      botUsername: 'b',
      panels: [],
      panelLogin: { username: '', password: '' },
      payments: { ...sandboxKeys, yookassaKey: 's', test: true },
      webhookUrl: () => undefined,
    });
    for (let chat = 1; chat <= chats; chat += 1) await fetch(`${sandbox.url}/sandbox/users/${chat}/unblock`, { method: 'POST' });
  });
  afterAll(async () => {
    await sandbox.stop();
    await other.destroy();
    await database.drop();
  });

  it('stay together within what Telegram takes, and no answer waits for a reminder', async () => {
    const telegram = createTelegram({ apiRoot: sandbox.url, token: '1:token' });
    const gates = [database.db, other].map((db) => createGate((longestMs) => takeTurn(db, { gapMs: turnMs, longestMs })));
    const sent: Urgency[] = [];
    const all = gates.flatMap((gate) => {
      const send = async (sender: TelegramSender, chat: number, urgency: Urgency): Promise<void> => {
        await sender.send(chat, { html: urgency, keyboard: [] });
        sent.push(urgency);
      };
      const of = (urgency: Urgency, count: number): (() => Promise<void>)[] => {
        const sender = createTelegramSender(telegram, { gate, urgency });
        return Array.from({ length: count }, (_, index) => () => send(sender, index + 1, urgency));
      };
      return [...of('reminder', 2), ...of('news', chats), ...of('answer', chats)];
    });
    // Somebody is in the line before them.
    await takeTurn(database.db, { gapMs: 300, longestMs: 0 });
    await Promise.all(all.map((start) => start()));
    expect(sent).toHaveLength(36);
    expect(sent.lastIndexOf('answer')).toBeLessThan(sent.indexOf('reminder'));
    expect(sent.indexOf('answer')).toBeLessThan(sent.lastIndexOf('news'));
    const most = await mostWithinASecond(sandbox.url, 0);
    expect(most).toBeGreaterThan(15);
    expect(most).toBeLessThanOrEqual(30);
  });
});
