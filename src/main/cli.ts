import process from 'node:process';
import { Command } from 'commander';
import { applyShop } from '../catalog/apply';
import { exportShop } from '../catalog/export';
import { readConfig } from '../config';
import { isShopError } from '../errors';
import { migrate } from '../db/migrate';
import { runDoctor } from './cli/doctor';
import { say, withDatabase, type CliContext } from './cli/context';
import { readShopFile } from './shopFile';
import { listParked, listQuarantine, retryParked } from './cli/stuck';

async function apply(context: CliContext, file: string): Promise<void> {
  await migrate(context.databaseUrl);
  const changes = await applyShop(context.db, { file: readShopFile(file, context.config), sealer: context.sealer, actor: 'cli' });
  for (const change of changes)
    say(`${change.what.padEnd(12)} ${change.target}${change.fields.length > 0 ? ` (${change.fields.join(', ')})` : ''}`);
  say(changes.length === 0 ? 'Nothing to change: the shop is as the file says.' : `${changes.length} change(s) made.`);
}

function commands(): Command {
  const program = new Command('shop').description('Looks after a shop.').showHelpAfterError();
  program
    .command('check <file>')
    .description('says what is wrong in a shop file, with line and column')
    .action((file: string) => {
      const shop = readShopFile(file, readConfig(process.env));
      say(`${file} is right: ${shop.plans.length} plan(s), ${shop.servers.length} server(s), ${shop.panels.length} panel(s).`);
    });
  program
    .command('apply <file>')
    .description('makes the shop equal to the file and says what changed')
    .action((file: string) => withDatabase((context) => apply(context, file)));
  program
    .command('export')
    .description('writes the shop as a file; secrets stand in it as ${NAME}')
    .action(() => withDatabase(async ({ db, sealer }) => say(await exportShop(db, sealer))));
  program
    .command('migrate')
    .description('brings the database up to date')
    .action(() =>
      withDatabase(async ({ databaseUrl }) => {
        const names = await migrate(databaseUrl);
        say(names.length === 0 ? 'The database is up to date.' : `${names.length} migration(s) ran.`);
      }),
    );
  program
    .command('doctor')
    .description('asks Telegram, panels, providers, Postgres, Temporal and the public address, and says what is wrong')
    .action(() => withDatabase(runDoctor));
  program
    .command('parked')
    .description('lists items that were set aside because they failed for our own fault')
    .action(() => withDatabase(listParked));
  program
    .command('retry-parked <id>')
    .description('gives a parked item back to its user')
    .action((id: string) => withDatabase((context) => retryParked(context, id)));
  program
    .command('quarantine')
    .description('lists money that waits for your decision')
    .action(() => withDatabase(listQuarantine));
  return program;
}

commands()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${isShopError(error) ? error.message : error instanceof Error ? error.message : 'the command failed'}\n`);
    process.exitCode = 1;
  });
