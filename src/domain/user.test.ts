import { describe, expect, it } from '@jest/globals';
import { defaultPolicy } from './policy';
import { deadlinesOf, nextWake, withoutEnded, withReminded, type Deadline, type UserView } from './user';

const end = Date.parse('2026-05-01T12:00:00.000Z');
const minuteMs = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const ends = (at: number, subscriptionId = 'sub_1'): Deadline => ({ kind: 'subscriptionEnds', subscriptionId, at: iso(at) });
const reminder = (at: number): Deadline => ({ kind: 'remind', subscriptionId: 'sub_1', reminder: 'ended', endsAt: iso(end), at: iso(at) });

function viewOf(accessEndsAt: readonly number[]): UserView {
  return {
    userId: 1,
    openOrders: [],
    operations: [],
    subscriptions: accessEndsAt.map((at, index) => ({
      subscriptionId: `sub_${index + 1}`,
      planId: 'month',
      endsAt: iso(at),
      accessEndsAt: iso(at),
    })),
    parkedItems: 0,
    policy: defaultPolicy,
  };
}

describe('the next wake of a user', () => {
  it.each([
    { what: 'nothing', deadlines: [], wake: undefined },
    { what: 'the end of access alone', deadlines: [ends(end)], wake: ends(end) },
    { what: 'a reminder right after the end', deadlines: [ends(end), reminder(end + minuteMs)], wake: reminder(end + minuteMs) },
    { what: 'a reminder at the same instant', deadlines: [ends(end), reminder(end)], wake: reminder(end) },
    { what: 'a reminder that is put off for the night', deadlines: [ends(end), reminder(end + 600 * minuteMs)], wake: ends(end) },
    { what: 'a reminder before the end', deadlines: [reminder(end - minuteMs), ends(end)], wake: reminder(end - minuteMs) },
    { what: 'two ends and a reminder', deadlines: [ends(end), ends(end, 'sub_2'), reminder(end)], wake: reminder(end) },
  ])('is for $what', ({ deadlines, wake }) => {
    expect(nextWake(deadlines, 10 * minuteMs)).toEqual(wake);
  });
});

describe('access that has ended', () => {
  it('is not live any more from the instant on, other access is', () => {
    const view = viewOf([end, end + 1]);
    expect(withoutEnded(view, end - 1)).toBe(view);
    expect(withoutEnded(view, end).subscriptions.map((subscription) => subscription.subscriptionId)).toEqual(['sub_2']);
  });

  it('leaves a workflow that ends by itself when nothing else is open', () => {
    const [only, ...others] = deadlinesOf(withoutEnded(viewOf([end]), end), iso(end));
    expect(others).toEqual([]);
    expect(only).toEqual({ kind: 'idle', at: iso(end + defaultPolicy.idleMs) });
  });
});

describe('a reminder that was dealt with', () => {
  const about = { subscriptionId: 'sub_1', reminder: 'ended', endsAt: iso(end), at: iso(end) } as const;
  const other = { ...about, reminder: 'missed', at: iso(end + minuteMs) } as const;
  const view: UserView = { ...viewOf([]), reminders: [about, other] };

  it('is due no more, and the others are', () => {
    expect(withReminded(view, about, undefined).reminders).toEqual([other]);
  });

  it('is due again when it was put off, also where the view has forgotten it', () => {
    const later = { ...about, at: iso(end + 2 * minuteMs) };
    expect(withReminded(view, about, later.at).reminders).toEqual([other, later]);
    expect(withReminded(viewOf([]), about, later.at).reminders).toEqual([later]);
  });

  it('of another end is another reminder', () => {
    expect(withReminded(view, { ...about, endsAt: iso(end + 1) }, undefined).reminders).toEqual([about, other]);
  });
});
