import assert from 'node:assert/strict';
import { codeOf, ensured, power, signal, wish, type ContractCase } from './case';

/** What is read. */
export const readingCases: readonly ContractCase[] = [
  {
    name: 'the list has the account, the targets with a fingerprint that stays, and the same nodes',
    needs: [],
    async run(context) {
      const { opened, panel } = context;
      const desired = wish(context, { targets: opened.targets });
      const before = await panel.listAccounts(signal);
      const seen = await ensured(panel, desired);
      const after = await panel.listAccounts(signal);
      for (const target of opened.targets) {
        const found = after.targets.find((one) => one.target === target);
        assert.equal(found?.enabled, true);
        // A client more is no change of the target.
        assert.equal(found?.fingerprint, before.targets.find((one) => one.target === target)?.fingerprint);
      }
      assert.equal(after.accounts.find((one) => one.name === desired.credentials.name)?.usedBytes, 0);
      if (after.nodesOf !== undefined) assert.deepEqual(after.nodesOf(desired.credentials), seen.targets);
    },
  },
  {
    name: 'health tells the version, the core and the targets',
    needs: [],
    async run({ opened, panel }) {
      const health = await panel.health();
      assert.match(health.version, /\d/);
      assert.ok(health.coreState !== '');
      for (const target of opened.targets) assert.ok(health.targets.some((one) => one.target === target && one.enabled));
      const { evidence } = await panel.capabilities(signal);
      if (evidence === 'untried') assert.match(health.warnings.join('\n'), /never tried on a real panel/);
    },
  },
  {
    name: 'a wrong password is said to be wrong, and the panel is not asked again at once',
    needs: ['countLogins'],
    async run(context) {
      const wrong = context.opened.connect('password');
      const before = await power(context, 'countLogins')();
      assert.equal(await codeOf(wrong.listAccounts(signal)), 'PanelAuthFailed');
      assert.equal(await codeOf(wrong.listAccounts(signal)), 'PanelAuthFailed');
      assert.ok((await power(context, 'countLogins')()) - before <= 1);
      await wrong.close();
    },
  },
  {
    name: 'a wrong path is said to be wrong',
    needs: ['countLogins'],
    async run({ opened }) {
      const wrong = opened.connect('path');
      assert.equal(await codeOf(wrong.listAccounts(signal)), 'PanelBadConfig');
      await wrong.close();
    },
  },
];
