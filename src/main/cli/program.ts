import { Command } from 'commander';
import { applyShop } from '../../catalog/apply';
import { exportShop } from '../../catalog/export';
import { readConfig } from '../../config';
import { migrate } from '../../db/migrate';
import { runDoctor } from './doctor';
import { say, withDatabase, type CliContext } from './context';
import {
  balance,
  confirmRate,
  decideTransfer,
  endRefund,
  reconcile,
  refundOrder,
  resolveQuarantine,
  settle,
  type BalanceOptions,
  type RefundOptions,
  type ResolveOptions,
} from './money';
import { addEverybodyCommands, addMarketingCommands } from './marketing';
import { addPanelCommands, addServerCommands } from './panelCommands';
import { checkPanelsOf } from './panelHealth';
import { readShopFile } from '../shopFile';
import { addUserCommands } from './userCommands';
import { listTexts } from './texts';
import { listParked, listQuarantine, retryParked } from './stuck';

async function apply(context: CliContext, file: string): Promise<void> {
  await migrate(context.databaseUrl);
  const changes = await applyShop(context.db, { file: readShopFile(file, context.config), sealer: context.sealer, actor: 'cli' });
  for (const change of changes)
    say(`${change.what.padEnd(12)} ${change.target}${change.fields.length > 0 ? ` (${change.fields.join(', ')})` : ''}`);
  say(changes.length === 0 ? 'Nothing to change: the shop is as the file says.' : `${changes.length} change(s) made.`);
}

type Run = (work: (context: CliContext) => Promise<void>) => Promise<void>;

function addMoneyCommands(program: Command, run: Run): void {
  program
    .command('refund <order>')
    .description('closes the access of an order (or payment), then gives its money back')
    .option('--unused', 'only what the unused days are worth')
    .option('--to <where>', 'provider (the way it was paid) or balance', 'provider')
    .option('--reason <text>', 'why, for the audit log')
    .action((id: string, options: RefundOptions) => run((context) => refundOrder(context, id, options)));
  program
    .command('refund-done <refund>')
    .description('says that you have sent the money of a refund by hand')
    .action((id: string) => run((context) => endRefund(context, id, 'done')));
  program
    .command('refund-cancel <refund>')
    .description('keeps the money of a refund that did not go through, and gives the access back')
    .action((id: string) => run((context) => endRefund(context, id, 'cancelled')));
  program
    .command('approve <payment>')
    .description('says that the money of a transfer is there')
    .action((id: string) => run((context) => decideTransfer(context, id, { verdict: 'approved' })));
  program
    .command('decline <payment>')
    .description('says that a transfer was not found')
    .option('--reason <text>', 'what the buyer reads', '')
    .action((id: string, { reason }: { reason: string }) => run((context) => decideTransfer(context, id, { verdict: 'declined', reason })));
  program
    .command('resolve <quarantine>')
    .description('decides what becomes of money that was put aside')
    .option('--credit', "to the buyer's balance")
    .option('--keep', 'the money stays where it is')
    .option('--user <id>', 'whose it is, where the shop does not know')
    .action((id: string, options: ResolveOptions) => run((context) => resolveQuarantine(context, id, options)));
  program
    .command('balance <user>')
    .description('shows a balance, or corrects it with a reason')
    .option('--add <amount>', 'adds this much')
    .option('--take <amount>', 'takes this much away')
    .option('--reason <text>', 'why; the buyer reads it')
    .action((user: string, options: BalanceOptions) => run((context) => balance(context, user, options)));
  program
    .command('rate <currency> <price>')
    .description('confirms a price that moved by more than 10 %')
    .action((currency: string, price: string) => run((context) => confirmRate(context, currency, price)));
  program
    .command('reconcile')
    .description('lists everything on which money and access do not agree, with the command that resolves it')
    .action(() => run(reconcile));
  program
    .command('settle <subject>')
    .description('ends a difference that reconcile found: a payment, an order, or the balance of a user (by id)')
    .action((subject: string) => run((context) => settle(context, subject)));
}

/** The command line of the shop, on what `environment` says. */
export function createProgram(environment: NodeJS.ProcessEnv): Command {
  const run: Run = (work) => withDatabase(environment, work);
  const program = new Command('shop').description('Looks after a shop.').showHelpAfterError();
  program
    .command('check <file>')
    .description('says what is wrong in a shop file, with line and column, and asks its panels')
    .option('--offline', 'asks no panel')
    .action(async (file: string, { offline }: { offline?: boolean }) => {
      const shop = readShopFile(file, readConfig(environment));
      say(`${file} is right: ${shop.plans.length} plan(s), ${shop.servers.length} server(s), ${shop.panels.length} panel(s).`);
      if (offline !== true && (await checkPanelsOf(shop)) > 0)
        say('The file may be applied all the same: what is sold on a panel with a problem waits for it.');
    });
  program
    .command('apply <file>')
    .description('makes the shop equal to the file and says what changed')
    .action((file: string) => run((context) => apply(context, file)));
  program
    .command('export')
    .description('writes the shop as a file; secrets stand in it as ${NAME}')
    .action(() => run(async ({ db, sealer }) => say(await exportShop(db, sealer))));
  program
    .command('texts [part]')
    .description(
      'lists the texts of the bot, the page and the feed, or those with a part in them, as they can be put into shop.yaml; parameters stand in braces',
    )
    .action((part: string | undefined) => say(listTexts(part)));
  program
    .command('migrate')
    .description('brings the database up to date')
    .action(() =>
      run(async ({ databaseUrl }) => {
        const names = await migrate(databaseUrl);
        say(names.length === 0 ? 'The database is up to date.' : `${names.length} migration(s) ran.`);
      }),
    );
  program
    .command('doctor')
    .description('asks Telegram, panels, providers, Postgres, Temporal and the public address, and says what is wrong')
    .action(() => run(runDoctor));
  program
    .command('parked')
    .description('lists items that were set aside because they failed for our own fault')
    .action(() => run(listParked));
  program
    .command('retry-parked <id>')
    .description('gives a parked item back to its user')
    .action((id: string) => run((context) => retryParked(context, id)));
  addMoneyCommands(program, run);
  addPanelCommands(program, run);
  addServerCommands(program, run);
  addMarketingCommands(program, run);
  addEverybodyCommands(program, run);
  addUserCommands(program, run);
  program
    .command('quarantine')
    .description('lists money that waits for your decision')
    .action(() => run(listQuarantine));
  return program;
}
