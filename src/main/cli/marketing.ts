import type { Command } from 'commander';
import type { CliContext } from './context';
import { addPromo, endPromo, listPromos, type PromoOptions } from './promo';

type Run = (work: (context: CliContext) => Promise<void>) => Promise<void>;

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
