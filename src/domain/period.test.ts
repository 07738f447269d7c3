import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addPeriod, dayBegin, startOfDay, type Period } from './period';

function add(start: string, period: Period, timeZone: string): string {
  return addPeriod(new Date(start), period, timeZone).toISOString();
}

describe('addPeriod', () => {
  it('takes the last day of a month that lacks the day', () => {
    expect(add('2026-01-31T09:00:00Z', { value: 1, unit: 'month' }, 'Europe/Moscow')).toBe('2026-02-28T09:00:00.000Z');
    expect(add('2028-01-31T09:00:00Z', { value: 1, unit: 'month' }, 'Europe/Moscow')).toBe('2028-02-29T09:00:00.000Z');
    expect(add('2028-02-29T09:00:00Z', { value: 1, unit: 'year' }, 'UTC')).toBe('2029-02-28T09:00:00.000Z');
  });

  it('counts the month of the shop’s zone, not of UTC', () => {
    // 31 January 23:30 UTC is 1 February in Moscow.
    expect(add('2026-01-31T23:30:00Z', { value: 1, unit: 'month' }, 'Europe/Moscow')).toBe('2026-02-28T23:30:00.000Z');
  });

  it('keeps the wall clock across a change of summer time', () => {
    expect(add('2026-03-28T11:00:00Z', { value: 1, unit: 'day' }, 'Europe/Berlin')).toBe('2026-03-29T10:00:00.000Z');
    expect(add('2026-10-24T10:00:00Z', { value: 30, unit: 'day' }, 'America/New_York')).toBe('2026-11-23T11:00:00.000Z');
  });

  it('lands after the gap when the wall time is skipped', () => {
    expect(add('2026-03-28T01:30:00Z', { value: 1, unit: 'day' }, 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('finds the first instant of a day of the shop’s calendar, and no day that does not exist', () => {
    expect(startOfDay('2027-01-31', 'Europe/Moscow')?.toISOString()).toBe('2027-01-30T21:00:00.000Z');
    expect(startOfDay('2027-01-31', 'Europe/Moscow', 1)?.toISOString()).toBe('2027-01-31T21:00:00.000Z');
    expect(startOfDay('2026-03-29', 'Europe/Berlin', 1)?.toISOString()).toBe('2026-03-29T22:00:00.000Z');
    for (const text of ['2027-02-29', '2027-13-01', '2027-00-10', '31.01.2027', '']) expect(startOfDay(text, 'UTC')).toBeUndefined();
  });

  it('knows when the day began that a clock there shows, also where midnight was another offset ago', () => {
    const begin = (instant: string, zone: string): string => dayBegin(new Date(instant), zone).toISOString();
    expect(begin('2026-12-01T20:59:59.999Z', 'Europe/Moscow')).toBe('2026-11-30T21:00:00.000Z');
    expect(begin('2026-12-01T21:00:00.000Z', 'Europe/Moscow')).toBe('2026-12-01T21:00:00.000Z');
    expect(begin('2026-03-29T10:00:00.000Z', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(begin('2026-10-25T10:00:00.000Z', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z');
  });

  it('always moves forward, in every zone and unit', () => {
    const zones = fc.constantFrom('UTC', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const periods = fc.record({
      value: fc.integer({ min: 1, max: 36 }),
      unit: fc.constantFrom('day' as const, 'month' as const, 'year' as const),
    });
    const starts = fc.date({ min: new Date('2020-01-01'), max: new Date('2060-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(starts, periods, zones, (start, period, zone) => {
        const end = addPeriod(start, period, zone);
        const leastDays = { day: 1, month: 28, year: 365 }[period.unit] * period.value;
        expect(end.getTime() - start.getTime()).toBeGreaterThanOrEqual(leastDays * 86_400_000 - 2 * 3_600_000);
      }),
    );
  });
});
