import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../../src/main/bundle';
import { bundleFolder } from '../support/stack';

const folder = join(process.cwd(), 'test', 'histories');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

// Histories are what `temporal workflow show --output json` writes.
function load(name: string): object {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
}

async function replay(history: object): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle(bundleFolder) }, history, 'replayed');
}

describe('committed histories', () => {
  it('are there', () => {
    expect(names.length).toBeGreaterThanOrEqual(5);
  });

  it.each(names)('%s replays on the code of today', async (name) => {
    await replay(load(name));
  });

  it('catch a story that was changed', async () => {
    const text = readFileSync(join(folder, 'purchase-user.json'), 'utf8').replaceAll('"applyPayment"', '"bookPayment"');
    await expect(replay(JSON.parse(text) as object)).rejects.toThrow(DeterminismViolationError);
  });
});
