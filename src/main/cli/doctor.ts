import process from 'node:process';
import { connect as connectTls } from 'node:tls';
import { systemClock } from '../../clock';
import { getShopSettings, listMethods, listPanels, loadStoredMethod, loadStoredPanel } from '../../db/catalog';
import { pendingMigrations } from '../../db/migrate';
import { isShopError, ShopError } from '../../errors';
import { createHttpClient } from '../../http';
import { createPanelDirectory } from '../../panels/index';
import { createProviderDirectory } from '../../payments/index';
import { createTelegram, toTelegramError } from '../../telegram/sender';
import { connectTemporal } from '../../temporal/connection';
import { missingSearchAttributes } from '../../temporal/searchAttributes';
import { say, type CliContext } from './context';
import { askPanelHealth } from './panelHealth';

interface Check {
  readonly name: string;
  /** Returns what it saw; throws a `ShopError` that says what is wrong and what to do. */
  readonly run: () => Promise<string>;
}

const checkMs = 20_000;
const fewDays = 14;
const dayMs = 86_400_000;

function telegramCheck({ config }: CliContext): Check {
  return {
    name: 'Telegram',
    async run() {
      if (config.botToken === undefined) throw new ShopError('ConfigInvalid', { message: 'BOT_TOKEN is not set; @BotFather gives one' });
      try {
        const me = await createTelegram({ apiRoot: config.telegramApiRoot, token: config.botToken }).getMe();
        return `the bot is @${me.username}`;
      } catch (error) {
        throw toTelegramError(error);
      }
    },
  };
}

function postgresCheck({ db }: CliContext): Check {
  return {
    name: 'Postgres',
    async run() {
      const result: { rows: readonly { server_version: string }[] } = await db.raw('show server_version');
      const pending = await pendingMigrations(db);
      if (pending.length > 0)
        throw new ShopError('ConfigInvalid', { message: `${pending.length} migration(s) are missing: npm run shop -- migrate` });
      return `version ${result.rows[0]?.server_version ?? '?'}, up to date`;
    },
  };
}

function temporalCheck({ config, temporalAddress }: CliContext): Check {
  return {
    name: 'Temporal',
    async run() {
      if (temporalAddress === undefined) {
        return 'not asked: without TEMPORAL_ADDRESS it runs only while the shop runs';
      }
      const client = connectTemporal({ address: temporalAddress, namespace: config.temporalNamespace });
      try {
        await client.workflowService.describeNamespace({ namespace: config.temporalNamespace });
        const missing = await missingSearchAttributes(client);
        return missing.length === 0
          ? `namespace ${config.temporalNamespace}`
          : `works, without the search attributes ${missing.join(', ')}`;
      } catch (error) {
        throw new ShopError('TemporalUnavailable', {
          message: `no answer for namespace "${config.temporalNamespace}"; check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE`,
          cause: error,
        });
      } finally {
        await client.connection.close();
      }
    },
  };
}

async function panelChecks({ db, sealer }: CliContext): Promise<readonly Check[]> {
  const directory = createPanelDirectory({ load: (id) => loadStoredPanel(db, sealer, id), clock: systemClock });
  return (await listPanels(db)).map((panel) => ({
    name: `Panel ${panel.id}`,
    run: async () => askPanelHealth(await directory.get(panel.id), panel.servers),
  }));
}

async function providerChecks({ db, sealer, config }: CliContext): Promise<readonly Check[]> {
  const directory = createProviderDirectory({
    load: (code) => loadStoredMethod(db, sealer, code),
    http: createHttpClient({ tls: { mode: 'plain-http' } }),
    telegram: { apiRoot: config.telegramApiRoot, token: config.botToken ?? '' },
    clock: systemClock,
  });
  return (await listMethods(db)).map(({ provider }) => ({
    name: `Payments ${provider}`,
    async run() {
      await (await directory.get(provider)).check();
      return 'the credentials work';
    },
  }));
}

function certificateDays(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, servername: host, timeout: checkMs }, () => {
      const end = Date.parse(socket.getPeerCertificate().valid_to);
      socket.destroy();
      resolve(Math.floor((end - Date.now()) / dayMs));
    });
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ShopError('ConfigInvalid', { message: `its certificate is not valid for ${host} (${error.code ?? 'unknown'})` })),
    );
  });
}

function addressCheck({ db, config }: CliContext): Check {
  return {
    name: 'Public address',
    async run() {
      const url = config.publicUrl ?? (await getShopSettings(db)).publicUrl;
      const { protocol, hostname, port } = new URL(url);
      const days = protocol === 'https:' ? await certificateDays(hostname, Number(port || 443)) : undefined;
      const http = createHttpClient({ tls: { mode: 'plain-http' } });
      const reply = await http.send({ method: 'GET', url: `${url}/health/live`, timeoutMs: checkMs }).catch(() => undefined);
      await http.close();
      if (reply?.status !== 200) {
        throw new ShopError('ConfigInvalid', {
          message: 'does not lead to the running shop; check publicUrl, the proxy, and that the shop runs',
        });
      }
      if (days !== undefined && days < fewDays)
        throw new ShopError('ConfigInvalid', { message: `its certificate ends in ${days} day(s); renew it` });
      return days === undefined ? 'answers (plain http)' : `answers, certificate good for ${days} days`;
    },
  };
}

async function bounded(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ShopError('ProviderUnavailable', { message: `no answer within ${checkMs / 1000} s` })), checkMs);
  });
  try {
    return await Promise.race([check.run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function listChecks(context: CliContext): Promise<readonly Check[]> {
  const first = [telegramCheck(context), postgresCheck(context), temporalCheck(context)];
  try {
    return [...first, ...(await panelChecks(context)), ...(await providerChecks(context)), addressCheck(context)];
  } catch {
    return first;
  }
}

/** Asks everything the shop depends on and says in plain words what is wrong; the exit code is 1 when anything is. */
export async function runDoctor(context: CliContext): Promise<void> {
  let problems = 0;
  for (const check of await listChecks(context)) {
    try {
      say(`ok       ${check.name}: ${await bounded(check)}`);
    } catch (error) {
      problems += 1;
      say(`PROBLEM  ${check.name}: ${isShopError(error) ? error.message : 'it failed in a way the doctor does not know'}`);
    }
  }
  say(problems === 0 ? 'All is well.' : `${problems} problem(s).`);
  if (problems > 0) process.exitCode = 1;
}
