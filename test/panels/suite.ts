import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { contractCases, keepsContract, missingPowers } from './contract';
import type { OpenedPanel, PanelHarness } from './harness';

/** The contract suite for one adapter and version, on a fresh panel for each case; a simulator has every power. */
export function describeContract(harness: PanelHarness): void {
  describe.each([harness])('$title', () => {
    let opened: OpenedPanel;
    beforeEach(async () => {
      opened = await harness.open();
    });
    afterEach(() => opened.close());

    it.each(contractCases)('$name', async (one) => {
      const missing = missingPowers(one, opened);
      if (missing.length > 0) throw new Error(`the harness of a simulator has to be able to do: ${missing.join(', ')}`);
      await keepsContract(one, opened);
    });
  });
}
