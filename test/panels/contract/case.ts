import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { isShopError, type ShopErrorCode } from '../../../src/errors';
import type { AccountCredentials, DesiredAccount, ListedAccount, Panel, PanelCapabilities, SeenAccount } from '../../../src/panels/panel';
import type { OpenedPanel, PanelPowers } from '../harness';

/** One promise of the port, and how to see whether an adapter keeps it. */
export interface ContractCase {
  readonly name: string;
  readonly needs: readonly (keyof PanelPowers)[];
  run(context: CaseContext): Promise<void>;
}

/** A panel, and the accounts that a case made on it: whoever runs the case takes them away afterwards. */
export interface CaseContext {
  readonly opened: OpenedPanel;
  readonly panel: Panel;
  readonly made: AccountCredentials[];
}

/** Bytes. */
export const gigabyte = 1024 ** 3;
/** One that never fires. */
export const signal = new AbortController().signal;

/** An instant in whole seconds: the coarsest clock any panel has. */
export function inDays(days: number): Date {
  return new Date((Math.floor(Date.now() / 1000) + days * 86_400) * 1000);
}

/** A wish for an account of its own; the context keeps its credentials. */
export function wish({ opened, made }: CaseContext, changes: Partial<DesiredAccount> = {}): DesiredAccount {
  const credentials: AccountCredentials = {
    name: `kt${randomBytes(6).toString('hex')}`,
    uuid: randomUUID(),
    password: randomBytes(16).toString('hex'),
    subId: randomBytes(8).toString('hex'),
  };
  made.push(changes.credentials ?? credentials);
  return {
    credentials,
    enabled: true,
    endsAt: inDays(30),
    trafficLimitBytes: 50 * gigabyte,
    deviceLimit: 3,
    targets: [opened.targets[0]],
    ...changes,
  };
}

/** Code of the `ShopError` that came of it. */
export async function codeOf(work: Promise<unknown>): Promise<ShopErrorCode | 'none'> {
  try {
    await work;
  } catch (error) {
    if (isShopError(error)) return error.code;
    throw error;
  }
  return 'none';
}

/** What the panel lists under a name, in whatever case. */
export async function listed(panel: Panel, name: string): Promise<readonly ListedAccount[]> {
  return (await panel.listAccounts(signal)).accounts.filter((account) => account.name.toLowerCase() === name.toLowerCase());
}

function assertSame(account: ListedAccount, desired: DesiredAccount, capabilities: PanelCapabilities): void {
  assert.deepEqual(
    {
      enabled: account.enabled,
      endsAt: account.endsAt?.toISOString(),
      trafficLimitBytes: account.trafficLimitBytes,
      targets: account.targets.toSorted(),
      uniform: account.uniform,
    },
    {
      enabled: desired.enabled,
      endsAt: desired.endsAt.toISOString(),
      trafficLimitBytes: desired.trafficLimitBytes,
      targets: desired.targets.toSorted(),
      uniform: true,
    },
  );
  if (capabilities.deviceLimit !== 'none' && account.deviceLimit !== undefined) assert.equal(account.deviceLimit, desired.deviceLimit);
}

/** The panel holds exactly one account under the name, and it is as wished. */
export async function assertHeld(panel: Panel, desired: DesiredAccount): Promise<void> {
  const found = await listed(panel, desired.credentials.name);
  assert.equal(found.length, 1, `one account under the name, not ${found.length}`);
  const [account] = found;
  assert.ok(account !== undefined);
  assertSame(account, desired, await panel.capabilities(signal));
}

/** Every wished target has a node, and no other has. Some panels hand out none for an account that is off. */
export function assertNodes(seen: SeenAccount, desired: DesiredAccount): void {
  assert.deepEqual(seen.targets.map((one) => one.target).toSorted(), desired.targets.toSorted());
  if (!desired.enabled) return;
  for (const { nodes } of seen.targets) assert.ok(nodes.length > 0, 'every target has a node');
}

/** Ensures, and looks at what the panel holds then. */
export async function ensured(panel: Panel, desired: DesiredAccount): Promise<SeenAccount> {
  const seen = await panel.ensureAccount(desired, signal);
  await assertHeld(panel, desired);
  assertNodes(seen, desired);
  return seen;
}

/** Runs work as a worker process does: as the only writer where the panel needs that. */
export async function asWriter<T>(opened: OpenedPanel, panel: Panel, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { singleWriter } = await panel.capabilities(signal);
  return singleWriter ? opened.writer.run('contract', work) : work(signal);
}

/** A power that the case has said it needs. */
export function power<Name extends keyof PanelPowers>({ opened }: CaseContext, name: Name): PanelPowers[Name] {
  const found = opened.powers[name];
  assert.ok(found !== undefined, `the harness cannot do: ${name}`);
  return found;
}
