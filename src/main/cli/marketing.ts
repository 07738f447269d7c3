import type { Command } from 'commander';
import type { CliContext } from './context';
import { extendAll, showExtensions, showSources } from './everybody';
import { addPromo, endPromo, listPromos, type PromoOptions } from './promo';

type Run = (work: (context: CliContext) => Promise<void>) => Promise<void>;

/** `extend-all`, `extensions` and `sources`. */
export function addEverybodyCommands(program: Command, run: Run): void {
  program
    .command('extend-all')
    .description('gives days to everybody whose subscription is live now, a few users at a time')
    .requiredOption('--days <number>', 'how many')
    .requiredOption('--reason <text>', 'why; buyers read it')
    .option('--pace <number>', 'users per second', '5')
    .option('--no-follow', 'does not wait until everybody has it')
    .action((options: { days: string; reason: string; pace: string; follow: boolean }) => run((context) => extendAll(context, options)));
  program
    .command('extensions')
    .description('what was given to everybody, and how far it is')
    .action(() => run(showExtensions));
  program
    .command('sources')
    .description("which campaign's link brought whom, and what they bought")
    .action(() => run(showSources));
}

/** Commands about what brings buyers: promo codes. */
export function addMarketingCommands(program: Command, run: Run): void {
  const promo = program.command('promo').description('codes that buyers enter in the bot');
  promo
    .command('add <code>')
    .description('makes a code')
    .option('--percent <number>', 'takes this part off a price')
    .option('--amount <sum>', 'takes this sum off a price')
    .option('--days <number>', 'adds days to the subscription that the user has')
    .option('--uses <number>', 'most uses in total; any number without it')
    .option('--per-user <number>', 'most uses of one user', '1')
    .option('--from <day>', 'first day, like 2027-01-01')
    .option('--until <day>', 'last day, like 2027-01-31')
    .option('--plans <ids>', 'plans it is for, like month,year; all without it')
    .option('--new-buyers', 'only for who has bought nothing yet')
    .action((code: string, options: PromoOptions) => run((context) => addPromo(context, code, options)));
  promo
    .command('list')
    .description('shows every code with its uses')
    .action(() => run(listPromos));
  promo
    .command('end <code>')
    .description('ends a code at once')
    .action((code: string) => run((context) => endPromo(context, code)));
}
