import { setTimeout as wait } from 'node:timers/promises';

interface Button {
  readonly text: string;
  readonly url?: string;
}

export interface Message {
  readonly id: number;
  readonly from: 'bot' | 'user';
  readonly html: string;
  /** What it said before it was edited, the oldest first. */
  readonly earlier?: readonly string[];
  readonly buttons: readonly (readonly Button[])[];
}

/** A buyer who acts through the sandbox, as a person would through Telegram. */
export interface Buyer {
  say(text: string): Promise<void>;
  /** Sends a picture. */
  sendPhoto(): Promise<void>;
  /** Presses a button whose text matches; returns the address it leads to, if any. */
  press(label: RegExp): Promise<string | undefined>;
  /** Waits until the bot has shown a text that matches. */
  see(text: RegExp, patienceMs?: number): Promise<Message>;
  /** Waits until the bot has shown a link to a feed, which comes in a message of its own after the order is told as ready; returns the newest. */
  seeLink(patienceMs?: number): Promise<string>;
  chat(): Promise<readonly Message[]>;
}

const feedLink = /<code>([^<]+\/sub\/[^<]+)<\/code>/;
const lookMs = 100;
const patience = 30_000;

async function call(url: string, body?: object): Promise<unknown> {
  const reply = await fetch(
    url,
    body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  if (!reply.ok) throw new Error(`${url} answered ${reply.status}`);
  return reply.json();
}

/** Makes a buyer with this Telegram id. */
export function createBuyer(sandboxUrl: string, id: number, languageCode = 'ru'): Buyer {
  const base = `${sandboxUrl}/sandbox/users/${id}`;
  const chat = async (): Promise<readonly Message[]> => {
    // The sandbox's own answer, in its own shape.
    const answer = (await call(`${base}/chat`)) as { messages: Message[] };
    return answer.messages;
  };

  async function until<T>(what: string, look: () => Promise<T | undefined>, patienceMs = patience): Promise<T> {
    const end = Date.now() + patienceMs;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`the buyer waited ${patienceMs / 1000} s in vain for ${what}`);
      await wait(lookMs);
    }
  }

  return {
    chat,
    async say(text) {
      await call(`${base}/messages`, { text, languageCode, firstName: 'Buyer' });
    },
    async sendPhoto() {
      await call(`${base}/messages`, { photo: true });
    },
    async press(label) {
      const found = await until(`a button ${label}`, async () => {
        const messages = (await chat()).toReversed();
        for (const message of messages) {
          const button = message.buttons.flat().find((entry) => label.test(entry.text));
          if (button !== undefined) return { message, button };
        }
        return undefined;
      });
      const answer = (await call(`${base}/presses`, { messageId: found.message.id, button: found.button.text })) as { url?: string };
      return answer.url;
    },
    see: (text, patienceMs) =>
      until(
        `the text ${text}`,
        async () => (await chat()).toReversed().find((message) => message.from === 'bot' && text.test(message.html)),
        patienceMs,
      ),
    seeLink: (patienceMs) =>
      until(
        'a link to the feed',
        async () => {
          const links = (await chat()).flatMap((message) => (message.from === 'bot' ? (feedLink.exec(message.html)?.[1] ?? []) : []));
          return links.at(-1);
        },
        patienceMs,
      ),
  };
}
