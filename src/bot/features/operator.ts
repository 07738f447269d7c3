import { Composer } from 'telegraf';
import { z } from 'zod';
import { listOperators } from '../../db/catalog';
import { closeConversation, openConversation } from '../../db/conversations';
import { findOrder } from '../../db/orders';
import { findQuarantineOwner, listOpenQuarantine } from '../../db/quarantine';
import { findRefund, listOpenRefunds } from '../../db/refunds';
import { findTransfer, listSubmittedTransfers } from '../../db/transfers';
import { isShopError } from '../../errors';
import type { OperatorResult } from '../../workflows/user/messages/wishes';
import type { Press } from '../callbackData';
import { requestKey, say, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { entryScreen, giveScreen, menuScreen, noteScreen, refundScreen, transferScreen } from '../views/operatorScreens';

type OperatorPress = Extract<Press, { kind: `ops${string}` }>;

function actorOf(ctx: ShopContext): string {
  return `operator:${ctx.user.telegramId ?? 0}`;
}

// Checked at every press: a button may outlive the right to press it.
async function isOperator(deps: BotDeps, ctx: ShopContext): Promise<boolean> {
  const id = ctx.user.telegramId;
  return id !== undefined && (await listOperators(deps.db)).includes(id);
}

async function showMenu(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const counts = {
    transfers: (await listSubmittedTransfers(deps.db)).length,
    quarantine: (await listOpenQuarantine(deps.db)).length,
    refunds: (await listOpenRefunds(deps.db)).filter((refund) => refund.state === 'by_hand').length,
  };
  await show(deps, ctx, menuScreen(ctx.user.language, counts));
}

/** Shows what came of a decision; a refusal says why. */
async function report(deps: BotDeps, ctx: ShopContext, decide: () => Promise<OperatorResult>): Promise<void> {
  const texts = textsFor(ctx.user.language);
  try {
    const result = await decide();
    const text = result.outcome === 'done' ? `✅ ${result.note}` : `${texts.refusals[result.reason]} ${result.note ?? ''}`.trimEnd();
    await show(deps, ctx, noteScreen(ctx.user.language, text));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, noteScreen(ctx.user.language, texts.preparingLater));
    throw error;
  }
}

async function showTransfer(deps: BotDeps, ctx: ShopContext, index: number): Promise<void> {
  const all = await listSubmittedTransfers(deps.db);
  const transfer = all[index % Math.max(1, all.length)];
  if (transfer === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).operator.nothing));
  await show(
    deps,
    ctx,
    transferScreen({ language: ctx.user.language, timeZone: ctx.settings.timeZone, transfer, index, count: all.length }),
  );
}

async function showProof(deps: BotDeps, ctx: ShopContext, paymentId: string): Promise<void> {
  const transfer = await findTransfer(deps.db, paymentId);
  if (transfer?.proof === undefined) return;
  const { fileId, kind } = transfer.proof;
  await say(deps, ctx, { html: paymentId, keyboard: [], file: { id: fileId, kind } });
}

async function decide(deps: BotDeps, ctx: ShopContext, wish: { paymentId: string; isThere: boolean; version: number }): Promise<void> {
  const { paymentId, version } = wish;
  const transfer = await findTransfer(deps.db, paymentId);
  if (transfer === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).refusals.NotFound));
  if (wish.isThere) {
    const request = {
      userId: transfer.userId,
      key: requestKey(ctx),
      paymentId,
      version,
      verdict: 'approved',
      actor: actorOf(ctx),
    } as const;
    return report(deps, ctx, () => deps.shop.decideTransfer(request));
  }
  await openConversation(deps.db, ctx.user.id, { waitsFor: 'decline', data: { paymentId, version }, now: deps.clock.now() });
  await show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).operator.declineReason));
}

const declined = z.object({ paymentId: z.string(), version: z.number() });

/** Declines a transfer with the reason that an operator has just sent. */
export async function declineTransfer(deps: BotDeps, ctx: ShopContext, given: { text: string; data: unknown }): Promise<void> {
  await closeConversation(deps.db, ctx.user.id, ctx.update.update_id);
  const wish = declined.safeParse(given.data);
  const transfer = wish.success ? await findTransfer(deps.db, wish.data.paymentId) : undefined;
  if (!wish.success || transfer === undefined || !(await isOperator(deps, ctx))) return;
  const reason = /^[-–—]$/.test(given.text.trim()) ? '' : given.text.trim();
  const request = {
    userId: transfer.userId,
    key: requestKey(ctx),
    ...wish.data,
    verdict: 'declined',
    actor: actorOf(ctx),
    reason,
  } as const;
  await report(deps, ctx, () => deps.shop.decideTransfer(request));
}

