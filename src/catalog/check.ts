import { parseDecimal } from '../domain/money';
import { placeTag } from '../domain/plan';
import { panelBlocks } from '../panels/blocks';
import { providerCodes, type ProviderCode } from '../payments/blocks';
import type { ShopFile } from './schema';
import { textProblems } from './texts';

/** Something that is wrong at one place of the file: what, and what would be right. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function duplicates(section: string, entries: readonly { readonly id: string }[]): Problem[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    if (!seen.has(entry.id)) {
      seen.add(entry.id);
      return [];
    }
    return [{ path: [section, index, 'id'], message: `the id "${entry.id}" stands twice; every id has to be its own` }];
  });
}

function priceProblem(path: readonly (string | number)[], text: string, currency: string): Problem[] {
  try {
    return parseDecimal(text, currency).minor > 0 ? [] : [{ path, message: 'has to be more than nothing' }];
  } catch {
    return [{ path, message: `is no amount of ${currency}; it has to be like 299 or 299.50` }];
  }
}

function rewardProblems({ referral, shop }: ShopFile): Problem[] {
  return (['referrer', 'friend'] as const).flatMap((side) => {
    const text = referral?.[side];
    return text === undefined || text.includes('day') ? [] : priceProblem(['referral', side], text, shop.currency);
  });
}

function planProblems(file: ShopFile): Problem[] {
  const serverIds = new Set(file.servers.map((server) => server.id));
  const unknown = (path: Problem['path'], wanted: 'all' | readonly string[]): Problem[] =>
    (wanted === 'all' ? [] : wanted.filter((id) => !serverIds.has(id))).map((id) => ({
      path,
      message: `there is no server "${id}"; known: ${[...serverIds].join(', ')}`,
    }));
  return [
    ...file.plans.flatMap((plan, index) => [
      ...priceProblem(['plans', index, 'price'], plan.price, file.shop.currency),
      ...unknown(['plans', index, 'servers'], plan.servers),
    ]),
    ...(file.trial === undefined ? [] : unknown(['trial', 'servers'], file.trial.servers)),
  ];
}

/** An extra is sold as plans are: its id, and its tag on a button, have to be its own. */
function extraProblems(file: ShopFile): Problem[] {
  const plans = new Set(file.plans.map((plan) => plan.id));
  const tags = new Map<string, string>();
  return file.extras.flatMap((extra, index) => {
    const at = (field: string): Problem['path'] => ['extras', index, field];
    const other = tags.get(placeTag(extra.id));
    tags.set(placeTag(extra.id), extra.id);
    return [
      ...priceProblem(at('price'), extra.price, file.shop.currency),
      ...(plans.has(extra.id) ? [{ path: at('id'), message: `the id "${extra.id}" is a plan's; every id has to be its own` }] : []),
      ...(other === undefined
        ? []
        : [{ path: at('id'), message: `cannot be told from "${other}" on a buyer's button; give one of them another id` }]),
    ];
  });
}

/** Buttons name a server by its tag; two that have one tag could be mistaken for each other. */
function tagProblems(file: ShopFile): Problem[] {
  if (file.plans.every((plan) => plan.locations === undefined)) return [];
  const seen = new Map<string, string>();
  return file.servers.flatMap(({ id }, index) => {
    const other = seen.get(placeTag(id));
    seen.set(placeTag(id), id);
    return other === undefined || other === id
      ? []
      : [{ path: ['servers', index, 'id'], message: `cannot be told from "${other}" on a buyer's button; give one of them another id` }];
  });
}

type PanelEntry = ShopFile['panels'][number];

function credentialProblem(panel: PanelEntry): string | undefined {
  // The others say in their schema what they need.
  if (panel.kind !== '3x-ui' && panel.kind !== 'pasarguard') return undefined;
  const second = panel.kind === '3x-ui' ? panel.totpSecret : undefined;
  const login = panel.username !== undefined || panel.password !== undefined || second !== undefined;
  if (panel.token !== undefined) {
    const words = panel.kind === '3x-ui' ? 'username, password or totpSecret' : 'username or password';
    return login ? `has a token, which needs no ${words} beside it` : undefined;
  }
  return panel.username === undefined || panel.password === undefined ? 'needs a username and a password, or a token' : undefined;
}

function panelProblems(file: ShopFile): Problem[] {
  return file.panels.flatMap((panel, index) => {
    const credentials = credentialProblem(panel);
    const problems = credentials === undefined ? [] : [{ path: ['panels', index], message: credentials }];
    if (!panel.url.startsWith('http:') || panel.tls === 'plain-http') return problems;
    const message = 'is plain http, so the password could be read on its way; use https, or state the choice with "tls: plain-http"';
    return [...problems, { path: ['panels', index, 'url'], message }];
  });
}

