import { describe, expect, it } from '@jest/globals';
import { troublesIn } from '../support/troubles';

describe('what a log says of troubles', () => {
  it('names each kind once, the latest first', () => {
    const line = (fields: object): string => `${JSON.stringify(fields)}\n`;
    const told = troublesIn([
      line({ level: 'warn', time: '10:00', activity: 'ensureAccount', code: 'Busy', msg: 'much is under way' }),
      line({ level: 'info', time: '10:01', msg: 'the shop is open' }),
      line({ level: 'error', time: '10:02', msg: 'Panel main is down' }),
      line({ level: 'warn', time: '10:03', activity: 'ensureAccount', code: 'Busy', msg: 'much is under way' }),
    ]);
    expect(told.split('\n')).toEqual([
      'the log says:',
      '  2 times, last at 10:03: warn ensureAccount Busy',
      '  1 times, last at 10:02: error Panel main is down',
    ]);
  });
});
