import type { Command } from 'commander';
import type { CliContext } from './context';
import { repairPanel, showPanels } from './panels';
import { changeServer, evacuateServer, removeServer, setDraining, showServers } from './servers';

type Run = (work: (context: CliContext) => Promise<void>) => Promise<void>;

/** `panels` and `repair`. */
export function addPanelCommands(program: Command, run: Run): void {
  program
    .command('panels')
    .description('says how every panel is, what it holds, what was repaired there, and what to do')
    .action(() => run(showPanels));
  program
    .command('repair <panel>')
    .description('says that what a panel lists is true, however odd it looks, so that it is made as this shop says')
    .action((panel: string) => run((context) => repairPanel(context, panel)));
}

/** `server add`, `drain`, `undrain`, `evacuate`, `disable`, `enable`, `remove` and `list`. */
export function addServerCommands(program: Command, run: Run): void {
  const server = program.command('server').description('servers with a life: what each takes, and moving keys between them');
  const list = server.command('list').description('state, places and keys of every server');
  list.action(() => run(showServers));
  const changes = [
    ['add', 'gives live subscriptions whose plan covers it a key on it'],
    ['disable', 'closes the access on it; the keys stay for "enable"'],
    ['enable', 'opens the access on it again'],
  ] as const;
  for (const [kind, description] of changes) {
    const command = server.command(`${kind} <id>`).description(description);
    command.action((id: string) => run((context) => changeServer(context, id, kind)));
  }
  const drain = server.command('drain <id>').description('no new keys on it; those it has work on');
  drain.action((id: string) => run((context) => setDraining(context, id, true)));
  const undrain = server.command('undrain <id>').description('takes new keys again');
  undrain.action((id: string) => run((context) => setDraining(context, id, false)));
  const evacuate = server.command('evacuate <id>').description('moves every key to another server, the new one first');
  evacuate.requiredOption('--to <id>', 'where the keys go');
  evacuate.action((id: string, { to }: { to: string }) => run((context) => evacuateServer(context, id, to)));
  const remove = server.command('remove <id>').description('removes the access on it, then archives it');
  remove.action((id: string) => run((context) => removeServer(context, id)));
}