const targetFields = ['inbounds', 'squads', 'groups'] as const;

function targetProblems(server: ShopFile['servers'][number], index: number, panel: PanelEntry): Problem[] {
  const wanted = panelBlocks[panel.kind].targets;
  const wrong = targetFields.filter((field) => field !== wanted && server[field] !== undefined);
  const told = `panel ${panel.id} is a ${panel.kind}, whose servers have ${wanted}`;
  const problems: Problem[] = wrong.map((field) => ({ path: ['servers', index, field], message: `does not fit: ${told}` }));
  if (server[wanted] === undefined) problems.push({ path: ['servers', index], message: `needs ${wanted}: ${told}` });
  const rule = panelBlocks[panel.kind].target;
  for (const target of server[wanted] ?? []) {
    if (!rule.pattern.test(target)) problems.push({ path: ['servers', index, wanted], message: rule.message });
  }
  return problems;
}

function serverProblems(file: ShopFile): Problem[] {
  const panels = new Map(file.panels.map((panel) => [panel.id, panel]));
  return file.servers.flatMap((server, index) => {
    const panel = panels.get(server.panel);
    if (panel !== undefined) return targetProblems(server, index, panel);
    return [{ path: ['servers', index, 'panel'], message: `there is no panel "${server.panel}"; known: ${[...panels.keys()].join(', ')}` }];
  });
}

/** Currencies a shop may count in for a provider that takes no others; absent = it takes what the rate allows. */
const onlyCurrencies: Partial<Readonly<Record<ProviderCode, readonly string[]>>> = {
  yookassa: ['RUB'],
  manual: ['RUB'],
  platega: ['RUB'],
  yoomoney: ['RUB'],
};

function limitProblems(file: ShopFile, code: ProviderCode): Problem[] {
  const settings = file.payments[code];
  return (['min', 'max'] as const).flatMap((name) => {
    const limit = settings?.[name];
    return limit === undefined ? [] : priceProblem(['payments', code, name], limit, file.shop.currency);
  });
}

function ruleProblems(file: ShopFile): Problem[] {
  const known = new Set<string>(providerCodes);
  const problem = (section: string, index: number, rules: Readonly<Record<string, boolean>>): Problem[] =>
    Object.keys(rules)
      .filter((code) => !known.has(code.split('_')[0] ?? ''))
      .map((code) => ({
        path: [section, index, 'payments', code],
        message: `there is no way to pay "${code}"; known: ${providerCodes.join(', ')}`,
      }));
  return [
    ...file.plans.flatMap((plan, index) => problem('plans', index, plan.payments)),
    ...file.extras.flatMap((extra, index) => problem('extras', index, extra.payments)),
    ...file.servers.flatMap((server, index) => problem('servers', index, server.payments)),
  ];
}

function manualProblems(file: ShopFile): Problem[] {
  return duplicates('payments.manual.requisites', file.payments.manual?.requisites ?? []).map(({ message }) => ({
    path: ['payments', 'manual', 'requisites'],
    message,
  }));
}

function paymentProblems(file: ShopFile): Problem[] {
  const used = providerCodes.filter((code) => file.payments[code] !== undefined);
  if (used.length === 0) return [{ path: ['payments'], message: `needs at least one of: ${providerCodes.join(', ')}` }];
  const problems = used.flatMap((code) => limitProblems(file, code));
  for (const code of used) {
    const only = onlyCurrencies[code];
    if (only === undefined || only.includes(file.shop.currency)) continue;
    problems.push({ path: ['payments', code], message: `takes roubles only; shop.currency has to be ${only.join(' or ')}` });
  }
  const { stars } = file.payments;
  if (
    stars !== undefined &&
    stars.rubPerStar === undefined &&
    [...file.plans, ...file.extras].some((plan) => plan.starsPrice === undefined)
  ) {
    problems.push({ path: ['payments', 'stars'], message: 'needs rubPerStar, or a starsPrice in every plan and extra' });
  }
  return [...problems, ...manualProblems(file), ...ruleProblems(file), ...topupProblems(file)];
}

function topupProblems(file: ShopFile): Problem[] {
  return file.shop.topups.flatMap((sum, index) => priceProblem(['shop', 'topups', index], sum, file.shop.currency));
}

/** What a schema cannot say: ids that stand twice, names of things that are not there, amounts, plain http. */
export function crossCheck(file: ShopFile): readonly Problem[] {
  return [
    ...duplicates('plans', file.plans),
    ...extraProblems(file),
    ...duplicates('panels', file.panels),
    ...duplicates('servers', file.servers),
    ...planProblems(file),
    ...rewardProblems(file),
    ...tagProblems(file),
    ...panelProblems(file),
    ...serverProblems(file),
    ...paymentProblems(file),
    ...textProblems(file),
  ];
}
