import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quietSpanAt, type QuietHours } from './quietHours';

const night: QuietHours = { fromMinute: 22 * 60, toMinute: 9 * 60 };
const siesta: QuietHours = { fromMinute: 13 * 60, toMinute: 15 * 60 + 30 };
const early: QuietHours = { fromMinute: 2 * 60 + 30, toMinute: 6 * 60 };
const small: QuietHours = { fromMinute: 23 * 60, toMinute: 2 * 60 + 30 };

function span(instant: string, quiet: QuietHours, timeZone: string): string | undefined {
  const found = quietSpanAt(new Date(instant), quiet, timeZone);
  return found === undefined ? undefined : `${found.start.toISOString().slice(0, 16)} ${found.end.toISOString().slice(0, 16)}`;
}

describe('quiet hours', () => {
  it.each([
    // Moscow has had no summer time since 2014.
    ['2026-12-01T18:59:59Z', night, 'Europe/Moscow', undefined],
    ['2026-12-01T19:00:00Z', night, 'Europe/Moscow', '2026-12-01T19:00 2026-12-02T06:00'],
    ['2026-12-02T05:59:59Z', night, 'Europe/Moscow', '2026-12-01T19:00 2026-12-02T06:00'],
    ['2026-12-02T06:00:00Z', night, 'Europe/Moscow', undefined],
    ['2026-12-31T23:30:00Z', night, 'UTC', '2026-12-31T22:00 2027-01-01T09:00'],
    ['2026-12-02T11:00:00Z', siesta, 'Europe/Moscow', '2026-12-02T10:00 2026-12-02T12:30'],
    // Berlin, spring: 02:00 becomes 03:00 on 29 March, so this night has 10 hours.
    ['2026-03-28T21:30:00Z', night, 'Europe/Berlin', '2026-03-28T21:00 2026-03-29T07:00'],
    ['2026-03-29T06:30:00Z', night, 'Europe/Berlin', '2026-03-28T21:00 2026-03-29T07:00'],
    ['2026-03-29T07:00:00Z', night, 'Europe/Berlin', undefined],
    // Berlin, autumn: 03:00 becomes 02:00 on 25 October, so this night has 12 hours.
    ['2026-10-24T20:30:00Z', night, 'Europe/Berlin', '2026-10-24T20:00 2026-10-25T08:00'],
    ['2026-10-25T07:30:00Z', night, 'Europe/Berlin', '2026-10-24T20:00 2026-10-25T08:00'],
    ['2026-10-25T08:00:00Z', night, 'Europe/Berlin', undefined],
    // New York changes on other days than Europe.
    ['2026-03-08T10:00:00Z', night, 'America/New_York', '2026-03-08T03:00 2026-03-08T13:00'],
    ['2026-11-01T10:00:00Z', night, 'America/New_York', '2026-11-01T02:00 2026-11-01T14:00'],
    // The end of the span, 02:30, is skipped in spring …
    ['2026-03-29T00:50:00Z', small, 'Europe/Berlin', '2026-03-28T22:00 2026-03-29T01:30'],
    // … and comes twice in autumn: the second one counts.
    ['2026-10-24T23:50:00Z', small, 'Europe/Berlin', '2026-10-24T21:00 2026-10-25T01:30'],
    ['2026-10-25T01:15:00Z', small, 'Europe/Berlin', '2026-10-24T21:00 2026-10-25T01:30'],
    // A start that comes twice is the first one to what lies between the two.
    ['2026-10-25T00:45:00Z', early, 'Europe/Berlin', '2026-10-25T00:30 2026-10-25T05:00'],
  ] as const)('at %s', (...row) => {
    const [instant, quiet, timeZone, expected] = row;
    expect(span(instant, quiet, timeZone)).toBe(expected);
  });

  it('have the instant inside, last less than a day and a bit, and are over at their end', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata');
    const minutes = fc.integer({ min: 0, max: 1_439 });
    const instants = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(instants, zones, fc.tuple(minutes, minutes), (instant, zone, [fromMinute, toMinute]) => {
        const quiet = { fromMinute, toMinute };
        const found = quietSpanAt(instant, quiet, zone);
        if (found === undefined) return;
        expect(found.start <= instant && instant < found.end).toBe(true);
        expect(found.end.getTime() - found.start.getTime()).toBeLessThanOrEqual(26 * 3_600_000);
      }),
      { numRuns: 2_000 },
    );
  });
});
