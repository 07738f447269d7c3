import { createBot, publishCommands } from '../bot/bot';
import { createDispatcher, handleNow, type DispatcherDeps } from '../bot/dispatcher';
import { takeLock } from '../db/locks';
import { recordTelegramPayment } from '../inbox/telegramPayments';
import { runPoller } from '../telegram/poller';
import { createTelegramSender } from '../telegram/sender';
import { createShop } from '../temporal/shop';
import type { Running } from './api';
import type { Foundation } from './foundation';

/** Starts the bot: receiving (unless Telegram calls the api), and handling what was stored. */
export function startBot(foundation: Foundation): Running {
  const { db, clock, log, telegram, config, inbox } = foundation;
  const handle = createBot({
    db,
    clock,
    log,
    telegram,
    shop: createShop(foundation.temporal, foundation.start),
    sender: createTelegramSender(telegram),
    settings: foundation.settings,
    recordPayment: (update) => recordTelegramPayment(inbox, update),
  });
  const deps: DispatcherDeps = { db, clock, log, handle };
  const dispatcher = createDispatcher(deps);
  const ending = new AbortController();
  const parts = [dispatcher.run(ending.signal)];
  if (config.telegramWebhookSecret === undefined) {
    const poller = runPoller(
      {
        db,
        telegram,
        log,
        lead: () => takeLock(foundation.engines.databaseUrl, { kind: 'poller', name: 'telegram' }, ending.signal),
        stored: (updates) => {
          for (const update of updates) {
            if (update.kind === 'pre_checkout_query')
              void handleNow(deps, update.id).catch((error: unknown) => log.error({ err: error }, 'a checkout was not answered'));
          }
          dispatcher.wake();
        },
      },
      ending.signal,
    );
    parts.push(poller);
  }
  publishCommands(telegram).catch(() => log.warn({}, 'Telegram did not take the list of commands'));
  return {
    async stop() {
      ending.abort();
      await Promise.all(parts);
    },
  };
}
