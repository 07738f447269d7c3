import { getShopSettings, listPlans } from '../../db/catalog';
import { addPromoCode, endPromoCode, listPromoCodes } from '../../db/promoCodes';
import { formatDecimal, parseDecimal } from '../../domain/money';
import { startOfDay } from '../../domain/period';
import { discounted, parsePromoCode, type PromoCode, type PromoEffect } from '../../domain/promo';
import type { ShopSettings } from '../../domain/shop';
import { say, type CliContext } from './context';
import { actor, wrong } from './wish';

export interface PromoOptions {
  readonly percent?: string;
  readonly amount?: string;
  readonly days?: string;
  readonly uses?: string;
  readonly perUser: string;
  readonly from?: string;
  readonly until?: string;
  readonly plans?: string;
  readonly newBuyers?: boolean;
}

const mostDays = 3_650;
const mostUses = 1_000_000;

function wholeOf(text: string, option: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw wrong(`${option} has to be a whole number from 1 to ${most}, not "${text}"`);
  return value;
}

function amountOf(text: string, currency: string): PromoEffect {
  try {
    const amount = parseDecimal(text, currency);
    if (amount.minor > 0 && amount.minor < 2 ** 31) return { kind: 'amount', amount };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw wrong(`--amount has to be a plain amount of ${currency} above zero like 100 or 99.50, not "${text}"`);
}

function effectOf({ percent, amount, days }: PromoOptions, currency: string): PromoEffect {
  if ([percent, amount, days].filter((given) => given !== undefined).length !== 1)
    throw wrong('say what the code gives, one of: --percent 20, --amount 100, --days 7');
  if (percent !== undefined) return { kind: 'percent', percent: wholeOf(percent, '--percent', 99) };
  if (days !== undefined) return { kind: 'days', days: wholeOf(days, '--days', mostDays) };
  return amountOf(amount ?? '', currency);
}

function dayOf(text: string | undefined, option: string, at: { timeZone: string; days: number }): Date | undefined {
  if (text === undefined) return undefined;
  const day = startOfDay(text, at.timeZone, at.days);
  if (day === undefined) throw wrong(`${option} has to be a day like 2027-01-31, not "${text}"`);
  return day;
}

function codeOf(text: string): string {
  const code = parsePromoCode(text);
  if (code === undefined) throw wrong(`a code is 3 to 32 letters A to Z, digits, "-" or "_", not "${text}"`);
  return code;
}

async function checkPlans(context: CliContext, code: Pick<PromoCode, 'code' | 'effect' | 'planIds'>): Promise<void> {
  const plans = await listPlans(context.db);
  const unknown = code.planIds.filter((id) => !plans.some((plan) => plan.id === id));
  if (unknown.length > 0) throw wrong(`no plan ${unknown.join(', ')} is for sale; there are ${plans.map((plan) => plan.id).join(', ')}`);
  if (code.effect.kind !== 'days' && plans.every((plan) => discounted(plan, code) === undefined))
    throw wrong('this takes nothing off any plan, or all of its price: a discount has to leave something to pay');
}

/** `promo add <code>`: makes a code that buyers enter in the bot. */
export async function addPromo(context: CliContext, text: string, options: PromoOptions): Promise<void> {
  const { currency, timeZone } = await getShopSettings(context.db);
  const startsAt = dayOf(options.from, '--from', { timeZone, days: 0 });
  const endsAt = dayOf(options.until, '--until', { timeZone, days: 1 });
  if (startsAt !== undefined && endsAt !== undefined && endsAt <= startsAt) throw wrong('--until has to be the day of --from or later');
  const code = {
    code: codeOf(text),
    effect: effectOf(options, currency),
    planIds: (options.plans ?? '').split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()])),
    newBuyersOnly: options.newBuyers === true,
    maxUses: options.uses === undefined ? undefined : wholeOf(options.uses, '--uses', mostUses),
    maxPerUser: wholeOf(options.perUser, '--per-user', 1_000),
    startsAt,
    endsAt,
  };
  await checkPlans(context, code);
  const isNew = await context.db.transaction((tx) => addPromoCode(tx, { ...code, actor: actor() }));
  if (!isNew) throw wrong(`there is a code ${code.code} already, or was: take another name, so that its uses are not mixed up`);
  say(`${code.code} is made. In the bot: /promo ${code.code}, or the button below the plans.`);
}

function effectText(effect: PromoEffect): string {
  switch (effect.kind) {
    case 'percent':
      return `-${effect.percent} %`;
    case 'amount':
      return `-${formatDecimal(effect.amount)} ${effect.amount.currency}`;
    case 'days':
      return `+${effect.days} day(s)`;
  }
}

function stateText(code: PromoCode, { timeZone }: Pick<ShopSettings, 'timeZone'>, now: Date): string {
  const day = (instant: Date): string => instant.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  if (code.endedAt !== undefined) return `ended ${day(code.endedAt)}`;
  if (code.endsAt !== undefined && code.endsAt <= now) return `over since ${day(code.endsAt)}`;
  if (code.startsAt !== undefined && code.startsAt > now) return `from ${day(code.startsAt)}`;
  return code.endsAt === undefined ? 'on' : `on until ${day(code.endsAt)}`;
}

/** `promo list`: every code, its uses, and whether it goes on. */
export async function listPromos({ db }: CliContext): Promise<void> {
  const settings = await getShopSettings(db);
  const codes = await listPromoCodes(db);
  for (const code of codes) {
    const uses = `${code.uses} of ${code.maxUses ?? 'any number of'} use(s), ${code.maxPerUser} per user`;
    const plans = code.planIds.length === 0 ? '' : `, for ${code.planIds.join(', ')}`;
    const buyers = code.newBuyersOnly ? ', new buyers only' : '';
    say(`${code.code.padEnd(20)} ${effectText(code.effect).padEnd(14)} ${uses}${plans}${buyers}; ${stateText(code, settings, new Date())}`);
  }
  if (codes.length === 0) say('There are no codes. Make one: npm run shop -- promo add SPRING --percent 20 --uses 100');
}

/** `promo end <code>`: nobody can use it from now on. */
export async function endPromo({ db }: CliContext, text: string): Promise<void> {
  const code = codeOf(text);
  const isEnded = await db.transaction((tx) => endPromoCode(tx, code, { actor: actor(), now: new Date() }));
  if (!isEnded) throw wrong(`no code ${code} goes on; "npm run shop -- promo list" shows them`);
  say(`${code} is ended. Orders that wait for their payment keep its price.`);
}
