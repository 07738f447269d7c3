import type { Command } from 'commander';
import type { CliContext } from './context';
import { deleteUser, grantTime, revokeAccess, setBan, showUser, type GrantOptions } from './users';

type Run = (work: (context: CliContext) => Promise<void>) => Promise<void>;

/** Commands about one user: `user`, `grant`, `revoke`, `ban`, `unban`, `delete-user`. */
export function addUserCommands(program: Command, run: Run): void {
  program
    .command('user <user>')
    .description("everything about one user (the shop's number or a Telegram id): what it has, what it waits for, what happened")
    .option('--last <number>', 'how much of what happened', '200')
    .action((user: string, options: { last: string }) => run((context) => showUser(context, user, options)));
  program
    .command('grant <user>')
    .description('gives days to a subscription of the user, or a new one')
    .requiredOption('--days <number>', 'how many')
    .option('--subscription <id>', 'which; the one that ends last without it')
    .option('--plan <id>', 'what to give to a user who has none')
    .option('--reason <text>', 'why; the buyer reads it', '')
    .action((user: string, options: GrantOptions) => run((context) => grantTime(context, user, options)));
  program
    .command('revoke <user>')
    .description('takes a subscription away; no money moves (see "refund")')
    .option('--subscription <id>', 'which, where the user has several')
    .option('--reason <text>', 'why; the buyer reads it', '')
    .action((user: string, options: { subscription?: string; reason: string }) => run((context) => revokeAccess(context, user, options)));
  program
    .command('delete-user <user>')
    .description('deletes what the shop knows of a person, on their request; rows of money stay')
    .option('--yes', 'it is meant')
    .option('--leave-balance', 'also where the shop owes the user money')
    .option('--reason <text>', 'why, for the audit log', 'asked for by the user')
    .action((user: string, options: { yes?: boolean; leaveBalance?: boolean; reason: string }) =>
      run((context) => deleteUser(context, user, options)),
    );
  for (const to of ['ban', 'unban'] as const)
    program
      .command(`${to} <user>`)
      .description(to === 'ban' ? 'shuts the shop and every access to a user; money still counts' : 'opens shop and access to a user again')
      .option('--reason <text>', 'why, for the audit log', '')
      .action((user: string, { reason }: { reason: string }) => run((context) => setBan(context, user, { to, reason })));
}
