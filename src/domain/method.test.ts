import { describe, expect, it } from '@jest/globals';
import { hiddenBecause, isSuspect, methodCode, offeredMethods, parseMethod, type MethodFacts, type Situation } from './method';

const facts: MethodFacts = {
  provider: 'yookassa',
  choices: ['sbp'],
  enabled: true,
  minMinor: undefined,
  maxMinor: undefined,
  needsEmail: false,
  savesMethods: false,
  rateCurrency: undefined,
  trouble: undefined,
};
const situation: Situation = { due: { minor: 29_900, currency: 'RUB' }, planRules: {}, serverRules: [{}, {}], freshRates: [] };
const card = { provider: 'yookassa', choice: undefined };
const sbp = { provider: 'yookassa', choice: 'sbp' };

describe('the methods a buyer sees', () => {
  it('a rule of the plan beats one of a server, which beats the switch', () => {
    expect(hiddenBecause(facts, card, situation)).toBeUndefined();
    expect(hiddenBecause({ ...facts, enabled: false }, card, situation)).toBe('switched_off');
    const forbidden = { ...situation, serverRules: [{}, { yookassa: false }] };
    expect(hiddenBecause(facts, card, forbidden)).toBe('server_rule');
    expect(hiddenBecause(facts, card, { ...forbidden, planRules: { yookassa: true } })).toBeUndefined();
    expect(hiddenBecause({ ...facts, enabled: false }, card, { ...situation, serverRules: [{ yookassa: true }, {}] })).toBeUndefined();
    expect(hiddenBecause(facts, card, { ...situation, planRules: { yookassa: false }, serverRules: [{ yookassa: true }] })).toBe(
      'plan_rule',
    );
  });

  it('a rule may name one choice of a provider', () => {
    const rules = { ...situation, planRules: { yookassa_sbp: false } };
    expect(hiddenBecause(facts, card, rules)).toBeUndefined();
    expect(hiddenBecause(facts, sbp, rules)).toBe('plan_rule');
  });

  it('a method that is too small or too large for the sum, in trouble, or without a fresh rate is hidden', () => {
    expect(hiddenBecause({ ...facts, minMinor: 30_000 }, card, situation)).toBe('below_minimum');
    expect(hiddenBecause({ ...facts, maxMinor: 29_899 }, card, situation)).toBe('above_maximum');
    expect(hiddenBecause({ ...facts, trouble: 'refused' }, card, situation)).toBe('trouble');
    expect(hiddenBecause({ ...facts, rateCurrency: 'TON' }, card, situation)).toBe('rate_not_fresh');
    expect(hiddenBecause({ ...facts, rateCurrency: 'TON' }, card, { ...situation, freshRates: ['TON'] })).toBeUndefined();
  });

  it('the one used last comes first, the others keep the order of the shop', () => {
    const stars = { ...facts, provider: 'stars', choices: [] };
    expect(offeredMethods([facts, stars], situation, undefined).map(methodCode)).toEqual(['yookassa', 'yookassa_sbp', 'stars']);
    expect(offeredMethods([facts, stars], situation, 'stars').map(methodCode)).toEqual(['stars', 'yookassa', 'yookassa_sbp']);
    expect(offeredMethods([facts, stars], situation, 'gone').map(methodCode)).toEqual(['yookassa', 'yookassa_sbp', 'stars']);
  });

  it('the word of a method is read as it was written', () => {
    for (const method of [card, sbp]) expect(parseMethod(methodCode(method))).toEqual(method);
  });

  it.each([
    ['250', '275', false],
    ['250', '275.01', true],
    ['250', '225', false],
    ['250', '224.99', true],
    ['250', '0', true],
    ['250', 'NaN', true],
  ])('20: from %s to %s is suspect: %s', (last, next, suspect) => {
    expect(isSuspect(last, next)).toBe(suspect);
  });
});
