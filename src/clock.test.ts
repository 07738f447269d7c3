import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createSyncedClock } from './clock';

const hourMs = 3_600_000;

describe('a clock that goes by another one', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: new Date('2026-12-01T12:00:00Z') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is the machine’s until it was asked, then the other one, however far the machine’s is off', async () => {
    const clock = createSyncedClock(() => Promise.resolve(new Date('2026-12-01T13:00:00Z')));
    expect(clock.now().toISOString()).toBe('2026-12-01T12:00:00.000Z');
    await clock.sync();
    expect(clock.now().toISOString()).toBe('2026-12-01T13:00:00.000Z');
    jest.advanceTimersByTime(1_500);
    expect(clock.now().toISOString()).toBe('2026-12-01T13:00:01.500Z');
  });

  it.each([hourMs, -hourMs])('does not follow the machine’s when that jumps by %i ms', async (jump) => {
    const clock = createSyncedClock(() => Promise.resolve(new Date('2026-12-01T12:00:00Z')));
    await clock.sync();
    jest.setSystemTime(new Date(Date.now() + jump));
    expect(clock.now().toISOString()).toBe('2026-12-01T12:00:00.000Z');
  });

  it('keeps its time when the other one does not answer', async () => {
    let answers = true;
    const clock = createSyncedClock(() =>
      answers ? Promise.resolve(new Date('2026-12-01T15:00:00Z')) : Promise.reject(new Error('down')),
    );
    await clock.sync();
    answers = false;
    await expect(clock.sync()).rejects.toThrow('down');
    expect(clock.now().toISOString()).toBe('2026-12-01T15:00:00.000Z');
  });
});