async function showEntry(deps: BotDeps, ctx: ShopContext, index: number): Promise<void> {
  const all = await listOpenQuarantine(deps.db);
  const entry = all[index % Math.max(1, all.length)];
  if (entry === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).operator.nothing));
  await show(deps, ctx, entryScreen({ language: ctx.user.language, timeZone: ctx.settings.timeZone, entry, index, count: all.length }));
}

async function resolveEntry(deps: BotDeps, ctx: ShopContext, wish: { quarantineId: string; action: 'credit' | 'keep' }): Promise<void> {
  // Money of an unknown payment belongs to nobody's workflow: the operator's own takes the decision.
  const owner = (await findQuarantineOwner(deps.db, wish.quarantineId)) ?? (wish.action === 'keep' ? ctx.user.id : undefined);
  if (owner === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).refusals.NotFound));
  await report(deps, ctx, () => deps.shop.resolveQuarantine({ userId: owner, key: requestKey(ctx), ...wish, actor: actorOf(ctx) }));
}

async function showRefund(deps: BotDeps, ctx: ShopContext, index: number): Promise<void> {
  const all = (await listOpenRefunds(deps.db)).filter((refund) => refund.state === 'by_hand');
  const refund = all[index % Math.max(1, all.length)];
  if (refund === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).operator.nothing));
  await show(deps, ctx, refundScreen({ language: ctx.user.language, refund, index, count: all.length }));
}

async function endRefund(deps: BotDeps, ctx: ShopContext, wish: { refundId: string; end: 'done' | 'cancelled' }): Promise<void> {
  const refund = await findRefund(deps.db, wish.refundId);
  if (refund === undefined) return;
  await report(deps, ctx, () => deps.shop.endRefund({ userId: refund.userId, key: requestKey(ctx), ...wish, actor: actorOf(ctx) }));
}

async function showGive(deps: BotDeps, ctx: ShopContext, orderId: string | undefined): Promise<void> {
  const order = orderId === undefined ? undefined : await findOrder(deps.db, orderId);
  if (order === undefined) return show(deps, ctx, noteScreen(ctx.user.language, textsFor(ctx.user.language).operator.refundUsage));
  await show(deps, ctx, giveScreen(ctx.user.language, order));
}

async function give(
  deps: BotDeps,
  ctx: ShopContext,
  wish: { orderId: string; scope: 'full' | 'unused'; destination: 'provider' | 'balance' },
): Promise<void> {
  const order = await findOrder(deps.db, wish.orderId);
  if (order === undefined) return;
  const request = { userId: order.userId, key: requestKey(ctx), ...wish, reason: 'by an operator in the bot', actor: actorOf(ctx) };
  await report(deps, ctx, () => deps.shop.refundOrder(request));
}

function act(deps: BotDeps, ctx: ShopContext, press: OperatorPress): Promise<void> {
  switch (press.kind) {
    case 'ops':
      return showMenu(deps, ctx);
    case 'opsTransfers':
      return showTransfer(deps, ctx, Number(press.args[0]));
    case 'opsProof':
      return showProof(deps, ctx, press.args[0]);
    case 'opsDecide':
      return decide(deps, ctx, { paymentId: press.args[0], isThere: press.args[1] === 'yes', version: Number(press.args[2]) });
    case 'opsMoney':
      return showEntry(deps, ctx, Number(press.args[0]));
    case 'opsEntry':
      return resolveEntry(deps, ctx, { quarantineId: press.args[0], action: press.args[1] });
    case 'opsRefunds':
      return showRefund(deps, ctx, Number(press.args[0]));
    case 'opsRefund':
      return endRefund(deps, ctx, { refundId: press.args[0], end: press.args[1] });
    case 'opsGive':
      return give(deps, ctx, { orderId: press.args[0], scope: press.args[1], destination: press.args[2] });
  }
}

function isOperatorPress(press: Press | undefined): press is OperatorPress {
  return press?.kind.startsWith('ops') === true;
}

/** What operators decide in the bot: transfers, money put aside, refunds. Nobody else sees it. */
export function operatorFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('operator', async (ctx, next) => ((await isOperator(deps, ctx)) ? showMenu(deps, ctx) : next()));
  feature.command('refund', async (ctx, next) =>
    (await isOperator(deps, ctx)) ? showGive(deps, ctx, /ord_[a-z0-9]{20}/.exec(ctx.message.text)?.[0]) : next(),
  );
  feature.use(async (ctx, next) => {
    if (!isOperatorPress(ctx.press) || !(await isOperator(deps, ctx))) return next();
    return act(deps, ctx, ctx.press);
  });
  return feature;
}
