import type { Client } from '@temporalio/client';
import { getShopSettings } from '../../db/catalog';
import { loadBalance, loadSubscriptions } from '../../db/screens';
import { loadTimeline } from '../../db/timeline';
import { loadUserView } from '../../db/userView';
import { formatDecimal } from '../../domain/money';
import { defaultPolicy } from '../../domain/policy';
import { shopDay } from '../../domain/shop';
import type { Deadline, UserView } from '../../domain/user';
import { connectTemporal } from '../../temporal/connection';
import { getDeadlines, userWorkflowId } from '../../workflows/user/messages';
import { say, type CliContext } from './context';
import { missing, wish, wrong } from './wish';

const askMs = 5_000;

/** The user that an operator means: the shop's own number or a Telegram id; `id:5` and `tg:5` say which. */
export async function findUser({ db }: CliContext, text: string): Promise<number> {
  const match = /^(id:|tg:)?(\d{1,15})$/.exec(text.trim());
  if (match === null) throw wrong(`a user is the shop's own number or a Telegram id, not "${text}"`);
  const [, kind, digits = ''] = match;
  const number = Number(digits);
  const query = db('users').select('id', 'telegram_id').orderBy('id');
  if (kind !== 'tg:' && number < 2 ** 31) query.orWhere({ id: number });
  if (kind !== 'id:') query.orWhere({ telegram_id: number });
  const rows: readonly { id: number }[] = await query;
  if (rows.length > 1) throw wrong(`${digits} is a user's number and another's Telegram id: say id:${digits} or tg:${digits}`);
  const row = rows[0];
  if (row === undefined) throw missing(`user ${text}`);
  return row.id;
}

interface Waiting {
  readonly what: string;
  readonly until: string;
}

function waitsFor(view: UserView): readonly Waiting[] {
  return [
    ...view.openOrders.map((order) => ({ what: `the payment of ${order.orderId} by ${order.provider}`, until: order.expiresAt })),
    ...view.operations.map((operation) => ({ what: `panel ${operation.panelId} (${operation.operationId})`, until: 'the panel has it' })),
    ...(view.refunds ?? []).map((id) => ({ what: `the provider to carry out ${id}`, until: 'it has answered' })),
    ...(view.notices ?? []).map((id) => ({ what: `Telegram to take message ${id}`, until: 'it is sent' })),
    ...(view.parkedItems === 0 ? [] : [{ what: `an operator: ${view.parkedItems} parked item(s)`, until: 'retry-parked' }]),
    ...(view.reminders ?? []).map((one) => ({ what: `the time of reminder ${one.reminder} of ${one.subscriptionId}`, until: one.at })),
    ...view.subscriptions.map((entry) => ({ what: `the end of ${entry.subscriptionId} (${entry.planId})`, until: entry.endsAt })),
  ];
}

async function deadlinesOf(client: Client, userId: number): Promise<readonly Deadline[] | string> {
  try {
    const handle = client.workflow.getHandle(userWorkflowId(userId));
    return await client.withDeadline(Date.now() + askMs, () => handle.query(getDeadlines));
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    return name === 'WorkflowNotFoundError' ? 'it does not run: nothing is open' : 'it gave no answer; see the Temporal UI';
  }
}

async function sayWorkflow({ config, temporalAddress }: CliContext, userId: number): Promise<void> {
  if (temporalAddress === undefined) return say('workflow    not asked: the shop does not run here');
  const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
  try {
    const deadlines = await deadlinesOf(client, userId);
    if (typeof deadlines === 'string') return say(`workflow    ${userWorkflowId(userId)}: ${deadlines}`);
    const next = deadlines[0];
    say(
      `workflow    ${userWorkflowId(userId)} wakes ${next === undefined ? 'when it is told something' : `at ${next.at} for ${next.kind}`}`,
    );
  } finally {
    await client.connection.close();
  }
}

async function sayWho({ db }: CliContext, userId: number): Promise<void> {
  const row: { telegram_id: number | null; language: string; is_banned: boolean; blocked_at: Date | null } = await db('users')
    .where({ id: userId })
    .first('telegram_id', 'language', 'is_banned', 'blocked_at');
  const { currency } = await getShopSettings(db);
  const balance = await loadBalance(db, userId, currency);
  const states = [row.is_banned ? 'banned' : '', row.blocked_at === null ? '' : 'has blocked the bot'].filter((state) => state !== '');
  const telegram = row.telegram_id === null ? 'without a Telegram account' : `Telegram ${row.telegram_id}`;
  say(
    `user        ${userId}, ${telegram}, ${row.language}, balance ${formatDecimal(balance)} ${currency}${states.map((state) => `, ${state}`).join('')}`,
  );
}

