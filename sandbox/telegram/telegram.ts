import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readFields, readJsonBody } from '../body';
import { withFault, type Faults } from '../faults';
import { methods, type MethodContext } from './methods';
import { createFloodControl } from './rules';
import { emptyBook, Refusal, type SandboxUser, type TelegramBook } from './state';
import { createStarsRoutes } from './stars';
import { createDelivery } from './webhook';

const answerWaitMs = 15_000;
const preCheckoutMs = 10_000;
const mostPollSeconds = 50;

export interface TelegramOptions {
  readonly token: string;
  readonly username: string;
  readonly publicUrl: () => string;
  readonly faults: Faults;
}

export interface TelegramSimulator {
  readonly router: Router;
  snapshot(): unknown;
  restore(snapshot: unknown): void;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
}

/** Makes a simulated Bot API with its buyers' side; it enforces lengths, markup, flood control and time limits as Telegram does. */
export function createTelegramSimulator(options: TelegramOptions): TelegramSimulator {
  let book: TelegramBook = emptyBook();
  const photos = new Map<number, Buffer>();
  const queries = new Map<string, Waiting<{ text: string; alert: boolean }>>();
  const checkouts = new Map<string, Waiting<{ ok: boolean; message: string }>>();
  const pollers = new Set<() => void>();
  const watchers = new Set<(userId: number) => void>();
  const router = new Router();
  const deliver = createDelivery(() => book);
  const context: MethodContext = {
    get book() {
      return book;
    },
    flood: createFloodControl(() => Date.now()),
    photos,
    username: options.username,
    publicUrl: options.publicUrl,
    answered: (id, text, alert) => settle(queries, id, { text, alert }),
    preCheckout: (id, ok, message) => settle(checkouts, id, { ok, message }),
    changed: (userId) => {
      for (const watch of watchers) watch(userId);
    },
  };

  function settle<T>(waiting: Map<string, Waiting<T>>, id: string, value: T): boolean {
    const entry = waiting.get(id);
    waiting.delete(id);
    entry?.resolve(value);
    return entry !== undefined;
  }

  function push(update: Record<string, unknown>): void {
    const known = typeof update['update_id'] === 'number' ? update['update_id'] : undefined;
    const id = known ?? book.nextUpdateId;
    book.nextUpdateId = Math.max(book.nextUpdateId, id + 1);
    book.updates.push({ ...update, update_id: id });
    for (const wake of pollers) wake();
    void deliver();
  }

  function userOf(id: number, seen: Record<string, unknown> = {}): SandboxUser {
    const user = (book.users[String(id)] ??= { id, firstName: 'Buyer', languageCode: 'ru', blocked: false, messages: [] });
    if (typeof seen['languageCode'] === 'string') user.languageCode = seen['languageCode'];
    if (typeof seen['firstName'] === 'string') user.firstName = seen['firstName'];
    return user;
  }

  function from(user: SandboxUser): object {
    return { id: user.id, is_bot: false, first_name: user.firstName, language_code: user.languageCode };
  }

  function chat(user: SandboxUser): object {
    return { id: user.id, type: 'private', first_name: user.firstName };
  }

  async function getUpdates(fields: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (book.webhook !== undefined)
      throw new Refusal(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    const offset = Number(fields['offset'] ?? 0);
    book.updates = book.updates.filter((update) => update.update_id >= offset);
    if (pollers.size > 0)
      throw new Refusal(409, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running');
    if (book.updates.length === 0) {
      const seconds = Math.min(mostPollSeconds, Number(fields['timeout'] ?? 0));
      await new Promise<void>((resolve) => {
        const end = (): void => {
          pollers.delete(end);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(end, seconds * 1_000);
        timer.unref();
        pollers.add(end);
      });
    }
    return book.updates.slice(0, Number(fields['limit'] ?? 100));
  }

  async function invoke(ctx: Context, method: string): Promise<void> {
    const { fields, files } = await readFields(ctx.req);
    const all = { ...ctx.query, ...fields };
    book.calls.push({ method, at: Date.now(), chatId: all['chat_id'] === undefined ? undefined : Number(all['chat_id']) });
    if (book.calls.length > 20_000) book.calls.splice(0, 5_000);
    try {
      const work = methods[method];
      if (method !== 'getUpdates' && work === undefined) throw new Refusal(404, 'Not Found: method not found');
      const result = method === 'getUpdates' ? await getUpdates(all) : work?.(context, all, files);
      ctx.body = { ok: true, result };
      if (method === 'setWebhook') void deliver();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      ctx.status = error.code;
      ctx.body = {
        ok: false,
        error_code: error.code,
        description: error.message,
        ...(error.retryAfter === undefined ? {} : { parameters: { retry_after: error.retryAfter } }),
      };
    }
  }

  router.all('/bot:token/:method', async (ctx) => {
    const method = String(ctx['params']['method']);
    if (ctx['params']['token'] !== options.token) {
      ctx.status = 401;
      ctx.body = { ok: false, error_code: 401, description: 'Unauthorized' };
      return;
    }
    const fault = method === 'getUpdates' ? undefined : options.faults.take('telegram', method);
    if (fault?.mode === 'http429') {
      ctx.status = 429;
      const seconds = Math.max(1, Math.ceil(fault.delayMs / 1_000));
      const description = `Too Many Requests: retry after ${seconds}`;
      ctx.body = { ok: false, error_code: 429, description, parameters: { retry_after: seconds } };
      return;
    }
    await withFault(ctx, fault, () => invoke(ctx, method));
  });

  router.post('/sandbox/users/:id/messages', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const user = userOf(Number(ctx['params']['id']), body);
    const text = String(body['text'] ?? '');
    const photo = body['photo'] === true;
    const id = book.nextMessageId;
    book.nextMessageId += 1;
    user.messages.push({ id, from: 'user', html: text, buttons: [], photo, edited: false, at: new Date().toISOString() });
    context.changed(user.id);
    const command = /^\/\w+/.exec(text)?.[0];
    const entities = command === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] };
    const picture = { photo: [{ file_id: `photo-${id}`, file_unique_id: `p${id}`, width: 512, height: 512 }] };
    const content = photo ? picture : { text, ...entities };
    push({ message: { message_id: id, from: from(user), chat: chat(user), date: Math.floor(Date.now() / 1000), ...content } });
    ctx.body = { messageId: id };
  });

  async function press(user: SandboxUser, messageId: number, label: string): Promise<{ status: number; body: object }> {
    const message = user.messages.find((entry) => entry.id === messageId);
    const button = message?.buttons.flat().find((entry) => entry.text === label);
    if (message === undefined || button === undefined) return { status: 404, body: { error: 'no such button' } };
    if (button.url !== undefined) return { status: 200, body: { url: button.url } };
    const id = randomUUID();
    const answer = new Promise<{ text: string; alert: boolean } | undefined>((resolve) => {
      queries.set(id, { resolve });
      setTimeout(() => resolve(undefined), answerWaitMs).unref();
    });
    const shown = { message_id: message.id, chat: chat(user), date: Math.floor(Date.parse(message.at) / 1000), text: message.html };
    push({ callback_query: { id, from: from(user), message: shown, chat_instance: '1', data: button.callback_data } });
    const settled = await answer;
    return { status: 200, body: settled === undefined ? { answered: false } : { answered: true, ...settled } };
  }

  router.post('/sandbox/users/:id/presses', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const done = await press(userOf(Number(ctx['params']['id'])), Number(body['messageId']), String(body['button']));
    ctx.status = done.status;
    ctx.body = done.body;
  });

  async function checkout(query: Record<string, unknown>): Promise<{ ok: boolean; message: string }> {
    const id = randomUUID();
    const verdict = new Promise<{ ok: boolean; message: string }>((resolve) => {
      checkouts.set(id, { resolve });
      setTimeout(() => {
        checkouts.delete(id);
        resolve({ ok: false, message: 'the bot did not answer in time' });
      }, preCheckoutMs).unref();
    });
    push({ pre_checkout_query: { id, ...query } });
    return verdict;
  }
  router.use(createStarsRoutes({ book: () => book, userOf, push, from, chat, checkout }).routes());

  for (const action of ['block', 'unblock'] as const) {
    router.post(`/sandbox/users/:id/${action}`, (ctx) => {
      const user = userOf(Number(ctx['params']['id']));
      user.blocked = action === 'block';
      const status = user.blocked ? 'kicked' : 'member';
      const bot = { id: 1, is_bot: true, first_name: 'Shop', username: options.username };
      push({
        my_chat_member: {
          chat: chat(user),
          from: from(user),
          date: Math.floor(Date.now() / 1000),
          old_chat_member: { user: bot, status: user.blocked ? 'member' : 'kicked' },
          new_chat_member: { user: bot, status },
        },
      });
      ctx.body = { blocked: user.blocked };
    });
  }

  router.get('/sandbox/users/:id/chat', (ctx) => {
    const user = book.users[String(ctx['params']['id'])];
    ctx.body = {
      commands: book.commands[user?.languageCode ?? ''] ?? book.commands[''] ?? [],
      messages: (user?.messages ?? []).map((message) => ({
        ...message,
        ...(message.photo ? { photoUrl: `/sandbox/photos/${message.id}` } : {}),
      })),
    };
  });
  router.get('/sandbox/photos/:id', (ctx) => {
    ctx.type = 'png';
    ctx.body = photos.get(Number(ctx['params']['id']));
  });
  router.get('/sandbox/users/:id/events', (ctx) => {
    const id = Number(ctx['params']['id']);
    ctx.respond = false;
    ctx.res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    ctx.res.write(': open\n\n');
    const watch = (userId: number): void => {
      if (userId === id) ctx.res.write('data: changed\n\n');
    };
    watchers.add(watch);
    ctx.req.on('close', () => watchers.delete(watch));
  });
  router.post('/sandbox/telegram/updates', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const update = body['update'];
    if (typeof update === 'object' && update !== null) push({ ...update });
    ctx.body = { ok: true };
  });
  router.post('/sandbox/channels/:name/members', async (ctx) => {
    const body = await readJsonBody(ctx.req);
    const members = (book.channels[String(ctx['params']['name'])] ??= []);
    if (typeof body['userId'] === 'number') members.push(body['userId']);
    ctx.body = { members };
  });
  router.get('/sandbox/telegram/calls', (ctx) => {
    ctx.body = book.calls;
  });
  return {
    router,
    snapshot: () => ({ ...book, calls: [] }),
    restore(snapshot) {
      // A snapshot is what `snapshot` gave, written and read as JSON.
      book = { ...emptyBook(), ...(snapshot as TelegramBook) };
    },
  };
}
