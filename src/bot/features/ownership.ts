import { Composer } from 'telegraf';
import { showRenewal } from '../../db/autoRenewals';
import { listPlans } from '../../db/catalog';
import { listRenewingMethods } from '../../db/savedMethods';
import { countPauses } from '../../db/pauses';
import { offerChange } from '../../db/planChange';
import { loadSubscriptions } from '../../db/screens';
import type { Refusal } from '../../domain/refusal';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { isShopError } from '../../errors';
import type { TermResult } from '../../workflows/user/messages/wishes';
import type { Press } from '../callbackData';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { escapeHtml, formatDay } from '../views/format';
import { autoScreen, doneScreen, manageScreen, moveScreen, movesScreen, pauseScreen } from '../views/ownershipScreens';
import { noticeScreen } from '../views/shopScreens';

interface Owned {
  readonly deps: BotDeps;
  readonly ctx: ShopContext;
  readonly data: SubscriptionScreenData;
}

function refuse({ deps, ctx, data }: Owned, reason: Refusal): Promise<void> {
  return show(deps, ctx, doneScreen(data, textsFor(ctx.user.language).refusals[reason]));
}

async function carryOut(owned: Owned, ask: () => Promise<TermResult>, done: (day: string) => string): Promise<void> {
  const { deps, ctx, data } = owned;
  const { language } = ctx.user;
  try {
    const result = await ask();
    if (result.outcome === 'refused') return await refuse(owned, result.reason);
    await show(deps, ctx, doneScreen(data, done(formatDay(new Date(result.at), language, data.timeZone))));
  } catch (error) {
    if (isShopError(error, 'TemporalUnavailable', 'Busy')) await show(deps, ctx, doneScreen(data, textsFor(language).ownership.later));
    throw error;
  }
}

async function askPause(owned: Owned): Promise<void> {
  const { deps, ctx, data } = owned;
  const { pause: policy } = deps.policy;
  const begun = await countPauses(deps.db, data.id, { policy, now: deps.clock.now() });
  if (begun >= policy.count) return refuse(owned, 'PauseTooOften');
  return show(deps, ctx, pauseScreen(data, policy, policy.count - begun));
}

async function askAuto(owned: Owned): Promise<void> {
  const { deps, ctx, data } = owned;
  const plan = (await listPlans(deps.db)).find((entry) => entry.id === data.planId);
  if (plan === undefined) return refuse(owned, 'PlanUnavailable');
  const methods = await listRenewingMethods(deps.db, ctx.user.id);
  return show(deps, ctx, autoScreen(data, plan.price, methods));
}

async function listMoves({ deps, ctx, data }: Owned): Promise<void> {
  const plans = (await listPlans(deps.db)).filter((plan) => plan.id !== data.planId && !plan.soldOut);
  await show(deps, ctx, movesScreen(data, plans));
}

async function askMove(owned: Owned, planId: string): Promise<void> {
  const { deps, ctx, data } = owned;
  const now = deps.clock.now();
  const offer = await offerChange(deps.db, { userId: ctx.user.id, subscriptionId: data.id, planId, now });
  return 'refusal' in offer ? refuse(owned, offer.refusal) : show(deps, ctx, moveScreen(data, offer, now));
}

async function move(owned: Owned, planId: string, tag: string): Promise<void> {
  const { deps, ctx, data } = owned;
  const { language } = ctx.user;
  const title = (await listPlans(deps.db)).find((plan) => plan.id === planId)?.title[language] ?? planId;
  const wish = { userId: ctx.user.id, key: requestKey(ctx), subscriptionId: data.id, planId, tag };
  return carryOut(
    owned,
    () => deps.shop.changePlan(wish),
    (end) => textsFor(language).ownership.moved({ plan: escapeHtml(title), end }),
  );
}

type OfOwner = Extract<
  Press,
  { kind: 'manage' | 'pause' | 'pauseOk' | 'resume' | 'moves' | 'move' | 'moveOk' | 'auto' | 'autoOn' | 'autoOff' }
>;

function act(owned: Owned, press: OfOwner): Promise<void> {
  const { deps, ctx, data } = owned;
  const { ownership: texts, renewal } = textsFor(ctx.user.language);
  const wish = { userId: ctx.user.id, key: requestKey(ctx), subscriptionId: data.id };
  switch (press.kind) {
    case 'manage':
      return show(deps, ctx, manageScreen(data));
    case 'pause':
      return askPause(owned);
    case 'pauseOk':
      return carryOut(
        owned,
        () => deps.shop.pause(wish),
        (until) => texts.pauseBegun({ until }),
      );
    case 'resume':
      return carryOut(
        owned,
        () => deps.shop.resume(wish),
        (end) => texts.resumed({ end }),
      );
    case 'auto':
      return askAuto(owned);
    case 'autoOn':
      return carryOut(
        owned,
        () => deps.shop.setAutoRenew({ ...wish, source: press.args[1] }),
        (at) => renewal.isOn({ at }),
      );
    case 'autoOff':
      return carryOut(
        owned,
        () => deps.shop.setAutoRenew(wish),
        () => renewal.isOff,
      );
    case 'moves':
      return listMoves(owned);
    case 'move':
      return askMove(owned, press.args[1]);
    case 'moveOk':
      return move(owned, press.args[1], press.args[2]);
  }
}

async function actOn(deps: BotDeps, ctx: ShopContext, press: OfOwner): Promise<void> {
  const list = await loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
  const data = list.find((entry) => entry.id === press.args[0]);
  const { language } = ctx.user;
  if (data === undefined) return show(deps, ctx, noticeScreen(language, textsFor(language).refusals.NotFound));
  const autoRenewal = await showRenewal(deps.db, data.id, deps.policy.renewal);
  return act({ deps, ctx, data: { ...data, autoRenewal } }, press);
}

/** What the owner of a subscription can do with it: pause and resume, another plan. */
export function ownershipFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use((ctx, next) => {
    const { press } = ctx;
    switch (press?.kind) {
      case 'manage':
      case 'auto':
      case 'autoOn':
      case 'autoOff':
      case 'pause':
      case 'pauseOk':
      case 'resume':
      case 'moves':
      case 'move':
      case 'moveOk':
        return actOn(deps, ctx, press);
      default:
        return next();
    }
  });
  return feature;
}
