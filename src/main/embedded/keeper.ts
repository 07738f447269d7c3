import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ShopError } from '../../errors';

const message = z.object({
  ready: z.boolean().optional(),
  initialised: z.boolean().optional(),
  failed: z.string().optional(),
  pid: z.number().optional(),
});

/** A server that lives as long as this process, and not a moment longer. */
export interface Kept {
  /** Process of the server itself where it is known. */
  readonly pid: number | undefined;
  /** Ends the server and waits until it is gone. */
  stop(): Promise<void>;
}

/** Folder of the project, from the sources and from a build alike. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** Starts a server through a keeper process that ends it when this process is gone, even by `kill -9`. */
export async function keep(task: Readonly<Record<string, unknown>>, onInitialised?: () => void): Promise<Kept> {
  // A group of its own: Ctrl-C reaches the shop first, which then ends its servers in order.
  const child = spawn(process.execPath, [join(projectRoot(), 'scripts', 'keeper.mjs'), JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    cwd: projectRoot(),
  });
  const pid = await new Promise<number | undefined>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = message.parse(JSON.parse(line));
      if (said.initialised === true) onInitialised?.();
      if (said.ready === true) resolve(said.pid);
      if (said.failed !== undefined) reject(new ShopError('ConfigInvalid', { message: said.failed }));
    });
    child.once('exit', () => reject(new ShopError('ConfigInvalid', { message: 'the server ended while it started' })));
  });
  child.unref();
  return {
    pid,
    async stop() {
      // Its end is waited for now, so it has to hold this process again.
      child.ref();
      child.stdin.end();
      await ended(child);
    },
  };
}
