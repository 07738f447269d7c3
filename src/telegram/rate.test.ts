import { describe, expect, it } from '@jest/globals';
import { until } from '../../test/support/until';
import { createGate, type Gate, type TakeTurn, type Urgency } from './rate';

/** A gate at a line of this length, and what was asked of the line. */
function gateAt(line: { length: number }): { readonly gate: Gate; readonly asked: number[] } {
  const asked: number[] = [];
  const takeTurn: TakeTurn = (longestMs) => {
    asked.push(longestMs);
    return Promise.resolve(line.length <= longestMs ? 0 : undefined);
  };
  return { gate: createGate(takeTurn), asked };
}

describe('the gate before Telegram', () => {
  it.each<[Urgency, number, number]>([
    ['answer', 2_000, 2_001],
    ['news', 500, 501],
    ['reminder', 0, 1],
  ])('lets %s stand in a line of %d ms, and keeps it from one of %d', async (urgency, short, long) => {
    await gateAt({ length: short }).gate(1, urgency);
    const line = { length: long };
    const { gate, asked } = gateAt(line);
    let left = false;
    const waiting = gate(1, urgency).then(() => (left = true));
    await until('it has looked at the line again', () => Promise.resolve(asked.length > 2));
    expect(left).toBe(false);
    line.length = short;
    await waiting;
  });

  it('says that a message whose turn does not come never left, and when to try again', async () => {
    await expect(gateAt({ length: 1 }).gate(1, 'reminder')).rejects.toMatchObject({ code: 'TelegramRateLimited', retryAfterMs: 2_000 });
  });

  it('asks for the line once for all reminders that wait, however many, and answers pass them', async () => {
    const { gate, asked } = gateAt({ length: 1 });
    const reminders = Array.from({ length: 50 }, (_, chat) => gate(chat, 'reminder'));
    const refused = Promise.allSettled(reminders);
    await until('the first has looked three times', () => Promise.resolve(asked.length >= 3));
    expect(asked.length).toBeLessThan(10);
    await gate(99, 'answer');
    expect((await refused).every((one) => one.status === 'rejected')).toBe(true);
  });

  it('says that a message never left where Postgres gives no turn', async () => {
    const gate = createGate(() => Promise.reject(new Error('connection refused')));
    await expect(gate(1, 'news')).rejects.toMatchObject({ code: 'TelegramUnavailable' });
    await expect(gate(1, 'news')).rejects.toMatchObject({ code: 'TelegramUnavailable' });
  });

  it('holds one chat to its own limit, whatever the kind of message', async () => {
    const { gate, asked } = gateAt({ length: 0 });
    for (let index = 0; index < 10; index += 1) await gate(7, index % 2 === 0 ? 'answer' : 'news');
    const began = performance.now();
    await gate(8, 'answer');
    await gate(7, 'answer');
    expect(performance.now() - began).toBeGreaterThan(700);
    expect(asked).toHaveLength(12);
  });
});
