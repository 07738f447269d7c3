import { defaultPolicy } from '../../src/domain/policy';
import { nextWake, type Deadline } from '../../src/domain/user';
import type { UserStateAnswer } from '../../src/workflows/user/messages';
import { post } from './facts';
import type { TestShop } from './shop';
import { until } from './until';
import { queryUser } from './userQueries';

/**
 * The life of one user in which the time between two deadlines passes at once, and the shop keeps every duration it has. Plans last days and
 * months of the calendar, which no setting makes shorter; so it is the facts that move: every instant in Postgres, and every end on the panel,
 * becomes earlier by the time that passed, which is the same as a later clock. What follows from what stays as it was, to the millisecond.
 */
export interface Life {
  /** Waits until nothing is under way, lets the time pass up to the deadline that the workflow wakes for, and waits until the shop has dealt with it; says what was due. */
  next(): Promise<string>;
  /** Lets whole days pass in which nothing is due. */
  days(count: number): Promise<void>;
  /** Waits until nothing is under way. */
  rest(): Promise<void>;
  /** Milliseconds of the life so far that were passed over. */
  passedMs(): number;
  /** When each deadline came, in milliseconds of the real clock. */
  readonly dueAt: readonly number[];
}

const dayMs = 86_400_000;
/** A deadline comes so long after the jump to it. */
const leadMs = 1_000;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly guard: string | null;
}

/** Every table with instants, and the trigger that keeps its rows as they are. */
async function tablesWithTime(shop: TestShop): Promise<readonly Table[]> {
  const found: { rows: readonly Table[] } = await shop.db.raw(
    `select c.table_name as name, array_agg(c.column_name::text) as columns,
       (select t.tgname::text from pg_trigger t where t.tgrelid = c.table_name::regclass and t.tgfoid = 'refuse_change'::regproc) as guard
     from information_schema.columns c where c.table_schema = 'public' and c.data_type = 'timestamp with time zone' and c.table_name !~ '^knex_'
     group by c.table_name order by c.table_name`,
  );
  return found.rows;
}

/** Moves every instant in Postgres to the past. */
async function moveFacts(shop: TestShop, ms: number): Promise<void> {
  const tables = await tablesWithTime(shop);
  await shop.db.transaction(async (tx) => {
    // What the shop does about a user begins with this lock too, so that neither waits for the other.
    await tx('users').forUpdate().select('id');
    for (const { name, columns, guard } of tables) {
      if (guard !== null) await tx.raw('alter table ?? disable trigger ??', [name, guard]);
      const changes = columns.map((column) => [column, tx.raw(`?? - ? * interval '1 millisecond'`, [column, ms])]);
      await tx(name).update(Object.fromEntries(changes));
      if (guard !== null) await tx.raw('alter table ?? enable trigger ??', [name, guard]);
    }
    // News about an end are known by it.
    await tx.raw(`update notices set key = left(key, -13) || (right(key, 13)::bigint - ?) where key ~ ':[0-9]{13}$'`, [ms]);
  });
}

function nameOf(deadline: Deadline): string {
  if (deadline.kind === 'remind') return deadline.reminder;
  return deadline.kind === 'renew' ? deadline.step : deadline.kind;
}

async function isAnyOpen(shop: TestShop): Promise<boolean> {
  const open = await Promise.all([
    shop.db('telegram_updates').whereNull('handled_at').first('update_id'),
    shop.db('operations').where({ state: 'open' }).first('id'),
    shop.db('notices').whereNull('sent_at').first('id'),
    shop.db('reminders').where({ state: 'claimed' }).first('kind'),
    shop.db('payment_events').whereNull('applied_at').first('id'),
    shop.db('renewal_attempts').where({ state: 'started' }).first('id'),
    shop.db('refunds').whereIn('state', ['requested', 'pending']).first('id'),
    shop.db('parked_items').whereNull('resolved_at').first('id'),
  ]);
  return open.some((row) => row !== undefined);
}

