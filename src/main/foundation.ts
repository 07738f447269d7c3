import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Telegram } from 'telegraf';
import { createSyncedClock, type SyncedClock } from '../clock';
import type { Config } from '../config';
import { getShopSettings, loadStoredMethod, loadStoredPanel } from '../db/catalog';
import { connect, type Db } from '../db/connection';
import { createSealer, loadOrCreateSecretKeys, parseSecretKeys, type Sealer } from '../db/seal';
import { serverTime } from '../db/serverTime';
import { takeTurn } from '../db/telegramTurns';
import type { ShopSettings } from '../domain/shop';
import { ShopError } from '../errors';
import { createHttpClient, type HttpClient } from '../http';
import type { InboxDeps } from '../inbox/paymentEvents';
import type { UserEventDeps } from '../inbox/userEvents';
import { createPanelDirectory, type PanelDirectory } from '../panels/index';
import { createProviderDirectory, type ProviderDirectory } from '../payments/index';
import { createGate, turnMs, type Urgency } from '../telegram/rate';
import { createTelegram, createTelegramSender, type TelegramSender } from '../telegram/sender';
import { connectTemporal } from '../temporal/connection';
import { createUserSignals, type UserSignals } from '../temporal/userSignals';
import type { StartSettings } from '../temporal/userStart';
import type { Tuning } from './tuning';

/** Where the two engines are; given, or embedded ones that were started before. */
export interface Engines {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
}

/** What all roles share; built once per process. */
export interface Foundation {
  readonly config: Config & { readonly botToken: string };
  readonly engines: Engines;
  readonly tuning: Tuning;
  readonly clock: SyncedClock;
  readonly log: Logger;
  readonly db: Db;
  readonly sealer: Sealer;
  readonly temporal: Client;
  readonly start: StartSettings;
  readonly signals: UserSignals;
  readonly inbox: InboxDeps & UserEventDeps;
  readonly http: HttpClient;
  readonly providers: ProviderDirectory;
  readonly panels: PanelDirectory;
  readonly telegram: Telegram;
  /** Sends messages of that urgency, within the limit that all processes of the shop share. */
  readonly sender: (urgency: Urgency) => TelegramSender;
  readonly settings: () => Promise<ShopSettings>;
  /** Set by the worker once it knows. */
  readonly attributes: { registered: boolean };
  close(): Promise<void>;
}

function requireToken(config: Config): Config & { readonly botToken: string } {
  if (config.botToken === undefined) {
    throw new ShopError('ConfigInvalid', {
      message: 'BOT_TOKEN is not set. Ask @BotFather in Telegram for a bot, and put BOT_TOKEN=… into .env',
    });
  }
  return { ...config, botToken: config.botToken };
}

/** Opens everything that the roles share. Nothing is connected yet: a shop starts while an engine is still down. */
export function createFoundation(given: Config, engines: Engines, parts: { tuning: Tuning; log: Logger }): Foundation {
  const config = requireToken(given);
  const { tuning, log } = parts;
  const db = connect({ url: engines.databaseUrl });
  const clock = createSyncedClock(() => serverTime(db));
  const keys = config.secretKey === undefined ? loadOrCreateSecretKeys(config.dataDir) : parseSecretKeys(config.secretKey);
  const sealer = createSealer(keys);
  const temporal = connectTemporal({ address: engines.temporalAddress, namespace: config.temporalNamespace });
  const attributes = { registered: false };
  const start: StartSettings = { times: tuning.times, searchAttributes: () => attributes.registered };
  const signals = createUserSignals(temporal, start);
  // Plain http reaches a provider's simulator on this machine; settings allow it for loopback only.
  const http = createHttpClient({ tls: { mode: 'plain-http' } });
  const bot = { apiRoot: config.telegramApiRoot, token: config.botToken };
  const telegram = createTelegram(bot);
  const gate = createGate((longestMs) => takeTurn(db, { gapMs: turnMs, longestMs }));
  const panels = createPanelDirectory({ load: (id) => loadStoredPanel(db, sealer, id), clock });
  return {
    config,
    engines,
    tuning,
    clock,
    log,
    db,
    sealer,
    temporal,
    start,
    signals,
    inbox: { db, clock, signals, log },
    http,
    providers: createProviderDirectory({ load: (code) => loadStoredMethod(db, sealer, code), http, telegram: bot, clock }),
    panels,
    telegram,
    sender: (urgency) => createTelegramSender(telegram, { gate, urgency }),
    settings: () => getShopSettings(db),
    attributes,
    async close() {
      await Promise.allSettled([panels.close(), http.close(), temporal.connection.close()]);
      await db.destroy();
    },
  };
}
