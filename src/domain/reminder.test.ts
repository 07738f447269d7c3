import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  defaultReminderPolicy,
  dueAt,
  judgeReminder,
  reminderKinds,
  remindersOf,
  retryPause,
  type ReminderFacts,
  type ReminderKind,
  type ReminderPolicy,
  type ShopDay,
} from './reminder';

const hourMs = 3_600_000;
const policy: ReminderPolicy = { ...defaultReminderPolicy, spreadMs: 0 };
const byDay: ShopDay = { timeZone: 'Europe/Berlin', quiet: undefined };
const night: ShopDay = { timeZone: 'Europe/Berlin', quiet: { fromMinute: 22 * 60, toMinute: 9 * 60 } };

function subject(endsAt: string, since = '2026-01-01T12:00:00Z'): ReminderFacts {
  return {
    userId: 7,
    endsAt: new Date(endsAt),
    since: new Date(since),
    startedAt: new Date(since),
    hasChat: true,
    isBlocked: false,
    isBanned: false,
    renewsItself: false,
    wasConnected: true,
    hasOther: false,
  };
}

function due(kind: ReminderKind, endsAt: string, day = byDay): string | undefined {
  return dueAt(kind, subject(endsAt), { policy, day })?.toISOString();
}

describe('a reminder is due', () => {
  it('at its offset before and after the end, each kind once and in order', () => {
    expect(
      remindersOf(subject('2026-06-10T12:00:00Z'), { policy, day: byDay }).map(({ kind, at }) => `${kind} ${at.toISOString()}`),
    ).toEqual([
      'never_connected 2026-01-02T12:00:00.000Z',
      'early 2026-06-07T12:00:00.000Z',
      'soon 2026-06-09T12:00:00.000Z',
      'last 2026-06-10T11:00:00.000Z',
      'ended 2026-06-10T12:00:00.000Z',
      'missed 2026-06-11T12:00:00.000Z',
      'come_back 2026-06-24T12:00:00.000Z',
    ]);
  });

  it('not at all before an end that was set later than that, as in a trial of three days', () => {
    const trial = subject('2026-06-10T12:00:00Z', '2026-06-07T12:00:00Z');
    expect(remindersOf(trial, { policy, day: byDay }).map(({ kind }) => kind)).not.toContain('early');
    expect(remindersOf(trial, { policy, day: byDay }).map(({ kind }) => kind)).toContain('soon');
  });

  it.each([
    // In quiet hours it waits until they are over.
    ['soon', '2026-06-11T00:00:00Z', '2026-06-10T07:00:00.000Z'],
    ['ended', '2026-06-11T00:00:00Z', '2026-06-11T07:00:00.000Z'],
    // An end in the night is spoken of in the evening before.
    ['last', '2026-06-11T00:00:00Z', '2026-06-10T19:59:59.999Z'],
    // Across both changes of summer time the wall clock counts: 09:00 is 07:00Z in summer and 08:00Z in winter.
    ['ended', '2026-03-28T23:00:00Z', '2026-03-29T07:00:00.000Z'],
    ['ended', '2026-10-24T22:00:00Z', '2026-10-25T08:00:00.000Z'],
    ['last', '2026-03-29T01:30:00Z', '2026-03-28T20:59:59.999Z'],
    ['last', '2026-10-25T02:30:00Z', '2026-10-24T19:59:59.999Z'],
    ['missed', '2026-03-28T00:30:00Z', '2026-03-29T07:00:00.000Z'],
    ['missed', '2026-10-24T00:30:00Z', '2026-10-25T08:00:00.000Z'],
  ] as const)('"%s" of an end at %s, with quiet hours, at %s', (kind, endsAt, expected) => {
    expect(due(kind, endsAt, night)).toBe(expected);
  });

  it('at a moment of the user’s own within the spread, never after the end it speaks of', () => {
    const spread = { ...policy, spreadMs: 2 * hourMs };
    const moments = Array.from({ length: 2_000 }, (_, userId) => {
      const one = { ...subject('2026-06-10T12:00:00Z'), userId: userId + 1 };
      expect(dueAt('last', one, { policy: spread, day: byDay })?.getTime()).toBeLessThan(one.endsAt.getTime());
      return (dueAt('early', one, { policy: spread, day: byDay })?.getTime() ?? 0) - Date.parse('2026-06-07T12:00:00Z');
    });
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...moments)).toBeLessThan(2 * hourMs);
    const perMinute = new Map<number, number>();
    for (const moment of moments) perMinute.set(Math.floor(moment / 60_000), (perMinute.get(Math.floor(moment / 60_000)) ?? 0) + 1);
    expect(Math.max(...perMinute.values())).toBeLessThan(60);
  });

  it('never in quiet hours, and never after the end where it speaks of one ahead', () => {
    const ends = fc.date({ min: new Date('2026-02-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(ends, fc.integer({ min: 1, max: 1_000_000 }), (endsAt, userId) => {
        for (const { kind, at } of remindersOf(
          { ...subject('2026-01-01T00:00:00Z'), endsAt, userId },
          { policy: defaultReminderPolicy, day: night },
        )) {
          const local = new Intl.DateTimeFormat('en-GB', {
            timeZone: 'Europe/Berlin',
            hour: '2-digit',
            minute: '2-digit',
            hourCycle: 'h23',
          }).format(at);
          expect(local >= '09:00' && local < '22:00').toBe(true);
          if (['early', 'soon', 'last'].includes(kind)) expect(at < endsAt).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a reminder whose time has come', () => {
  const endsAt = '2026-06-10T12:00:00Z';
  const judge = (kind: ReminderKind, now: string, { day = byDay, ...changes }: Partial<ReminderFacts> & { day?: ShopDay } = {}): string => {
    const facts = { ...subject(endsAt), ...changes };
    const at = dueAt(kind, facts, { policy, day }) ?? new Date(now);
    const verdict = judgeReminder({ kind, at }, facts, { now: new Date(now), policy, day });
    return verdict.what === 'skip' ? verdict.reason : verdict.what === 'wait' ? `wait ${verdict.until.toISOString()}` : verdict.what;
  };

  it.each([
    ['early', '2026-06-07T12:00:00Z', 'send'],
    // Two hours late it is still true, so it is sent.
    ['early', '2026-06-07T14:00:00Z', 'send'],
    ['early', '2026-06-09T13:00:00Z', 'later_one_due'],
    ['soon', '2026-06-09T13:00:00Z', 'send'],
    ['last', '2026-06-10T11:30:00Z', 'send'],
    ['last', '2026-06-10T12:00:00Z', 'ended'],
    ['soon', '2026-06-12T12:00:00Z', 'ended'],
    ['ended', '2026-06-12T11:59:00Z', 'send'],
    ['ended', '2026-06-12T12:01:00Z', 'too_late'],
    ['come_back', '2026-06-24T13:00:00Z', 'send'],
    ['never_connected', '2026-01-02T12:00:00Z', 'connected'],
  ] as const)('"%s" at %s: %s', (kind, now, expected) => {
    expect(judge(kind, now)).toBe(expected);
  });

  it.each([
    [{ renewsItself: true }, 'auto_renews'],
    [{ isBlocked: true }, 'blocked'],
    [{ isBanned: true }, 'banned'],
    [{ hasChat: false }, 'no_chat'],
  ] as const)('is not sent to a user of whom %j is known', (changes, reason) => {
    for (const { kind, at } of remindersOf(subject(endsAt), { policy, day: byDay })) {
      if (kind === 'never_connected' && reason === 'auto_renews') continue;
      expect(judge(kind, at.toISOString(), { ...changes, wasConnected: false })).toBe(reason);
    }
  });

  it('does not call back a user who has other access, nor hurries one who has connected', () => {
    expect(judge('come_back', '2026-06-24T12:00:00Z', { hasOther: true })).toBe('returned');
    expect(judge('never_connected', '2026-01-02T12:00:00Z', { wasConnected: false })).toBe('send');
    expect(judge('never_connected', '2026-01-02T12:00:00Z', { wasConnected: false, renewsItself: true })).toBe('send');
  });

  it('that is late in quiet hours waits until they are over, and is skipped where the end comes first', () => {
    expect(judge('early', '2026-06-07T23:00:00Z', { day: night })).toBe('wait 2026-06-08T07:00:00.000Z');
    expect(judge('ended', '2026-06-10T23:00:00Z', { day: night })).toBe('wait 2026-06-11T07:00:00.000Z');
    expect(judge('last', '2026-06-10T23:00:00Z', { endsAt: new Date('2026-06-11T01:00:00Z'), day: night })).toBe('quiet_hours');
    // A few seconds late is not late: it was due as quiet hours began.
    expect(judge('last', '2026-06-10T20:00:05Z', { endsAt: new Date('2026-06-11T01:00:00Z'), day: night })).toBe('send');
  });

  it('is always sent, skipped or put off to later', () => {
    const instants = fc.date({ min: new Date('2026-05-01'), max: new Date('2026-08-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, fc.constantFrom(...reminderKinds), (now, kind) => {
        const facts = subject(endsAt);
        const at = dueAt(kind, facts, { policy, day: night }) ?? now;
        const verdict = judgeReminder({ kind, at }, facts, { now, policy, day: night });
        expect(verdict.what !== 'wait' || verdict.until > now).toBe(true);
      }),
    );
  });
});

it('a message that never left is tried again after longer and longer pauses', () => {
  expect([0, 1, 2, 10, 1_000].map((tries) => retryPause(tries, policy))).toEqual([30_000, 60_000, 120_000, 600_000, 600_000]);
});
