import { randomUUID } from 'node:crypto';
import { AssertionError } from 'node:assert';
import process from 'node:process';
import { Command } from 'commander';
import { systemClock } from '../../src/clock';
import { isShopError, ShopError } from '../../src/errors';
import type { TlsChoice } from '../../src/http';
import { panelBlocks, panelKinds, type PanelKind } from '../../src/panels/blocks';
import { createPanelDirectory, type PanelDirectory } from '../../src/panels/index';
import type { ListedAccount, Panel, PanelListing } from '../../src/panels/panel';
import { createPanelWriter } from '../../src/panels/panelWriter';
import { contractCases, keepsContract, missingPowers } from './contract';
import type { OpenedPanel } from './harness';

interface Options {
  readonly kind: string;
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly totpSecret?: string;
  readonly apiKey?: string;
  readonly targets?: string;
  readonly pinned?: string;
}

const signal = new AbortController().signal;

/** A target that no panel of the kind has. */
const absent: Readonly<Record<PanelKind, () => string>> = {
  '3x-ui': () => '999999',
  remnawave: () => randomUUID(),
  marzban: () => 'no such inbound',
  pasarguard: () => '999999',
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function fail(message: string): never {
  throw new ShopError('ConfigInvalid', { message });
}

function isKind(kind: string): kind is PanelKind {
  return panelKinds.some((known) => known === kind);
}

function tlsOf({ url, pinned }: Options): TlsChoice {
  if (pinned !== undefined) return { mode: 'pinned', sha256: pinned };
  return url.startsWith('http:') ? { mode: 'plain-http' } : { mode: 'verify' };
}

function directoryOf(options: Options): PanelDirectory {
  const { username, password, token, totpSecret, apiKey } = options;
  const credentials = Object.fromEntries(
    Object.entries({ username, password, token, totpSecret, apiKey }).filter(([, value]) => value !== undefined),
  );
  const stored = { id: 'tested', kind: options.kind, url: options.url, tls: tlsOf(options), credentials, version: '1' };
  return createPanelDirectory({ load: () => Promise.resolve(stored), clock: systemClock });
}

function chooseTargets(options: Options, listing: PanelListing): readonly [string, string] {
  const named = options.targets?.split(',').map((target) => target.trim());
  const busy = new Set(listing.accounts.flatMap((account) => account.targets));
  // Those with other accounts first: some panels do not let the last account of a target go.
  const usable = listing.targets.filter((target) => target.enabled).map((target) => target.target);
  const [first, second] = named ?? usable.toSorted((one, other) => Number(busy.has(other)) - Number(busy.has(one)));
  if (first === undefined || second === undefined || first === second) {
    fail(`it takes two targets that accounts can be sold on, and there are ${usable.length}; name them with --targets 1,2 or make another`);
  }
  return [first, second];
}

// Before 3.1 an inbound keeps its last client, so that the panel could not be left as it was found.
function requireOthers(kind: PanelKind, targets: readonly string[], seen: { listing: PanelListing; version: string }): void {
  if (kind !== '3x-ui' || !/^(2|3\.0)/.test(seen.version)) return;
  const lonely = targets.filter((target) => !seen.listing.accounts.some((account) => account.targets.includes(target)));
  if (lonely.length > 0) {
    fail(
      `this version does not delete the last client of an inbound; put any client on inbound ${lonely.join(' and ')} first, or name others with --targets`,
    );
  }
}

function fixed(accounts: readonly ListedAccount[]): readonly string[] {
  return accounts.map(({ usedBytes: _used, ...account }) => JSON.stringify(account)).toSorted();
}

function described(error: unknown): string {
  if (isShopError(error)) return `${error.code}: ${error.message}`;
  if (error instanceof AssertionError) return error.message.split('\n').slice(0, 12).join('\n           ');
  return error instanceof Error ? error.message : 'a thrown value';
}

async function runCases(opened: OpenedPanel): Promise<number> {
  let failures = 0;
  for (const one of contractCases) {
    const missing = missingPowers(one, opened);
    if (missing.length > 0) {
      say(`skipped    ${one.name}\n           (only a simulator can be made to do this: ${missing.join(', ')})`);
      continue;
    }
    try {
      await keepsContract(one, opened);
      say(`ok         ${one.name}`);
    } catch (error) {
      failures += 1;
      say(`FAILED     ${one.name}\n           ${described(error)}`);
    }
  }
  return failures;
}

async function testPanel(options: Options, panel: Panel): Promise<number> {
  if (!isKind(options.kind)) fail(`there is no kind "${options.kind}"; known: ${panelKinds.join(', ')}`);
  const { kind } = options;
  const health = await panel.health();
  say(`${kind} ${health.version}, core ${health.coreState}`);
  for (const warning of health.warnings) say(`  ! ${warning}`);
  const before = await panel.listAccounts(signal);
  const targets = chooseTargets(options, before);
  requireOthers(kind, targets, { listing: before, version: health.version });
  say(
    `${before.accounts.length} account(s) are there, and stay untouched; accounts named kt… are made and removed on ${panelBlocks[kind].targets} ${targets.join(' and ')}.\n`,
  );
  const failures = await runCases({
    // One session for all of it: a login for each case would look like an attack.
    connect: () => ({ ...panel, close: () => Promise.resolve() }),
    writer: createPanelWriter(() => Promise.resolve({ lost: signal, release: () => Promise.resolve() })),
    targets,
    absentTarget: absent[kind](),
    powers: {},
    close: () => Promise.resolve(),
  });
  const after = await panel.listAccounts(signal);
  const [was, is] = [fixed(before.accounts), fixed(after.accounts)];
  const differ = [...was.filter((one) => !is.includes(one)), ...is.filter((one) => !was.includes(one))];
  say(
    differ.length === 0
      ? `\nThe panel is as it was found: ${after.accounts.length} account(s).`
      : `\n${differ.length} account(s) are not as they were found.`,
  );
  say(failures === 0 ? 'Every promise that could be tried was kept.' : `${failures} promise(s) were not kept.`);
  return failures + differ.length;
}

async function main(): Promise<number> {
  const command = new Command('npm run test:panel --')
    .description(
      'Tries the shop’s adapter on a real panel, with accounts of its own that it removes again. No shop may write to the panel meanwhile.',
    )
    .requiredOption('--kind <kind>', panelKinds.join(', '))
    .requiredOption('--url <url>', 'address of the panel, with its path')
    .option('--username <name>')
    .option('--password <password>')
    .option('--token <token>', 'API token in place of a login')
    .option('--totp-secret <secret>', 'secret of the second factor, in base32')
    .option('--api-key <key>', 'value of X-Api-Key, where a guard before Remnawave wants one')
    .option('--targets <list>', 'two targets to use, with a comma between them')
    .option('--pinned <sha256>', 'fingerprint of a certificate that no authority signed')
    .parse();
  const options: Options = command.opts();
  const directory = directoryOf(options);
  try {
    return await testPanel(options, await directory.get('tested'));
  } catch (error) {
    process.stderr.write(`${isShopError(error) ? error.message : described(error)}\n`);
    return 1;
  } finally {
    await directory.close();
  }
}

void main().then((failures) => {
  process.exitCode = failures === 0 ? 0 : 1;
});
