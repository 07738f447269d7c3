import { Composer } from 'telegraf';
import { listExtras } from '../../db/catalog';
import { listMethodFacts, loadSituation } from '../../db/methods';
import { loadBalance, loadSubscriptions } from '../../db/screens';
import { fits, type Extra } from '../../domain/extra';
import { offeredMethods } from '../../domain/method';
import type { SubscriptionScreenData } from '../../domain/subscription';
import { trialPlanId } from '../../domain/trial';
import type { Press } from '../callbackData';
import { show, type BotDeps, type ShopContext } from '../context';
import { textsFor } from '../texts/texts';
import { extraMethodsScreen, extrasScreen, extraTag } from '../views/extraScreens';
import { noticeScreen } from '../views/shopScreens';
import { placeOrder } from './buy';

/** What can be added to this subscription now. */
export async function extrasFor(deps: BotDeps, data: SubscriptionScreenData): Promise<readonly Extra[]> {
  const isLive = data.status === 'active' || data.pausedUntil !== undefined;
  if (!isLive || data.planId === trialPlanId) return [];
  const limits = { trafficLimitBytes: data.traffic?.limitBytes, deviceLimit: data.deviceLimit };
  return (await listExtras(deps.db)).filter(({ adds }) => fits(adds, limits));
}

async function showMethods(deps: BotDeps, ctx: ShopContext, of: { data: SubscriptionScreenData; extra: Extra }): Promise<void> {
  const { data, extra } = of;
  const situation = await loadSituation(deps.db, { planId: extra.id, serverIds: [], due: extra.price, now: deps.clock.now() });
  const methods = offeredMethods(await listMethodFacts(deps.db), situation, ctx.user.lastMethod);
  const balance = await loadBalance(deps.db, ctx.user.id, extra.price.currency);
  await show(deps, ctx, extraMethodsScreen(data, extra, { methods, balance }));
}

type OfExtra = Extract<Press, { kind: 'extras' | 'extra' | 'extraBuy' | 'extraBalance' }>;

async function act(deps: BotDeps, ctx: ShopContext, press: OfExtra): Promise<void> {
  const { id: userId, language } = ctx.user;
  const { refusals } = textsFor(language);
  const list = await loadSubscriptions(deps.db, { userId, settings: ctx.settings, now: deps.clock.now() });
  const data = list.find((entry) => entry.id === press.args[0]);
  if (data === undefined) return show(deps, ctx, noticeScreen(language, refusals.NotFound));
  const extras = await extrasFor(deps, data);
  if (press.kind === 'extras') return show(deps, ctx, extrasScreen(data, extras));
  const extra = extras.find((entry) => extraTag(entry) === press.args[1]);
  if (extra === undefined) return show(deps, ctx, noticeScreen(language, refusals.ExtraNotNow));
  if (press.kind === 'extra') return showMethods(deps, ctx, { data, extra });
  const method = press.kind === 'extraBuy' ? press.args[2] : undefined;
  return placeOrder(deps, ctx, { planId: extra.id, subscriptionId: data.id, method, manner: 'n' });
}

/** More traffic or devices for a subscription that is there. */
export function extrasFeature(deps: BotDeps): Composer<ShopContext> {
  const feature = new Composer<ShopContext>();
  feature.use((ctx, next) => {
    const { press } = ctx;
    switch (press?.kind) {
      case 'extras':
      case 'extra':
      case 'extraBuy':
      case 'extraBalance':
        return act(deps, ctx, press);
      default:
        return next();
    }
  });
  return feature;
}
