import type { Money } from './money';
import type { Period } from './period';

/** One way to pay as a buyer sees it: a provider, and the choice at it where it has several. */
export interface Method {
  readonly provider: string;
  readonly choice: string | undefined;
}

/** A method as one word: `yookassa`, or `yookassa_sbp`. */
export function methodCode(method: Method): string {
  return method.choice === undefined ? method.provider : `${method.provider}_${method.choice}`;
}

/** Reads the word of a method. */
export function parseMethod(code: string): Method {
  const [provider = '', choice] = code.split('_');
  return { provider, choice };
}

/** What a plan or a server says of methods: `true` offers one that is off, `false` hides one that is on. */
export type MethodRules = Readonly<Record<string, boolean>>;

/** What is known of a configured method. */
export interface MethodFacts {
  readonly provider: string;
  readonly choices: readonly string[];
  readonly enabled: boolean;
  readonly minMinor: number | undefined;
  readonly maxMinor: number | undefined;
  /** The buyer's e-mail has to be known before an invoice is made. */
  readonly needsEmail: boolean;
  readonly savesMethods: boolean;
  /** Its currency, where its price is asked for and has to be fresh. */
  readonly rateCurrency: string | undefined;
  /** Why it does not work at present. */
  readonly trouble: string | undefined;
}

export type HiddenReason = 'switched_off' | 'plan_rule' | 'server_rule' | 'below_minimum' | 'above_maximum' | 'trouble' | 'rate_not_fresh';

export interface Situation {
  /** What this method would have to be paid. */
  readonly due: Money;
  readonly planRules: MethodRules;
  /** Rules of every server of the plan; one that forbids is enough. */
  readonly serverRules: readonly MethodRules[];
  /** Currencies whose rate is fresh and plausible. */
  readonly freshRates: readonly string[];
}

function ruleFor(rules: MethodRules, method: Method): boolean | undefined {
  return rules[methodCode(method)] ?? rules[method.provider];
}

function switchFor(facts: MethodFacts, method: Method, situation: Situation): HiddenReason | undefined {
  const plan = ruleFor(situation.planRules, method);
  if (plan !== undefined) return plan ? undefined : 'plan_rule';
  const servers = situation.serverRules.map((rules) => ruleFor(rules, method));
  if (servers.includes(false)) return 'server_rule';
  return servers.includes(true) || facts.enabled ? undefined : 'switched_off';
}

/** Why a buyer does not see this method; undefined when it is offered. A rule of the plan beats one of the server, which beats the switch. */
export function hiddenBecause(facts: MethodFacts, method: Method, situation: Situation): HiddenReason | undefined {
  const rule = switchFor(facts, method, situation);
  if (rule !== undefined) return rule;
  if (facts.minMinor !== undefined && situation.due.minor < facts.minMinor) return 'below_minimum';
  if (facts.maxMinor !== undefined && situation.due.minor > facts.maxMinor) return 'above_maximum';
  if (facts.trouble !== undefined) return 'trouble';
  if (facts.rateCurrency !== undefined && !situation.freshRates.includes(facts.rateCurrency)) return 'rate_not_fresh';
  return undefined;
}

/** The methods a buyer sees, the one used last first, the others in the order of the shop. */
export function offeredMethods(all: readonly MethodFacts[], situation: Situation, last: string | undefined): readonly Method[] {
  const methods = all.flatMap((facts) =>
    [undefined, ...facts.choices]
      .map((choice) => ({ provider: facts.provider, choice }))
      .filter((method) => hiddenBecause(facts, method, situation) === undefined),
  );
  return methods.toSorted((a, b) => Number(methodCode(b) === last) - Number(methodCode(a) === last));
}

/** Providers that charge again by themselves, and how often: Telegram every 30 days (Bot API, createInvoiceLink, `subscription_period`). */
const ownPaces: Readonly<Record<string, Period>> = { stars: { value: 30, unit: 'day' } };

/** How often a provider charges again by itself; undefined where the shop does that. */
export function ownPaceOf(provider: string): Period | undefined {
  return ownPaces[provider];
}

/** Whether a method may be kept for renewals of a plan: where the provider charges by itself, its pace has to be the plan's. */
export function mayBeKept(facts: MethodFacts, method: Method, period: Period | undefined): boolean {
  if (!facts.savesMethods || method.choice !== undefined || period === undefined) return false;
  const pace = ownPaces[method.provider];
  if (pace === undefined) return true;
  return (period.unit === pace.unit && period.value === pace.value) || (period.unit === 'month' && period.value === 1);
}

/** A rate older than this is not used. */
export const freshRateMs = 15 * 60_000;

/** Whether a new rate is more than 10 % away from the last one, so that somebody has to look. Plain decimals. */
export function isSuspect(last: string, next: string): boolean {
  const before = Number(last);
  const after = Number(next);
  return !(Math.abs(after - before) <= before * 0.1);
}
