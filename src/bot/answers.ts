import { createHash } from 'node:crypto';
import { isShopError } from '../errors';
import type { TelegramSender } from '../telegram/sender';
import type { Screen } from './views/screen';

/** The new messages that answer one update, over all of its tries. Edits need no memory: the same one again changes nothing. */
export interface Answers {
  /** Digests of the messages that have left, or may have. */
  readonly said: ReadonlySet<string>;
  /** Whether a message of this try may have been lost on its way. */
  readonly isDoubtful: boolean;
  /** Sends a message by `sender`, once however often the update is tried. */
  say(sender: TelegramSender, chatId: number, screen: Screen): Promise<void>;
}

function digestOf({ html, keyboard, photo, file }: Screen): string {
  const hash = createHash('sha256').update(JSON.stringify([html, keyboard, file]));
  return (photo === undefined ? hash : hash.update(photo)).digest('base64url');
}

/** Makes the answers of an update from what its earlier tries have said. */
export function createAnswers(earlier: readonly string[]): Answers {
  const said = new Set(earlier);
  let isDoubtful = false;
  return {
    said,
    get isDoubtful() {
      return isDoubtful;
    },
    async say(sender, chatId, screen) {
      const digest = digestOf(screen);
      if (said.has(digest)) return;
      try {
        await sender.send(chatId, screen);
      } catch (error) {
        // It may have arrived, and is not sent again: who sees no answer asks again, who sees two takes the second for another one.
        if (!isShopError(error, 'TelegramUnknownOutcome')) throw error;
        isDoubtful = true;
      }
      said.add(digest);
    },
  };
}
