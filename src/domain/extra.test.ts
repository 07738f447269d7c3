import { describe, expect, it } from '@jest/globals';
import { canTake, fits, withAdded } from './extra';

const gigabyte = 1024 ** 3;
const now = new Date('2026-12-01T12:00:00.000Z');
const traffic = { trafficBytes: 50 * gigabyte };
const devices = { devices: 2 };
const bought = {
  planId: 'month',
  endsAt: new Date('2026-12-20T12:00:00.000Z'),
  pausedAt: undefined,
  suspendedAt: undefined,
  revokedAt: undefined,
  trafficLimitBytes: 10 * gigabyte,
  deviceLimit: 3,
};

describe('an extra', () => {
  it.each([
    ['of a subscription with time left', {}, true],
    ['of one that is paused past its end', { endsAt: new Date('2026-11-30'), pausedAt: new Date('2026-11-20') }, true],
    ['not of one that has ended', { endsAt: now }, false],
    ['not of one that never began', { endsAt: undefined }, false],
    ['not of one that was taken back', { revokedAt: now }, false],
    ['not of a trial', { planId: '_trial' }, false],
  ])('can be taken %s', (_case, changes, expected) => {
    expect(canTake({ ...bought, ...changes }, traffic, now)).toBe(expected);
    expect(canTake({ ...bought, ...changes }, devices, now)).toBe(expected);
  });

  it('raises only a limit that is there', () => {
    expect(fits(traffic, { deviceLimit: 3 })).toBe(false);
    expect(fits(devices, { trafficLimitBytes: 1 })).toBe(false);
    expect(canTake({ ...bought, trafficLimitBytes: undefined }, traffic, now)).toBe(false);
    expect(canTake({ ...bought, trafficLimitBytes: undefined }, devices, now)).toBe(true);
    const added = { trafficBytes: 5, devices: 2 };
    expect(withAdded({ trafficLimitBytes: 10, deviceLimit: 3 }, added)).toEqual({ trafficLimitBytes: 15, deviceLimit: 5 });
    expect(withAdded({}, added)).toEqual({});
  });
});
