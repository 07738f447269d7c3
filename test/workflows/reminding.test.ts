import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { ReminderInput, ReminderOutcome } from '../../src/activities/contract';
import { defaultPolicy } from '../../src/domain/policy';
import type { ReminderKind } from '../../src/domain/reminder';
import type { Deadline, UserView } from '../../src/domain/user';
import { workflowBundle } from '../../src/main/bundle';
import { tuned } from '../../src/main/tuning';
import { connectTemporal } from '../../src/temporal/connection';
import { ensureNamespace } from '../../src/temporal/namespace';
import type { UserWorkflowInput } from '../../src/workflows/user/messages';
import { queues } from '../../src/workflows/queues';
import { quick } from '../support/shop';
import { bundleFolder, takeNamespace, testTemporalAddress } from '../support/stack';
import { until } from '../support/until';

const endsAt = '2026-05-01T12:00:00.000Z';
const { times } = tuned(quick);

/** An answer that is given when the test says so. */
interface Asked<Input, Answer> {
  readonly input: Input;
  answer(answer: Answer): void;
}

/** An activity whose calls wait for the test. */
function asking<Input, Answer>(): { readonly calls: Asked<Input, Answer>[]; readonly activity: (input: Input) => Promise<Answer> } {
  const calls: Asked<Input, Answer>[] = [];
  return { calls, activity: (input) => new Promise((answer) => calls.push({ input, answer })) };
}

function viewOf(kinds: readonly ReminderKind[]): UserView {
  const at = new Date().toISOString();
  return {
    userId: 1,
    openOrders: [],
    operations: [],
    subscriptions: [],
    reminders: kinds.map((reminder) => ({ subscriptionId: 'sub_1', reminder, endsAt, at })),
    parkedItems: 0,
    policy: { ...defaultPolicy, searchAttributes: false },
  };
}

describe('reminders beside the loop of a user', () => {
  let connection: NativeConnection;
  let client: Client;
  let handle: WorkflowHandle;
  const running: { readonly worker: Worker; readonly ended: Promise<void> }[] = [];
  let loads = asking<{ userId: number }, UserView>();
  let sends = asking<ReminderInput, ReminderOutcome>();

  async function work(taskQueue: string, activities: object): Promise<void> {
    const bundle = taskQueue === queues.shop ? { workflowBundle: await workflowBundle(bundleFolder) } : {};
    const { namespace } = client.options;
    const worker = await Worker.create({ connection, namespace, taskQueue, activities, stickyQueueScheduleToStartTimeout: 500, ...bundle });
    running.push({ worker, ended: worker.run() });
  }
  const workOnStories = (): Promise<void> => work(queues.shop, { loadUser: loads.activity });

  async function rest(from = 0): Promise<void> {
    const resting = running.splice(from);
    for (const { worker } of resting) worker.shutdown();
    await Promise.all(resting.map(({ ended }) => ended));
  }

  const nthCall = <Input, Answer>(of: readonly Asked<Input, Answer>[], count: number): Promise<Asked<Input, Answer>> =>
    until(`there are ${count} calls`, () => Promise.resolve(of[count - 1]), 15_000);

  async function reminders(): Promise<{ readonly asked: number; readonly answered: number }> {
    const { events } = await handle.fetchHistory();
    const asked = new Set(
      (events ?? [])
        .filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'sendReminder')
        .map((event) => String(event.eventId)),
    );
    const ended = (events ?? []).filter((event) => asked.has(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)));
    return { asked: asked.size, answered: ended.length };
  }

  beforeAll(async () => {
    const options = { address: testTemporalAddress(), namespace: await takeNamespace() };
    client = connectTemporal(options);
    await ensureNamespace(client);
  });
  beforeEach(async () => {
    connection = await NativeConnection.connect({ address: testTemporalAddress() });
    loads = asking();
    sends = asking();
    await work(queues.reminders, { sendReminder: sends.activity });
    await workOnStories();
    const input: UserWorkflowInput = { v: 1, userId: 1, times };
    handle = await until('the namespace is there', () =>
      client.workflow
        .start('userWorkflow', { taskQueue: queues.shop, workflowId: `user-${randomUUID()}`, args: [input] })
        .catch(() => undefined),
    );
  });
  afterEach(async () => {
    await handle.terminate();
    for (const call of sends.calls) call.answer({ outcome: 'gone' });
    for (const call of loads.calls) call.answer(viewOf([]));
    await rest();
    await connection.close();
  });

  it('that is put off comes again, though another was sent in the same moment and nothing else is due', async () => {
    (await nthCall(loads.calls, 1)).answer(viewOf(['missed', 'come_back']));
    await nthCall(sends.calls, 2);
    // Both answers wait for the next worker, which takes them at once.
    await rest(1);
    const callOf = (kind: ReminderKind): Asked<ReminderInput, ReminderOutcome> | undefined =>
      sends.calls.find((call) => call.input.kind === kind);
    callOf('missed')?.answer({ outcome: 'waiting', at: new Date().toISOString() });
    await until('the first answer is there', async () => (await reminders()).answered === 1);
    callOf('come_back')?.answer({ outcome: 'sent' });
    await until('the second is there too', async () => (await reminders()).answered === 2);
    await workOnStories();
    expect((await nthCall(sends.calls, 3)).input.kind).toBe('missed');
  });

  it('that is put off comes again, though the facts were read while it was under way', async () => {
    (await nthCall(loads.calls, 1)).answer(viewOf(['missed']));
    const first = await nthCall(sends.calls, 1);
    await handle.signal('resync', { v: 1 });
    const load = await nthCall(loads.calls, 2);
    const at = new Date().toISOString();
    first.answer({ outcome: 'waiting', at });
    await until('it is known when it comes again', async () => {
      const deadlines = await handle.query<readonly Deadline[]>('getDeadlines');
      return deadlines.some((deadline) => deadline.at === at);
    });
    load.answer(viewOf([]));
    expect((await nthCall(sends.calls, 2)).input.kind).toBe('missed');
  });

  it('is begun once, though the facts still say that it is due', async () => {
    (await nthCall(loads.calls, 1)).answer(viewOf(['missed']));
    await nthCall(sends.calls, 1);
    await handle.signal('resync', { v: 1 });
    (await nthCall(loads.calls, 2)).answer(viewOf(['missed', 'come_back']));
    await until('the other is begun', () => Promise.resolve(sends.calls.some((call) => call.input.kind === 'come_back')));
    expect((await reminders()).asked).toBe(2);
  });
});
