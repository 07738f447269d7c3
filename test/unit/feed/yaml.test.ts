import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Fields } from '../../../src/feed/formats/document';
import { yamlOf } from '../../../src/feed/formats/yamlText';

/** Texts that another reader of YAML would take for something else. */
const traps = fc.constantFrom(
  '12e4',
  '007',
  '0x1f',
  'yes',
  'null',
  '~',
  '- a',
  'a: b',
  '# c',
  '"q"',
  "it's",
  '{a}',
  '[b]',
  '&x',
  '*y',
  '!t',
  '|',
  ' pad ',
  'é\n\t\\',
  '🇳🇱',
);
const text = fc.oneof(traps, fc.string({ maxLength: 8 }));
// Negative zero is no number of the documents, and neither is one that JSON has not.
const number = fc.integer();
const { fields } = fc.letrec<{ value: unknown; fields: Fields }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, text, number, fc.boolean(), fc.array(tie('value'), { maxLength: 3 }), tie('fields')),
  // What the letrec builds are values of the document by construction.
  fields: fc.dictionary(fc.oneof(text, fc.constantFrom('proxies', 'grpc-opts')), tie('value'), { maxKeys: 4 }) as fc.Arbitrary<Fields>,
}));

describe('the YAML of a feed', () => {
  it('is read by another reader as what was written', () => {
    fc.assert(
      fc.property(fields, (document) => {
        expect(parse(yamlOf(document)) ?? {}).toEqual({ ...document });
      }),
      { numRuns: 500 },
    );
  });

  it('leaves out what has no value, and writes the first field of an item on the line of its dash', () => {
    expect(yamlOf({ a: undefined, proxies: [{ name: 'x', port: 1, 'ws-opts': { path: '/' } }], rules: [], empty: {} })).toBe(
      'proxies:\n  - name: "x"\n    port: 1\n    ws-opts:\n      path: "/"\nrules: []\nempty: {}\n',
    );
  });
});
