import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { openTestShop, type TestShop, type TestShopOptions } from './shop';

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
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', './test/support/endWithTest.mjs', 'src/main/shop.ts'], {
    env: { ...process.env, ...shop.environment, ROLE: role, ...changes },
    stdio: ['pipe', 'ignore', 'ignore'],
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

/** A shop whose worker (or bot) is a process of its own. */
export interface SplitShop {
  readonly shop: TestShop;
  /** `kill -9`; the role is gone until `start`. */
  kill(): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

/** Opens a shop with `apart` in a process of its own and the other roles in this one. */
export async function openSplitShop(apart: 'worker' | 'bot', options: TestShopOptions = {}): Promise<SplitShop> {
  const shop = await openTestShop({ ...options, closed: true });
  await shop.open('api');
  await shop.open(apart === 'worker' ? 'bot' : 'worker');
  let role = startRole(shop, apart);
  return {
    shop,
    kill: () => role.kill(),
    start() {
      role = startRole(shop, apart);
    },
    async close() {
      await role.stop();
      await shop.close();
    },
  };
}
