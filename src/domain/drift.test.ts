import { describe, expect, it } from '@jest/globals';
import { driftOf, implausible, type FoundAccount, type WantedAccount } from './drift';

const now = new Date('2026-11-26T00:00:00Z');
const wanted: WantedAccount = {
  uuid: '11111111-1111-4111-8111-111111111111',
  enabled: true,
  endsAt: new Date('2027-01-01T00:00:00.250Z'),
  trafficLimitBytes: 100,
  deviceLimit: 3,
  targets: ['1', '2'],
};
const found: FoundAccount = { ...wanted, name: 'k', uuid: wanted.uuid.toUpperCase(), targets: ['2', '1'], uniform: true };

describe('drift of an account', () => {
  const cases: readonly [string, Partial<WantedAccount>, Partial<FoundAccount> | undefined, string | undefined][] = [
    ['the same', {}, {}, undefined],
    ['the same to the second', {}, { endsAt: new Date('2027-01-01T00:00:00Z') }, undefined],
    ['the same, rounded up to the second', {}, { endsAt: new Date('2027-01-01T00:00:01Z') }, undefined],
    ['a second off', {}, { endsAt: new Date('2027-01-01T00:00:01.250Z') }, 'end'],
    ['deleted', {}, undefined, 'missing'],
    ['disabled by hand', {}, { enabled: false }, 'switched'],
    ['prolonged by hand', {}, { endsAt: new Date('2028-01-01T00:00:00Z') }, 'end'],
    ['without an end', {}, { endsAt: undefined }, 'end'],
    ['unlimited by hand', {}, { trafficLimitBytes: 0 }, 'limits'],
    ['more devices by hand', {}, { deviceLimit: 9 }, 'limits'],
    ['a panel without device limits', {}, { deviceLimit: undefined }, undefined],
    ['taken off one inbound', {}, { targets: ['1'] }, 'targets'],
    ['different from inbound to inbound', {}, { uniform: false }, 'mixed'],
    ["somebody else's", {}, { uuid: 'other' }, 'foreign'],
    ['ended, and gone', { endsAt: new Date('2026-01-01T00:00:00Z') }, undefined, undefined],
    ['ended, and switched off', { endsAt: new Date('2026-01-01T00:00:00Z') }, { enabled: false }, undefined],
    ['ended, and prolonged by hand', { endsAt: new Date('2026-01-01T00:00:00Z') }, {}, 'switched'],
    ['taken back, and opened by hand', { enabled: false }, {}, 'switched'],
    ['taken back, and closed', { enabled: false }, { enabled: false, endsAt: undefined }, undefined],
    ['on no server any more, and still open', { targets: [] }, {}, 'switched'],
  ];
  it.each(cases)('%s', (...[, want, seen, drift]) => {
    expect(driftOf({ ...wanted, ...want }, seen === undefined ? undefined : { ...found, ...seen }, now)).toBe(drift);
  });
});

describe('an answer that cannot be true', () => {
  const good = { ours: 100, missing: 3, endless: 1, accounts: 120, targets: 2 };
  it('is an empty list, no inbounds, half of the clients gone, or half of the ends lost', () => {
    expect(implausible(good)).toBeUndefined();
    expect(implausible({ ...good, accounts: 0, missing: 100 })).toMatch(/no clients at all/);
    expect(implausible({ ...good, targets: 0 })).toMatch(/no inbounds/);
    expect(implausible({ ...good, missing: 50 })).toMatch(/50 of 100/);
    expect(implausible({ ...good, endless: 50 })).toMatch(/lost their end/);
  });

  it('is believed of a shop with a handful of clients, unless the list is empty', () => {
    expect(implausible({ ours: 2, missing: 1, endless: 0, accounts: 1, targets: 1 })).toBeUndefined();
    expect(implausible({ ours: 1, missing: 1, endless: 0, accounts: 0, targets: 1 })).toMatch(/no clients/);
    expect(implausible({ ours: 0, missing: 0, endless: 0, accounts: 0, targets: 1 })).toBeUndefined();
  });
});
