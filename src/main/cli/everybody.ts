import { setTimeout as wait } from 'node:timers/promises';
import { getShopSettings } from '../../db/catalog';
import { listExtensions, startExtension, type Extension } from '../../db/extensions';
import { loadSources } from '../../db/sources';
import { formatDecimal } from '../../domain/money';
import { say, type CliContext } from './context';
import { daysOf } from './users';
import { actor, wrong } from './wish';

const lookMs = 1_000;
const fastest = 50;

function progressOf({ total, done }: Extension): string {
  return `${done} of ${total} user(s)`;
}

async function follow({ db }: CliContext, id: string): Promise<void> {
  let shown = '';
  for (;;) {
    const extension = (await listExtensions(db)).find((entry) => entry.id === id);
    if (extension === undefined) return;
    const line = progressOf(extension);
    if (line !== shown) say(`  ${line}`);
    shown = line;
    if (extension.done === extension.total) return;
    await wait(lookMs);
  }
}

/** `extend-all`: gives days to everybody whose subscription is live now, and follows how far it is. */
export async function extendAll(
  context: CliContext,
  options: { readonly days: string; readonly reason: string; readonly pace: string; readonly follow: boolean },
): Promise<void> {
  const days = daysOf(options.days);
  const reason = options.reason.trim();
  if (reason === '') throw wrong('say why with --reason "…"; buyers read it');
  const perSecond = /^\d{1,2}$/.test(options.pace) ? Number(options.pace) : 0;
  if (perSecond < 1 || perSecond > fastest) throw wrong(`--pace has to be 1 to ${fastest} users per second, not "${options.pace}"`);
  const { graceMs } = await getShopSettings(context.db);
  const id = await startExtension(context.db, { days, reason, actor: actor(), perSecond, graceMs, now: new Date() });
  if (id === undefined) throw wrong('an earlier one goes on; "npm run shop -- extensions" shows how far it is');
  say(`${id}: ${days} day(s) for everybody. You may leave with Ctrl-C; the running shop goes on by itself.`);
  if (!options.follow) return;
  await follow(context, id);
  say('Done.');
}

/** `extensions`: what was given to everybody, and how far it is. */
export async function showExtensions({ db }: CliContext): Promise<void> {
  const extensions = await listExtensions(db);
  for (const extension of extensions)
    say(`${extension.id}  ${extension.createdAt.toISOString()}  ${extension.days} day(s), ${progressOf(extension)}: ${extension.reason}`);
  if (extensions.length === 0) say('Nothing was given to everybody yet: npm run shop -- extend-all --days 3 --reason "…"');
}

/** `sources`: which campaign's link brought whom, and what they bought. */
export async function showSources({ db }: CliContext): Promise<void> {
  const { currency } = await getShopSettings(db);
  for (const { source, users, buyers, sales } of await loadSources(db, currency)) {
    const name = source ?? '(no campaign)';
    say(`${name.padEnd(24)} ${users} user(s), ${buyers} bought, ${formatDecimal(sales)} ${currency}`);
  }
  say('A link of a campaign: https://t.me/<your bot>?start=src_<name>');
}