/** The work on a panel looks at it once more after all else is done. */
async function isPanelWorkOver(shop: TestShop, userId: number): Promise<boolean> {
  const operations: readonly { id: string }[] = await shop.db('operations').orderBy('created_at', 'desc').limit(5).select('id');
  const found = await Promise.all(operations.map(({ id }) => shop.temporal.workflow.getHandle(`user-${userId}-op-${id}`).describe()));
  return found.every(({ status }) => status.name !== 'RUNNING');
}

/** How often deadlines of this kind have left their mark so far: the row that each of them writes. */
async function marksOf(shop: TestShop, deadline: Deadline): Promise<number> {
  if (deadline.kind === 'remind') {
    const key = { subscription_id: deadline.subscriptionId, kind: deadline.reminder };
    return (await shop.db('reminders').where(key).whereIn('state', ['sent', 'skipped'])).length;
  }
  if (deadline.kind !== 'renew') return 0;
  return deadline.step === 'announce'
    ? (await shop.db('notices').where({ kind: 'renewal_ahead' })).length
    : (await shop.db('renewal_attempts').where({ subscription_id: deadline.subscriptionId })).length;
}

const leavesMark = ({ kind }: Deadline): boolean => kind === 'remind' || kind === 'renew';

/** Begins to pass over the empty time in a user's life. */
export function passTimeOf(shop: TestShop, userId: number): Life {
  const dueAt: number[] = [];
  let passedMs = 0;

  const deadlines = async (): Promise<readonly Deadline[]> =>
    until('the workflow says what it waits for', () => queryUser<readonly Deadline[]>(shop, userId, 'getDeadlines'));

  async function rest(): Promise<void> {
    await until('nothing is under way', async () => !(await isAnyOpen(shop)) && (await isPanelWorkOver(shop, userId)));
  }

  async function pass(ms: number): Promise<void> {
    await moveFacts(shop, ms);
    await post(`${shop.sandbox.url}/sandbox/panels/main/later`, { ms });
    await shop.temporal.workflow.getHandle(`user-${userId}`).signal('resync', { v: 1 });
    passedMs += ms;
  }

  /** Everything up to an instant was dealt with. */
  async function untilPast(at: number): Promise<void> {
    await until('the deadline is dealt with', async () => {
      const state = await queryUser<UserStateAnswer>(shop, userId, 'getState');
      const left = await deadlines();
      return state !== undefined && Date.parse(state.lastActivityAt) >= at && left.every((entry) => Date.parse(entry.at) > at);
    });
  }

  return {
    rest,
    dueAt,
    passedMs: () => passedMs,
    async next() {
      await rest();
      const ahead = await deadlines();
      const wakesAt = nextWake(ahead, defaultPolicy.reminders.lateMs)?.at ?? '';
      const due = ahead.filter((deadline) => Date.parse(deadline.at) <= Date.parse(wakesAt));
      const marks = await Promise.all(due.map((deadline) => marksOf(shop, deadline)));
      const ms = Math.max(0, Date.parse(wakesAt) - Date.now() - leadMs);
      await pass(ms);
      const at = Date.parse(wakesAt) - ms;
      dueAt.push(at);
      await untilPast(at);
      for (const [index, deadline] of due.entries()) {
        const before = marks[index] ?? 0;
        await until(`${nameOf(deadline)} has left its mark`, async () => !leavesMark(deadline) || (await marksOf(shop, deadline)) > before);
      }
      await rest();
      return due.map(nameOf).sort().join(' + ');
    },
    async days(count) {
      await rest();
      const [first] = await deadlines();
      if (first !== undefined && Date.parse(first.at) < Date.now() + count * dayMs) throw new Error(`${nameOf(first)} is due before`);
      await pass(count * dayMs);
      await until('the workflow knows the new time', async () => (await deadlines()).every((deadline) => deadline.at !== first?.at));
    },
  };
}
