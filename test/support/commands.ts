import process from 'node:process';
import { jest } from '@jest/globals';
import { createProgram } from '../../src/main/cli/program';
import type { TestShop } from './shop';

export interface CommandAnswer {
  /** What was printed. */
  readonly out: string;
  /** The sentence of a command that was refused; undefined when it worked. */
  readonly refusal: string | undefined;
}

/** Runs a command of the operator's command line against a shop that runs: `refund`, `ord_…`, `--unused`. */
export async function runCommand(shop: TestShop, ...words: readonly string[]): Promise<CommandAnswer> {
  const lines: string[] = [];
  const written = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  try {
    const program = createProgram({ ...shop.environment });
    for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: () => undefined });
    await program.parseAsync(['node', 'shop', ...words]);
    return { out: lines.join(''), refusal: undefined };
  } catch (error) {
    return { out: lines.join(''), refusal: error instanceof Error ? error.message : 'no sentence' };
  } finally {
    written.mockRestore();
  }
}
