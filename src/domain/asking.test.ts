import { expect, it } from '@jest/globals';
import { defaultAskPace, nextAsk } from './asking';

it('asks every 10 s six times, every 30 s ten times, every 2 min to the deadline, then three times more', () => {
  const created = Date.parse('2026-01-01T00:00:00Z');
  const deadline = new Date(created + 30 * 60_000);
  const waits: number[] = [];
  let now = created;
  for (let attempts = 0; ; attempts += 1) {
    const next = nextAsk({ deadline, attempts, now: new Date(now) }, defaultAskPace);
    if (next === undefined) break;
    waits.push((next.getTime() - now) / 1_000);
    now = next.getTime();
  }
  expect(waits.slice(0, 6)).toEqual(Array(6).fill(10));
  expect(waits.slice(6, 16)).toEqual(Array(10).fill(30));
  expect(waits.slice(16, 28)).toEqual(Array(12).fill(120));
  expect((now - deadline.getTime()) / 3_600_000).toBe(24);
  expect(waits).toHaveLength(16 + 12 + 3);
});
