import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../../test/support/stack';
import { findPanelHealth } from '../db/panelHealth';
import { defaultBreakerPace } from '../domain/breaker';
import { defaultPolicy } from '../domain/policy';
import { ShopError } from '../errors';
import type { Panel } from '../panels/panel';
import { createPanelWriter } from '../panels/panelWriter';
import type { PanelDeps } from './deps';
import { askPanel, runOnPanel } from './panelWork';

const unused = (): never => {
  throw new Error('not part of this test');
};

describe('work on a panel', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.db('panels').insert(
      ['called-off', 'silent'].map((id) => ({
        id,
        kind: '3x-ui',
        url: 'https://panel.example',
        credentials_sealed: 'sealed',
        tls: '{}',
      })),
    );
  });
  afterAll(() => database.drop());

  function deps(): PanelDeps {
    // Only this question is asked of the panel itself: the work is the test's own.
    const panel = { capabilities: () => Promise.resolve({ singleWriter: true }) } as unknown as Panel;
    return {
      db: database.db,
      clock: { now: () => new Date() },
      log: { warn: unused, error: unused },
      settings: unused,
      policy: defaultPolicy,
      panels: { get: () => Promise.resolve(panel) },
      writer: createPanelWriter(() => Promise.resolve({ lost: new AbortController().signal, release: () => Promise.resolve() })),
      breaker: defaultBreakerPace,
      checkMs: 1_000,
      atWork: new Map(),
    };
  }

  const breakOff = (signal: AbortSignal): Promise<never> => {
    if (signal.aborted) throw new ShopError('PanelUnknownOutcome', { message: 'the panel gave no answer (AbortError)' });
    throw new Error('not called off');
  };

  it('that was called off says nothing about the panel, however often', async () => {
    for (let time = 0; time < 5; time += 1) {
      const ending = new AbortController();
      const write = runOnPanel(deps(), { panelId: 'called-off', signal: ending.signal }, (signal) => {
        ending.abort();
        return breakOff(signal);
      });
      await expect(write).rejects.toMatchObject({ code: 'Busy' });
      const question = askPanel(deps(), { panelId: 'called-off', signal: AbortSignal.abort() }, () => breakOff(AbortSignal.abort()));
      await expect(question).rejects.toMatchObject({ code: 'Busy' });
    }
    expect(await findPanelHealth(database.db, 'called-off')).toBeUndefined();
  });

  it('that gets no answer three times makes the panel count as down', async () => {
    const { signal } = new AbortController();
    const fail = (): never => {
      throw new ShopError('PanelUnavailable', { message: 'the panel gave no answer' });
    };
    for (let time = 0; time < 3; time += 1)
      await expect(runOnPanel(deps(), { panelId: 'silent', signal }, fail)).rejects.toMatchObject({ code: 'PanelUnavailable' });
    expect(await findPanelHealth(database.db, 'silent')).toMatchObject({ state: 'down', failures: 3 });
  });
});
