import { fork } from 'node:child_process';
import { join } from 'node:path';

/** What a process that holds many subscriptions costs. */
export interface GrowthFigures {
  readonly subscriptions: number;
  readonly microsPerRequest: number;
  readonly residentMb: number;
}

/** Starts a process that holds `count` subscriptions of eight servers each, asks it, and ends it. */
export function benchGrowth(count: number): Promise<GrowthFigures> {
  const child = fork(join(__dirname, 'feedChild.ts'), [String(count)], { execArgv: ['--import', 'tsx'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the process with ${count} subscriptions ended with ${code}`)));
    // What bench/feedChild.ts sends.
    child.once('message', (figures) => resolve(figures as GrowthFigures));
  });
}
