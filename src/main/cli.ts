import process from 'node:process';
import { createProgram } from './cli/program';
import { isShopError } from '../errors';

createProgram(process.env)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${isShopError(error) ? error.message : error instanceof Error ? error.message : 'the command failed'}\n`);
    process.exitCode = 1;
  });
