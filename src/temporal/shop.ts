import { setTimeout as wait } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ShopError } from '../errors';
import type { userWorkflow } from '../workflows/index';
import { updateOf, wishNames, type RequestOf, type ResultOf, type WishName } from '../workflows/user/messages/wishes';
import { userStart, type StartSettings } from './userStart';

/** Longest an edge waits for an answer; Telegram shows its spinner about that long. */
const askDeadlineMs = 8_000;
const busyPauseMs = 150;
/** Updates of one user under way at once; the server allows 10 per workflow. */
const inFlightPerUser = 8;

type Asked<Name extends WishName> = Omit<RequestOf<Name>, 'v'> & { readonly userId: number };

/**
 * What edges may ask of a user's workflow, by the name of the update. Throws `ShopError` `TemporalUnavailable` when no answer came within
 * 8 s: the wish may still be carried out, and asking again with the same key is safe.
 */
export type Shop = { readonly [Name in WishName]: (wish: Asked<Name>) => Promise<ResultOf<Name>> };

function failureCode(error: unknown): string | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  return error.cause instanceof ApplicationFailure ? (error.cause.type ?? 'Internal') : 'Internal';
}

/** A gate per user that lets a few calls through at once and keeps the rest waiting in order. */
function createGate(limit: number): <T>(userId: number, work: () => Promise<T>) => Promise<T> {
  const users = new Map<number, { running: number; readonly waiting: (() => void)[] }>();
  return async (userId, work) => {
    const lane = users.get(userId) ?? { running: 0, waiting: [] };
    users.set(userId, lane);
    if (lane.running >= limit) await new Promise<void>((resolve) => lane.waiting.push(resolve));
    lane.running += 1;
    try {
      return await work();
    } finally {
      lane.running -= 1;
      lane.waiting.shift()?.();
      if (lane.running === 0 && lane.waiting.length === 0) users.delete(userId);
    }
  };
}

/** Makes the port that edges use. */
export function createShop(client: Client, settings: StartSettings): Shop {
  const gate = createGate(inFlightPerUser);

  async function askOnce(name: WishName, { userId, ...wish }: Asked<WishName>, deadline: number): Promise<ResultOf<WishName>> {
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof userWorkflow>('userWorkflow', {
      ...userStart(userId, settings),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    // The caller of each member of the port gave the request of that name.
    const request = { v: 1, ...wish } as RequestOf<WishName>;
    return client.withDeadline(deadline, () =>
      client.workflow.executeUpdateWithStart(updateOf(name), { args: [request], startWorkflowOperation }),
    );
  }

  async function ask(name: WishName, wish: Asked<WishName>): Promise<ResultOf<WishName>> {
    const deadline = Date.now() + askDeadlineMs;
    for (;;) {
      try {
        return await gate(wish.userId, () => askOnce(name, wish, deadline));
      } catch (error) {
        const code = failureCode(error);
        if (code !== undefined && code !== 'Busy')
          throw new ShopError('Internal', { message: `the user's workflow failed: ${code}`, cause: error });
        if (code === undefined || Date.now() + busyPauseMs >= deadline) {
          throw new ShopError('TemporalUnavailable', { message: 'no answer of the workflow in time', cause: error });
        }
        await wait(busyPauseMs);
      }
    }
  }

  // Each wish is answered by the update of its own name.
  return Object.fromEntries(wishNames.map((name) => [name, (wish: Asked<typeof name>) => ask(name, wish)])) as unknown as Shop;
}
