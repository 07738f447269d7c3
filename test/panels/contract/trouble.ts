import assert from 'node:assert/strict';
import {
  assertHeld,
  assertNodes,
  asWriter,
  codeOf,
  ensured,
  gigabyte,
  inDays,
  listed,
  power,
  signal,
  wish,
  type ContractCase,
} from './case';

/** What must come right in spite of everything. */
export const troubleCases: readonly ContractCase[] = [
  {
    name: 'at once from two worker processes makes one account each, with the paid end',
    needs: [],
    async run(context) {
      const { opened } = context;
      const workers = [opened.connect(), opened.connect()];
      const wishes = Array.from({ length: 4 }, () => wish(context, { targets: opened.targets }));
      // The same wishes from both, so that creating, finding and creating others overlap in every way.
      await Promise.all(
        workers.flatMap((panel) =>
          wishes.map((desired) => asWriter(opened, panel, (held) => panel.ensureAccount(desired, AbortSignal.any([held, signal])))),
        ),
      );
      for (const desired of wishes) await assertHeld(context.panel, desired);
      const later = wishes.map((desired) => ({ ...desired, endsAt: inDays(60) }));
      await Promise.all(
        later.map((desired, index) => {
          const panel = workers[index % 2] ?? context.panel;
          return asWriter(opened, panel, () => panel.ensureAccount(desired, signal));
        }),
      );
      for (const desired of later) await assertHeld(context.panel, desired);
      await Promise.all(workers.map((panel) => panel.close()));
    },
  },
  ...(['create', 'update'] as const).map((change): ContractCase => ({
    name: `an answer to "${change}" that is lost is an unknown outcome, and the repeat ends with one account as paid`,
    needs: ['dropAnswer'],
    async run(context) {
      const { opened, panel } = context;
      const first = wish(context, { targets: opened.targets });
      if (change === 'update') await ensured(panel, first);
      const desired = { ...first, endsAt: inDays(77) };
      await power(context, 'dropAnswer')(change);
      assert.equal(await codeOf(panel.ensureAccount(desired, signal)), 'PanelUnknownOutcome');
      await ensured(panel, desired);
    },
  })),
  {
    name: 'an answer to "remove" that is lost is an unknown outcome, and the repeat finds it done',
    needs: ['dropAnswer'],
    async run(context) {
      const { opened, panel } = context;
      const stays = wish(context, { targets: opened.targets });
      const desired = wish(context, { targets: opened.targets });
      await ensured(panel, stays);
      await ensured(panel, desired);
      await power(context, 'dropAnswer')('remove');
      assert.equal(await codeOf(panel.removeAccount(desired.credentials, signal)), 'PanelUnknownOutcome');
      await panel.removeAccount(desired.credentials, signal);
      assert.deepEqual(await listed(panel, desired.credentials.name), []);
      await assertHeld(panel, stays);
    },
  },
  {
    name: 'after a restore of an old backup the account is as paid again: made anew, or its end put right',
    needs: ['backUp'],
    async run(context) {
      const { opened, panel } = context;
      const desired = wish(context, { targets: opened.targets });
      const restoreNothing = await power(context, 'backUp')();
      await ensured(panel, desired);
      const restoreOld = await power(context, 'backUp')();
      const later = { ...desired, endsAt: inDays(300) };
      await ensured(panel, later);
      await restoreOld();
      await assertHeld(panel, desired);
      await ensured(panel, later);
      await restoreNothing();
      assert.deepEqual(await listed(panel, desired.credentials.name), []);
      await ensured(panel, later);
    },
  },
  {
    name: 'a foreign account with its name is a conflict, and is neither changed, reset nor removed',
    needs: ['addForeign'],
    async run(context) {
      const { panel } = context;
      const desired = wish(context);
      await power(context, 'addForeign')(desired.credentials);
      const before = (await panel.listAccounts(signal)).accounts;
      assert.equal(await codeOf(panel.ensureAccount(desired, signal)), 'PanelConflict');
      assert.equal(await codeOf(panel.resetUsage(desired, signal)), 'PanelConflict');
      await panel.removeAccount(desired.credentials, signal);
      const after = (await panel.listAccounts(signal)).accounts;
      assert.deepEqual(after, before);
      assert.ok(
        after.some((account) => account.name.toLowerCase() === desired.credentials.name && account.uuid !== desired.credentials.uuid),
      );
    },
  },
  {
    name: 'a used-up account is open again after its reset, at 0, with its end and limit',
    needs: ['useUp'],
    async run(context) {
      const { opened, panel } = context;
      const desired = wish(context, { targets: opened.targets, trafficLimitBytes: gigabyte });
      await ensured(panel, desired);
      await power(context, 'useUp')(desired.credentials, 2 * gigabyte);
      const used = await listed(panel, desired.credentials.name);
      assert.ok((used[0]?.usedBytes ?? 0) >= gigabyte);
      const seen = await panel.resetUsage(desired, signal);
      assertNodes(seen, desired);
      await assertHeld(panel, desired);
      const after = await listed(panel, desired.credentials.name);
      assert.equal(after[0]?.usedBytes, 0);
      await power(context, 'useUp')(desired.credentials, 0);
      await assertHeld(panel, desired);
    },
  },
  {
    name: 'an account that the panel shut at its end is open again when it is extended',
    needs: ['runJobs'],
    async run(context) {
      const { opened, panel } = context;
      const desired = wish(context, { targets: opened.targets, endsAt: inDays(-1) });
      await panel.ensureAccount(desired, signal);
      await power(context, 'runJobs')();
      const renewed = { ...desired, endsAt: inDays(30) };
      await ensured(panel, renewed);
      await power(context, 'runJobs')();
      await assertHeld(panel, renewed);
    },
  },
];
