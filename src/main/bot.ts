import { createBot, publishCommands } from '../bot/bot';
import { createDispatcher, handleNow, type DispatcherDeps } from '../bot/dispatcher';
import { wasBanned } from '../db/deleteUser';
import { takeLock } from '../db/locks';
import { createPersonHash } from '../db/people';
import { recordTelegramPayment } from '../inbox/telegramPayments';
import { runPoller, wantedUpdates } from '../telegram/poller';
import { createShop } from '../temporal/shop';
import type { Running } from './api';
import type { Foundation } from './foundation';

/** Tells Telegram the commands, and where updates go: to the api's route when a secret for it is set, else nowhere, so that polling gets them. */
async function introduce({ telegram, config, settings }: Foundation): Promise<void> {
  const shop = await settings();
  if (config.telegramWebhookSecret === undefined) await telegram.deleteWebhook();
  else
    await telegram.setWebhook(`${shop.publicUrl}/telegram`, { secret_token: config.telegramWebhookSecret, allowed_updates: wantedUpdates });
  await publishCommands(telegram, shop);
}

/** Starts the bot: receiving (unless Telegram calls the api), and handling what was stored. */
export function startBot(foundation: Foundation): Running {
  const { db, clock, log, telegram, config, inbox } = foundation;
  const personHash = createPersonHash(db, foundation.sealer);
  const handle = createBot({
    db,
    clock,
    log,
    telegram,
    shop: createShop(foundation.temporal, foundation.start),
    sender: foundation.sender('answer'),
    settings: foundation.settings,
    policy: foundation.tuning.policy,
    wasBanned: (telegramId) => wasBanned(db, () => personHash(telegramId)),
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
  introduce(foundation).catch(() =>
    log.warn({}, 'Telegram did not take the commands or the webhook; they are sent again at the next start'),
  );
  return {
    async stop() {
      ending.abort();
      await Promise.all(parts);
    },
  };
}
