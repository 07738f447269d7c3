import type { Client } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { ShopError } from '../errors';
import type { userWorkflow } from '../workflows/index';
import { operationFinished, paymentReported, resync, userEventReported } from '../workflows/user/messages';
import { userStart, type StartSettings } from './userStart';

/** Longest a signal may take; who sent it sends it again later. */
const signalDeadlineMs = 2_000;

/** Facts for users' workflows. Each starts the workflow where it does not run; each may be repeated. */
export interface UserSignals {
  paymentReported(userId: number, paymentId: string): Promise<void>;
  operationFinished(userId: number, operationId: string): Promise<void>;
  resync(userId: number): Promise<void>;
  userEventReported(userId: number): Promise<void>;
}

/** Makes the sender of signals; it throws `ShopError` `TemporalUnavailable` when Temporal took none within 2 s. */
export function createUserSignals(client: Client, settings: StartSettings): UserSignals {
  async function signal<Fact>(userId: number, definition: SignalDefinition<[Fact]>, fact: Fact): Promise<void> {
    try {
      await client.withDeadline(Date.now() + signalDeadlineMs, () =>
        client.workflow.signalWithStart<typeof userWorkflow, [Fact]>('userWorkflow', {
          ...userStart(userId, settings),
          signal: definition,
          signalArgs: [fact],
        }),
      );
    } catch (error) {
      throw new ShopError('TemporalUnavailable', { message: 'Temporal did not take a signal', cause: error });
    }
  }
  return {
    paymentReported: (userId, paymentId) => signal(userId, paymentReported, { v: 1, paymentId }),
    operationFinished: (userId, operationId) => signal(userId, operationFinished, { v: 1, operationId }),
    resync: (userId) => signal(userId, resync, { v: 1 }),
    userEventReported: (userId) => signal(userId, userEventReported, { v: 1 }),
  };
}
