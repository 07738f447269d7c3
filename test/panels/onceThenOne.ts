import { expect, it } from '@jest/globals';
import type { ShopErrorCode } from '../../src/errors';
import type { DesiredAccount, Panel } from '../../src/panels/panel';
import { codeOf, signal } from './contract/case';
import type { ServedPanel } from './serve';

/** How the panel fails, in which of its calls, and what the adapter says of it. */
export type Failure = readonly [mode: string, operation: string, code: ShopErrorCode];

/** One failure of each kind while an account is made; the next try makes exactly one user. */
export function failsOnceThenMakesOne(
  failures: readonly Failure[],
  parts: () => { readonly panel: Panel; readonly served: ServedPanel; readonly desired: DesiredAccount },
): void {
  it.each(failures)('on %s of "%s" fails with %s and the next try makes one user', async (mode, operation, code) => {
    const { panel, served, desired } = parts();
    await served.fault({ mode, operation, count: 1 });
    expect(await codeOf(panel.ensureAccount(desired, signal))).toBe(code);
    await panel.ensureAccount(desired, signal);
    expect(await served.clients()).toHaveLength(1);
  });
}
