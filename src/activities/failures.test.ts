import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure, asyncLocalStorage, type Context } from '@temporalio/activity';
import { ShopError, type ShopErrorCode } from '../errors';
import { createFailureInterceptor, toFailure } from './failures';

describe('the failure that Temporal is told', () => {
  it.each([
    [-20, 1],
    [0, 1],
    [250, 250],
  ])('asks for a pause of %i ms as %i ms: one of zero would end the activity', (retryAfterMs, asked) => {
    expect(toFailure(new ShopError('PanelUnavailable', { message: 'down', retryAfterMs }), 0).nextRetryDelay).toBe(asked);
  });

  it('leaves the pause to the retry policy where nobody named one', () => {
    expect(toFailure(new ShopError('PanelUnavailable', { message: 'down' }), 0).nextRetryDelay).toBeUndefined();
  });
});

describe('the count of bugs', () => {
  const quiet = (): void => undefined;
  const inbound = createFailureInterceptor({ log: { warn: quiet, error: quiet }, alert: () => Promise.resolve() });

  async function fails(code: ShopErrorCode, { activityId, attempt }: { activityId: string; attempt: number }): Promise<boolean> {
    const info = { activityId, attempt, activityType: 'ensureAccount', workflowExecution: { workflowId: 'w', runId: 'r' } };
    // All that the interceptor reads of its context.
    const context = { info } as unknown as Context;
    const work = (): Promise<never> => Promise.reject(new ShopError(code, { message: 'it failed' }));
    const failure: unknown = await asyncLocalStorage.run(context, async () =>
      inbound.execute?.({ args: [], headers: {} }, work).catch((error: unknown) => error),
    );
    if (!(failure instanceof ApplicationFailure)) throw new Error('not the failure that Temporal knows');
    return failure.nonRetryable === true;
  }

  it('ends an activity at its fourth bug, however often the world failed it before', async () => {
    for (let attempt = 1; attempt <= 40; attempt += 1) expect(await fails('PanelUnavailable', { activityId: '1', attempt })).toBe(false);
    expect(await fails('Internal', { activityId: '1', attempt: 41 })).toBe(false);
    expect(await fails('Internal', { activityId: '2', attempt: 1 })).toBe(false);
    expect(await fails('PanelUnavailable', { activityId: '1', attempt: 42 })).toBe(false);
    const ended: boolean[] = [];
    for (let attempt = 43; attempt <= 45; attempt += 1) ended.push(await fails('Internal', { activityId: '1', attempt }));
    expect(ended).toEqual([false, false, true]);
  });
});
