import { setTimeout as wait } from 'node:timers/promises';
import type { TelegramBook } from './state';

const retryMs = 300;

/** Makes the delivery of updates to the bot's webhook: one after the other, each again until it is answered with 2xx. */
export function createDelivery(book: () => TelegramBook): () => Promise<void> {
  let delivering = false;
  return async () => {
    if (delivering) return;
    delivering = true;
    for (let next = book().updates[0]; next !== undefined; next = book().updates[0]) {
      const { webhook } = book();
      if (webhook === undefined) break;
      const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhook.secret };
      const reply = await fetch(webhook.url, { method: 'POST', headers, body: JSON.stringify(next) }).catch(() => undefined);
      if (reply?.ok === true) book().updates.shift();
      else await wait(retryMs, undefined, { ref: false });
    }
    delivering = false;
  };
}
