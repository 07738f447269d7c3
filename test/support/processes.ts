import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import type { TestShop } from './shop';

/** A role of the shop in a process of its own, which may be killed. */
export interface RoleProcess {
  /** `kill -9`; resolves when it is gone. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** Starts a role as `npm run start:<role>` does, on the engines of a test shop. */
export function startRole(shop: TestShop, role: 'api' | 'bot' | 'worker', changes: Readonly<Record<string, string>> = {}): RoleProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main/shop.ts'], {
    env: { ...process.env, ...shop.environment, ROLE: role, ...changes },
    stdio: 'ignore',
  });
  return {
    async kill() {
      child.kill('SIGKILL');
      await gone(child);
    },
    async stop() {
      child.kill('SIGTERM');
      await gone(child);
    },
  };
}
