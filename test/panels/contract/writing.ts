import assert from 'node:assert/strict';
import { assertHeld, assertNodes, codeOf, ensured, gigabyte, inDays, listed, signal, wish, type ContractCase } from './case';

/** What is written, and that nothing else is. */
export const writingCases: readonly ContractCase[] = [
  {
    name: 'an account is made with every limit, is read back, and has a node on each target',
    needs: [],
    async run(context) {
      const seen = await ensured(context.panel, wish(context, { targets: context.opened.targets }));
      assert.equal(seen.changed, true);
    },
  },
  {
    name: 'the same call twice is the same as once',
    needs: [],
    async run(context) {
      const desired = wish(context, { targets: context.opened.targets });
      const first = await ensured(context.panel, desired);
      const second = await ensured(context.panel, desired);
      assert.equal(second.changed, false);
      assert.deepEqual(second.targets, first.targets);
    },
  },
  {
    name: 'an end moves later and earlier, limits change, and nothing else does',
    needs: [],
    async run(context) {
      const desired = wish(context, { targets: context.opened.targets });
      await ensured(context.panel, desired);
      await ensured(context.panel, { ...desired, endsAt: inDays(90) });
      await ensured(context.panel, { ...desired, endsAt: inDays(2) });
      await ensured(context.panel, { ...desired, trafficLimitBytes: 7 * gigabyte, deviceLimit: 5 });
      await ensured(context.panel, { ...desired, trafficLimitBytes: 0, deviceLimit: 0 });
      await ensured(context.panel, desired);
    },
  },
  {
    name: 'an account is switched off and on again, with its end and limits',
    needs: [],
    async run(context) {
      const desired = wish(context, { targets: context.opened.targets });
      await ensured(context.panel, desired);
      await ensured(context.panel, { ...desired, enabled: false });
      await ensured(context.panel, desired);
    },
  },
  {
    name: 'an account can be made switched off',
    needs: [],
    run: async (context) => void (await ensured(context.panel, wish(context, { enabled: false }))),
  },
  {
    name: 'an account goes to further targets and away from others, limits with it',
    needs: [],
    async run(context) {
      const [first, second] = context.opened.targets;
      const desired = wish(context, { targets: [first] });
      await ensured(context.panel, desired);
      await ensured(context.panel, { ...desired, targets: [first, second] });
      await ensured(context.panel, { ...desired, targets: [second] });
    },
  },
  {
    name: 'one target of several absent is named, and the account is whole once the wish is right',
    needs: [],
    async run(context) {
      const { opened, panel } = context;
      const desired = wish(context, { targets: [opened.targets[0], opened.absentTarget] });
      assert.equal(await codeOf(panel.ensureAccount(desired, signal)), 'PanelTargetMissing');
      for (const account of await listed(panel, desired.credentials.name)) {
        assert.equal(account.endsAt?.toISOString(), desired.endsAt.toISOString());
        assert.equal(account.trafficLimitBytes, desired.trafficLimitBytes);
      }
      await ensured(panel, { ...desired, targets: opened.targets });
    },
  },
  {
    name: 'removing is done once and for all, twice is the same as once, and others stay',
    needs: [],
    async run(context) {
      const { opened, panel } = context;
      const gone = wish(context, { targets: opened.targets });
      const stays = wish(context, { targets: opened.targets });
      await ensured(panel, stays);
      await ensured(panel, gone);
      await panel.removeAccount(gone.credentials, signal);
      assert.deepEqual(await listed(panel, gone.credentials.name), []);
      await panel.removeAccount(gone.credentials, signal);
      await assertHeld(panel, stays);
    },
  },
  {
    name: 'a reset of an account that used nothing leaves it as it was',
    needs: [],
    async run(context) {
      const desired = wish(context, { targets: context.opened.targets });
      await ensured(context.panel, desired);
      assertNodes(await context.panel.resetUsage(desired, signal), desired);
      await assertHeld(context.panel, desired);
    },
  },
];
