import { toBuffer } from 'qrcode';
import { Composer } from 'telegraf';
import { showRenewal } from '../../db/autoRenewals';
import { listDevices, removeDevice } from '../../db/devices';
import { listPlansFor } from '../../db/promoCodes';
import { loadRenewalOffer } from '../../db/renewalOffer';
import { loadSubscriptions } from '../../db/screens';
import { setDefaultSubscription } from '../../db/subscriptions';
import type { Plan } from '../../domain/plan';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { requestKey, show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { devicesScreen } from '../views/devicesScreen';
import { noticeScreen } from '../views/shopScreens';
import { chooseMethod, placeOrder, showMethods, showPlans } from './buy';
import { extrasFor } from './extras';
import { newLinkScreen, subscriptionScreen, subscriptionsScreen } from '../views/subscriptionScreens';

function mine(deps: BotDeps, ctx: ShopContext): Promise<readonly SubscriptionScreenData[]> {
  return loadSubscriptions(deps.db, { userId: ctx.user.id, settings: ctx.settings, now: deps.clock.now() });
}

async function planOf(deps: BotDeps, ctx: ShopContext, subscription: SubscriptionScreenData): Promise<Plan | undefined> {
  return (await listPlansFor(deps.db, ctx.user.id)).find((plan) => plan.id === subscription.planId);
}

async function showOne(deps: BotDeps, ctx: ShopContext, subscription: SubscriptionScreenData): Promise<void> {
  const { id: userId, lastMethod } = ctx.user;
  const renewal = await loadRenewalOffer(deps.db, { userId, planId: subscription.planId, lastMethod, now: deps.clock.now() });
  const autoRenewal = await showRenewal(deps.db, subscription.id, deps.policy.renewal);
  const hasExtras = (await extrasFor(deps, subscription)).length > 0;
  await show(deps, ctx, subscriptionScreen({ ...subscription, autoRenewal, hasExtras }, renewal, deps.clock.now()));
}

/** Shows the user's subscription, the choice between several, or what can be bought. */
export async function showSubscriptions(deps: BotDeps, ctx: ShopContext): Promise<void> {
  const list = await mine(deps, ctx);
  const only = list[0];
  if (only === undefined) return showPlans(deps, ctx);
  return list.length === 1 ? showOne(deps, ctx, only) : show(deps, ctx, subscriptionsScreen(list));
}

async function showQr(deps: BotDeps, ctx: ShopContext, subscription: SubscriptionScreenData): Promise<void> {
  const photo = await toBuffer(subscription.feedUrl, { width: 512, margin: 3, errorCorrectionLevel: 'M' });
  await show(deps, ctx, { html: textsFor(ctx.user.language).qrCaption, keyboard: [], photo });
}

async function showDevices(deps: BotDeps, ctx: ShopContext, subscription: SubscriptionScreenData): Promise<void> {
  const { deviceLimit } = subscription;
  if (deviceLimit === undefined) return showOne(deps, ctx, subscription);
  return show(deps, ctx, devicesScreen(subscription, deviceLimit, await listDevices(deps.db, subscription.id)));
}

async function replaceLink(
  deps: BotDeps,
  ctx: ShopContext,
  { subscription, isSure }: { readonly subscription: SubscriptionScreenData; readonly isSure: boolean },
): Promise<void> {
  if (!isSure) return show(deps, ctx, newLinkScreen(subscription));
  await deps.shop.replaceToken({ userId: ctx.user.id, key: requestKey(ctx), subscriptionId: subscription.id });
  const replaced = (await mine(deps, ctx)).find(({ id }) => id === subscription.id);
  return replaced === undefined ? showSubscriptions(deps, ctx) : showOne(deps, ctx, replaced);
}

async function renewPlan(
  deps: BotDeps,
  ctx: ShopContext,
  wish: { subscription: SubscriptionScreenData; withBalance: boolean },
): Promise<void> {
  const { subscription, withBalance } = wish;
  const plan = await planOf(deps, ctx, subscription);
  if (plan === undefined) return showPlans(deps, ctx);
  return showMethods(deps, ctx, { plan, subscriptionId: subscription.id, withBalance });
}

type OfSubscription = 'sub' | 'subDefault' | 'qr' | 'newLink' | 'devices' | 'dropDevice' | 'renewPlan' | 'renew' | 'renewBalance';

async function act(
  deps: BotDeps,
  ctx: ShopContext,
  press: Extract<NonNullable<ShopContext['press']>, { kind: OfSubscription }>,
): Promise<void> {
  const subscription = (await mine(deps, ctx)).find((entry) => entry.id === press.args[0]);
  if (subscription === undefined) return show(deps, ctx, noticeScreen(ctx.user.language, textsFor(ctx.user.language).refusals.NotFound));
  const wish = { planId: subscription.planId, subscriptionId: subscription.id };
  switch (press.kind) {
    case 'sub':
      return showOne(deps, ctx, subscription);
    case 'subDefault':
      await setDefaultSubscription(deps.db, ctx.user.id, subscription.id);
      return showOne(deps, ctx, { ...subscription, isDefault: true });
    case 'qr':
      return showQr(deps, ctx, subscription);
    case 'newLink':
      return replaceLink(deps, ctx, { subscription, isSure: press.args[1] === 'yes' });
    case 'devices':
      return showDevices(deps, ctx, subscription);
    case 'dropDevice':
      await removeDevice(deps.db, subscription.id, press.args[1]);
      return showDevices(deps, ctx, subscription);
    case 'renewPlan':
      return renewPlan(deps, ctx, { subscription, withBalance: press.args[1] === 'b' });
    case 'renew':
      return chooseMethod(deps, ctx, { ...wish, method: press.args[1], manner: press.args[2] });
    case 'renewBalance':
      return placeOrder(deps, ctx, { ...wish, method: undefined, manner: 'n' });
  }
}

/** My subscription: status, link, QR, devices, renewal. */
export function subscriptionFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.command('my', (ctx) => showSubscriptions(deps, ctx));
  feature.use(async (ctx, next) => {
    const { press } = ctx;
    switch (press?.kind) {
      case 'subs':
        return showSubscriptions(deps, ctx);
      case 'sub':
      case 'subDefault':
      case 'qr':
      case 'newLink':
      case 'devices':
      case 'dropDevice':
      case 'renewPlan':
      case 'renew':
      case 'renewBalance':
        return act(deps, ctx, press);
      default:
        return next();
    }
  });
  return feature;
}
