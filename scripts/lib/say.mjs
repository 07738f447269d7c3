import process from 'node:process';

/** Prints one line for the person at the terminal. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Ends with a sentence that says what is wrong and what to do. */
export class SetupProblem extends Error {}

/** Runs `main` and turns a problem into its sentence and exit code 1. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`\n${error instanceof SetupProblem ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
