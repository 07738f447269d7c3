import { describe, expect, it } from '@jest/globals';
import { defaultBreakerPace as pace, pauseAfter, waitForPanel } from './breaker';

describe('the breaker of a panel', () => {
  it('stays closed for a failure or two, then opens for longer and longer, up to a minute', () => {
    const pauses = [1, 2, 3, 4, 5, 8, 9, 1_000].map((failures) => pauseAfter({ kind: 'silent', failures }, pace));
    expect(pauses).toEqual([undefined, undefined, 2_000, 4_000, 8_000, 60_000, 60_000, 60_000]);
  });

  it('opens at once for 15 minutes when credentials are refused, so that no login is repeated in a loop', () => {
    expect(pauseAfter({ kind: 'refused', failures: 1 }, pace)).toBe(900_000);
  });

  it('obeys the pause that a panel asks for', () => {
    expect(pauseAfter({ kind: 'limited', failures: 1, askedMs: 7_000 }, pace)).toBe(7_000);
  });

  it('stays closed for a failure that says nothing about the panel', () => {
    expect(pauseAfter({ kind: 'none', failures: 50 }, pace)).toBeUndefined();
  });

  it('spreads what waits over time, and lets nothing sleep longer than two minutes', () => {
    expect(waitForPanel({ dueInMs: 1_000, waiting: 0, share: 0 }, pace)).toBe(1_000);
    expect(waitForPanel({ dueInMs: 1_000, waiting: 50, share: 1 }, pace)).toBe(11_000);
    expect(waitForPanel({ dueInMs: 900_000, waiting: 100_000, share: 1 }, pace)).toBe(120_000);
    expect(waitForPanel({ dueInMs: -5, waiting: 1, share: 0.5 }, pace)).toBe(500);
  });
});
