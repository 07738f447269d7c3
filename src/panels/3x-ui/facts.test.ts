import { describe, expect, it } from '@jest/globals';
import { capabilitiesOf, warningsOf, type Facts } from './facts';

function facts(changes: Partial<Facts>): Facts {
  return { era: 'own', version: '3.6.0', exact: [3, 6, 0], xrayState: 'running', xrayVersion: '26.3.27', ...changes };
}

describe('what is known of a version of 3x-ui', () => {
  it.each([
    [facts({}), 'recorded', false],
    [facts({ version: '3.6.1', exact: [3, 6, 1] }), 'untried', false],
    [facts({ version: '4.0.0', exact: [4, 0, 0] }), 'untried', false],
    [facts({ version: '3.4.1', exact: [3, 4, 1] }), 'untried', true],
    [facts({ era: 'three', version: '3.0', exact: undefined }), 'recorded', true],
    [facts({ era: 'middle', version: '2.7–2.9', exact: undefined }), 'recorded', true],
  ] as const)('is evidence and whether it has one writer: %j', (known, evidence, singleWriter) => {
    expect(capabilitiesOf(known)).toMatchObject({ evidence, singleWriter });
    const warned = warningsOf(known).some((warning) => warning.includes('was never tried on a real panel'));
    expect(warned).toBe(evidence === 'untried');
  });

  it('says when xray does not run', () => {
    expect(warningsOf(facts({ xrayState: 'error' }))).toEqual([
      'Xray is not running (error): accounts are written and nobody can connect.',
    ]);
  });
});
