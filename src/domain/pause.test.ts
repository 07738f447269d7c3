import { describe, expect, it } from '@jest/globals';
import { countedFrom, leftMs } from './grant';
import { pauseRefusal, resumedEnd, type PausePolicy } from './pause';

const dayMs = 86_400_000;
const policy: PausePolicy = { shortestMs: dayMs, longestMs: 30 * dayMs, count: 2, windowMs: 365 * dayMs };
const now = new Date('2026-11-27T12:00:00.000Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * dayMs);
const live = { endsAt: inDays(20), pausedAt: undefined, suspendedAt: undefined, revokedAt: undefined };

describe('a pause', () => {
  it.each([
    ['is there for what is live', live, 0, undefined],
    ['as often as the policy says', live, 1, undefined],
    ['and no more', live, 2, 'PauseTooOften'],
    ['is none for what is paused', { ...live, pausedAt: now }, 0, 'PauseNotNow'],
    ['shut by a dispute', { ...live, suspendedAt: now }, 0, 'PauseNotNow'],
    ['taken back', { ...live, revokedAt: now }, 0, 'PauseNotNow'],
    ['over', { ...live, endsAt: now }, 0, 'PauseNotNow'],
    ['or about to end', { ...live, endsAt: inDays(0.9) }, 0, 'PauseNotNow'],
  ] as const)('%s', (...[, term, begun, refusal]) => {
    expect(pauseRefusal(term, begun, { now, policy })).toBe(refusal);
  });

  it('stops the time, and gives back all of it, also what it took beyond its longest', () => {
    const paused = { ...live, endsAt: inDays(20), pausedAt: now };
    expect(leftMs(paused, inDays(45))).toBe(20 * dayMs);
    expect(resumedEnd(paused, inDays(45), policy)).toEqual(inDays(65));
  });

  it('that is ended too soon gives nothing back', () => {
    const paused = { ...live, endsAt: inDays(20), pausedAt: now };
    expect(resumedEnd(paused, inDays(0.99), policy)).toEqual(inDays(20));
    expect(resumedEnd(paused, inDays(1), policy)).toEqual(inDays(21));
  });

  it('leaves to a dispute what the dispute took', () => {
    const both = { ...live, endsAt: inDays(20), pausedAt: now, suspendedAt: inDays(5) };
    expect(countedFrom(both, inDays(9))).toEqual(now);
    expect(resumedEnd(both, inDays(9), policy)).toEqual(inDays(25));
  });
});