/** `user <id>`: who it is, what it has and waits for, and everything that happened, from the facts and the workflow. */
export async function showUser(context: CliContext, text: string, options: { readonly last: string }): Promise<void> {
  const { db } = context;
  const limit = Number(options.last);
  if (!Number.isSafeInteger(limit) || limit < 1) throw wrong(`--last has to be a whole number above zero, not "${options.last}"`);
  const userId = await findUser(context, text);
  const settings = await getShopSettings(db);
  const now = new Date();
  await sayWho(context, userId);
  for (const entry of await loadSubscriptions(db, { userId, settings, now }))
    say(
      `has         ${entry.id} ${entry.planId}, ${entry.status}${entry.endsAt === undefined ? '' : `, ends ${entry.endsAt.toISOString()}`}`,
    );
  const view = await loadUserView(db, { userId, policy: defaultPolicy, graceMs: settings.graceMs, day: shopDay(settings), now });
  for (const { what, until } of waitsFor(view)) say(`waits for   ${what}, until ${until}`);
  await sayWorkflow(context, userId);
  say('');
  for (const { at, what } of await loadTimeline(db, { userId, timeZone: settings.timeZone, limit })) say(`${at.toISOString()}  ${what}`);
}

export interface GrantOptions {
  readonly days: string;
  readonly subscription?: string;
  readonly plan?: string;
  readonly reason: string;
}

const mostDays = 3_650;

/** A number of days as an operator writes it. */
export function daysOf(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > mostDays) throw wrong(`--days has to be a whole number from 1 to ${mostDays}, not "${text}"`);
  return days;
}

/** `grant <user>`: gives days. */
export async function grantTime(context: CliContext, text: string, options: GrantOptions): Promise<void> {
  const days = daysOf(options.days);
  const userId = await findUser(context, text);
  const { subscription, plan, reason } = options;
  await wish(context, (shop, common) =>
    shop.grantTime({
      userId,
      days,
      reason,
      ...(subscription === undefined ? {} : { subscriptionId: subscription }),
      ...(plan === undefined ? {} : { planId: plan }),
      ...common,
    }),
  );
}

async function onlySubscription({ db }: CliContext, userId: number): Promise<string> {
  const rows: readonly { id: string }[] = await db('subscriptions')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .orderBy('id')
    .select('id');
  const [row] = rows;
  if (row === undefined) throw missing(`subscription of user ${userId} that could be revoked`);
  if (rows.length > 1) throw wrong(`the user has several: say which with --subscription ${rows.map(({ id }) => id).join(' or ')}`);
  return row.id;
}

/** `revoke <user>`: takes a subscription away; no money moves. */
export async function revokeAccess(
  context: CliContext,
  text: string,
  options: { readonly subscription?: string; readonly reason: string },
): Promise<void> {
  const userId = await findUser(context, text);
  const subscriptionId = options.subscription ?? (await onlySubscription(context, userId));
  await wish(context, (shop, common) => shop.revokeAccess({ userId, subscriptionId, reason: options.reason, ...common }));
}

/** `delete-user <user>`: deletes what the shop knows of a person, after the operator has said so twice. */
export async function deleteUser(
  context: CliContext,
  text: string,
  options: { readonly yes?: boolean; readonly leaveBalance?: boolean; readonly reason: string },
): Promise<void> {
  const userId = await findUser(context, text);
  if (options.yes !== true)
    throw wrong(
      `this deletes what the shop knows of user ${userId} and ends every access; orders and money stay in the books without a person. It cannot be undone. If that is meant: --yes`,
    );
  const leavesBalance = options.leaveBalance === true;
  await wish(context, (shop, common) => shop.deleteUser({ userId, reason: options.reason, leavesBalance, ...common }));
}

/** `ban <user>` and `unban <user>`: shuts the shop and every access to a user, or opens them again. */
export async function setBan(
  context: CliContext,
  text: string,
  change: { readonly to: 'ban' | 'unban'; readonly reason: string },
): Promise<void> {
  const userId = await findUser(context, text);
  await wish(context, (shop, common) => shop[change.to]({ userId, reason: change.reason, ...common }));
}
