import type { AccountCredentials } from '../../src/panels/panel';
import { signal, type ContractCase } from './contract/case';
import { readingCases } from './contract/reading';
import { troubleCases } from './contract/trouble';
import { writingCases } from './contract/writing';
import type { OpenedPanel } from './harness';

/** Every promise of the port, in the order in which they are best read. */
export const contractCases: readonly ContractCase[] = [...writingCases, ...readingCases, ...troubleCases];

/** Powers that a case needs and the panel at hand has not. */
export function missingPowers(one: ContractCase, opened: OpenedPanel): readonly string[] {
  return one.needs.filter((name) => opened.powers[name] === undefined);
}

/** Runs one case and takes away what it made, whatever came of it. */
export async function keepsContract(one: ContractCase, opened: OpenedPanel): Promise<void> {
  const panel = opened.connect();
  const made: AccountCredentials[] = [];
  try {
    await one.run({ opened, panel, made });
  } finally {
    for (const credentials of made) await panel.removeAccount(credentials, signal).catch(() => undefined);
    await panel.close();
  }
}
