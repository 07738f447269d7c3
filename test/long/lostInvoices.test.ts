import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import type { Buyer } from '../../sandbox/buyer';
import { fullShop } from '../../sandbox/demoShop';
import { methodButton } from '../../sandbox/once';
import { atProvider, balanceOf, latestPayment, type OpenedPayment } from '../support/buying';
import { fault } from '../support/facts';
import { openTestShop, quick, type TestShop } from '../support/shop';
import { until } from '../support/until';
import { tables } from '../vectors/index';

/** Ways to pay whose provider is called for an invoice. */
const called = tables.filter((table) => table.create !== undefined).map((table) => table.code);

/** A repeat finds the same invoice by its key or by a search, makes another that stands for the same payment, or is not made. */
const repeats: Readonly<Record<string, 'same' | 'another' | 'none'>> = {
  yookassa: 'same',
  cryptopay: 'same',
  heleket: 'same',
  cloudpayments: 'same',
  stripe: 'same',
  stars: 'another',
  platega: 'none',
};

/** Longer than the shop waits for a provider, and than it takes to ask again after that: the work is done when nobody listens any more. */
const tooLateMs = 16_000;

interface Book {
  readonly id: string;
  readonly provider: string;
  readonly reference: string;
  readonly status: string;
}

interface Story {
  readonly telegramId: number;
  readonly buyer: Buyer;
  readonly payment: OpenedPayment;
  /** Every address that a pay button ever led to, and the most that stood in the chat at one moment. */
  readonly shown: ReadonlySet<string>;
  readonly mostAtOnce: number;
  /** What the chat said in the end. */
  readonly told: string;
}

function payButtons(messages: Awaited<ReturnType<Buyer['chat']>>): readonly string[] {
  return messages
    .flatMap((message) => message.buttons.flat())
    .flatMap(({ text, url }) => (text.startsWith('Оплатить') && url !== undefined ? [url] : []));
}

describe('6: an invoice whose answer never comes', () => {
  let shop: TestShop;
  let lastId = 52_000;
  const stories = new Map<string, Story | Error>();

  beforeAll(async () => {
    // The provider's own time to answer ends first, as in a shop.
    shop = await openTestShop({ shopFile: fullShop, tuning: { times: { ...quick.times, providerMs: 10_000 } } });
    for (const mode of ['drop', 'stall', 'slow']) await tellAll(mode, 1);
    await tellAll('drop', 2);
  }, 300_000);
  afterAll(() => shop.close());

  async function books(paymentId: string): Promise<readonly Book[]> {
    const all = (await (await fetch(`${shop.sandbox.url}/sandbox/payments`)).json()) as Book[];
    return all.filter((book) => book.reference === paymentId);
  }

  async function order(buyer: Buyer, provider: string): Promise<void> {
    await buyer.say('/start');
    await buyer.press(/^1 месяц/);
    await buyer.press(methodButton(provider));
  }

  /** Orders while the provider fails, and watches the chat until the order waits or has failed. */
  async function tell(provider: string, settled?: (paymentId: string) => Promise<unknown>): Promise<Story> {
    lastId += 1;
    const telegramId = lastId;
    const buyer = shop.buyer(telegramId);
    const shown = new Set<string>();
    let mostAtOnce = 0;
    const look = async (): Promise<void> => {
      const urls = payButtons(await buyer.chat());
      mostAtOnce = Math.max(mostAtOnce, urls.length);
      for (const url of urls) shown.add(url);
    };
    const watching = new AbortController();
    const watch = (async () => {
      for (; !watching.signal.aborted; await wait(200)) await look();
    })();
    try {
      await order(buyer, provider);
      await buyer.see(/Ждём оплату|счёт не выставлен/);
      const payment = await latestPayment(shop, telegramId);
      if (payment === undefined) throw new Error('there is no payment');
      // What is carried out too late may not show up either.
      await settled?.(payment.id);
      await look();
      const told = (await buyer.chat()).at(-1)?.html ?? '';
      return { telegramId, buyer, payment, shown, mostAtOnce, told };
    } finally {
      watching.abort();
      await watch;
    }
  }

  /** Waits until the call that was given up was carried out at the provider all the same. */
  async function untilCarriedOut(provider: string, paymentId: string): Promise<void> {
    if (provider !== 'cryptopay') return;
    await until('the late invoice is made', async () => (await books(paymentId)).length === 2);
  }

  /** All providers at once: each has a failure and a buyer of its own. */
  async function tellAll(mode: string, count: number): Promise<void> {
    await Promise.all(
      called.map(async (provider) => {
        const target = provider === 'stars' ? 'telegram' : provider;
        await fault(shop, { target, operation: provider === 'stars' ? 'createInvoiceLink' : 'create', mode, count, delayMs: tooLateMs });
        // A repeat that searches loses its answer there.
        if (count === 2 && provider === 'cryptopay') await fault(shop, { target, operation: 'get', mode: 'http500' });
        const story = await tell(provider, mode === 'slow' ? (id) => untilCarriedOut(provider, id) : undefined).catch((error: unknown) =>
          error instanceof Error ? error : new Error(String(error)),
        );
        stories.set(`${mode}:${count}:${provider}`, story);
        await fault(shop, { target, mode: null });
      }),
    );
  }

  function storyOf(mode: string, count: number, provider: string): Story {
    const story = stories.get(`${mode}:${count}:${provider}`);
    if (story === undefined || story instanceof Error) throw story ?? new Error('not told');
    return story;
  }

  async function deliveries(userId: number): Promise<number> {
    return (await shop.db('grants').join('subscriptions', 'subscriptions.id', 'grants.subscription_id').where({ user_id: userId })).length;
  }

  async function payPage(paymentId: string): Promise<string> {
    const row: { pay_url: string } = await shop.db('payments').where({ id: paymentId }).first('pay_url');
    return row.pay_url;
  }

  /** Pays both attempts, in this order; gives how often the order was delivered and what became balance. */
  async function payBoth(story: Story, first: string, second: string): Promise<{ deliveries: number; balance: number }> {
    await atProvider(shop, { action: 'pay', paymentId: first });
    await story.buyer.see(/Доступ открыт до/);
    await atProvider(shop, { action: 'pay', paymentId: second });
    await story.buyer.see(/лежат на вашем балансе/);
    return { deliveries: await deliveries(story.payment.user_id), balance: await balanceOf(shop, story.payment.user_id) };
  }

  async function orderAgain(story: Story, provider: string): Promise<OpenedPayment> {
    await order(story.buyer, provider);
    const again = await until(`a new attempt at ${provider} is open`, async () => {
      const payment = await latestPayment(shop, story.telegramId);
      return payment !== undefined && payment.id !== story.payment.id && payment.state === 'pending' ? payment : undefined;
    });
    await until('the new attempt is shown', async () => payButtons(await story.buyer.chat()).length > 0);
    return again;
  }

  async function starsLinks(paymentId: string): Promise<readonly string[]> {
    const stars = (await (await fetch(`${shop.sandbox.url}/sandbox/stars`)).json()) as { invoices: { slug: string; payload: string }[] };
    return stars.invoices.filter((invoice) => invoice.payload === paymentId).map((invoice) => invoice.slug);
  }

  async function payStars(telegramId: number, slug: string): Promise<boolean> {
    const reply = await fetch(`${shop.sandbox.url}/sandbox/users/${telegramId}/stars-payments`, {
      method: 'POST',
      body: JSON.stringify({ slug }),
    });
    return ((await reply.json()) as { ok: boolean }).ok;
  }

  it('knows of every provider that is called what a repeat does', () => {
    expect(Object.keys(repeats).toSorted()).toEqual([...called].toSorted());
  });

  describe.each(['drop', 'stall', 'slow'])('carried out, then "%s"', (mode) => {
    it.each(called)('%s: never two ways to pay are shown', (provider) => {
      const story = storyOf(mode, 1, provider);
      expect(story.mostAtOnce).toBeLessThanOrEqual(1);
      const isShown = repeats[provider] !== 'none';
      expect({ shown: story.shown.size, told: story.told }).toEqual({
        shown: isShown ? 1 : 0,
        told: expect.stringMatching(isShown ? /Ждём оплату/ : /счёт не выставлен/),
      });
    });

    it.each(called.filter((provider) => repeats[provider] === 'same'))('%s: the repeat finds the same invoice', async (provider) => {
      const { payment, shown, buyer } = storyOf(mode, 1, provider);
      const found = await books(payment.id);
      // A search cannot find what is made after it; nobody is shown the way to that one.
      const isMadeTwice = mode === 'slow' && provider === 'cryptopay';
      expect(found.filter((book) => book.status === 'open')).toHaveLength(isMadeTwice ? 2 : 1);
      expect([...shown]).toEqual([await payPage(payment.id)]);
      const page = [...shown][0] ?? '';
      expect(found.map((book) => `${shop.sandbox.url}/pay/${book.id}`)).toContain(page);
      expect((await fetch(`${page}/pay`, { method: 'POST' })).status).toBe(200);
      await buyer.see(/Доступ открыт до/);
      expect(await deliveries(payment.user_id)).toBe(1);
    });
  });

  it('cryptopay: an invoice made after its search, paid too, is balance', async () => {
    const story = storyOf('slow', 1, 'cryptopay');
    const other = (await books(story.payment.id)).find((book) => book.status === 'open');
    await fetch(`${shop.sandbox.url}/pay/${other?.id ?? ''}/pay`, { method: 'POST' });
    await story.buyer.see(/лежат на вашем балансе/);
    expect(await deliveries(story.payment.user_id)).toBe(1);
    expect(await balanceOf(shop, story.payment.user_id)).toBe(29_900);
  });

  it('stars: the second link is for the same payment, and one payment closes both', async () => {
    const { payment, shown, telegramId, buyer } = storyOf('drop', 1, 'stars');
    const links = await starsLinks(payment.id);
    expect(links).toHaveLength(2);
    const known = links.find((slug) => [...shown].some((url) => url.endsWith(slug)));
    const lost = links.find((slug) => slug !== known);
    expect(await payStars(telegramId, known ?? '')).toBe(true);
    await buyer.see(/Доступ открыт до/);
    expect(await payStars(telegramId, lost ?? '')).toBe(false);
  });

  it('16: platega: the lost attempt is closed, the buyer makes a new one; paid after it, the lost one is balance', async () => {
    const story = storyOf('drop', 1, 'platega');
    expect(story.payment.state).toBe('failed');
    expect(await shop.db('orders').where({ id: story.payment.order_id }).first('state', 'closed_reason')).toEqual({
      state: 'cancelled',
      closed_reason: 'invoice_failed',
    });
    const again = await orderAgain(story, 'platega');
    expect(payButtons(await story.buyer.chat())).toEqual([await payPage(again.id)]);
    expect(await payBoth(story, again.id, story.payment.id)).toEqual({ deliveries: 1, balance: 29_900 });
  });

  it('16: platega: paid before the new one, the lost attempt delivers and the new one is balance', async () => {
    const story = storyOf('stall', 1, 'platega');
    const again = await orderAgain(story, 'platega');
    expect(await payBoth(story, story.payment.id, again.id)).toEqual({ deliveries: 1, balance: 29_900 });
  });

  it.each(called)('%s: with both tries lost nothing is shown, and the buyer orders anew', async (provider) => {
    const story = storyOf('drop', 2, provider);
    expect(story.shown.size).toBe(0);
    const again = await orderAgain(story, provider);
    expect(payButtons(await story.buyer.chat())).toEqual([await payPage(again.id)]);
  });

  it.each(['yookassa', 'heleket', 'stripe'])('E5: %s: both attempts paid: one delivery, the other is balance', async (provider) => {
    const story = storyOf('drop', 2, provider);
    const again = await latestPayment(shop, story.telegramId);
    expect(await payBoth(story, again?.id ?? '', story.payment.id)).toEqual({ deliveries: 1, balance: 29_900 });
  });

  it('E6: cryptopay: the lost invoice is found by its payment and closed at the provider', async () => {
    const story = storyOf('drop', 2, 'cryptopay');
    await until('the lost invoice is closed', async () => (await books(story.payment.id)).every((book) => book.status === 'cancelled'));
    const again = await latestPayment(shop, story.telegramId);
    expect((await books(again?.id ?? '')).map((book) => book.status)).toEqual(['open']);
  });

  it('cloudpayments: the shop says no before the money of a lost order moves', async () => {
    const story = storyOf('drop', 2, 'cloudpayments');
    await atProvider(shop, { action: 'pay', paymentId: story.payment.id });
    expect((await books(story.payment.id)).map((book) => book.status)).toEqual(['open']);
    expect(await shop.db('charges').where({ payment_id: story.payment.id })).toEqual([]);
  });

  it('stars: the links of a lost order cannot be paid', async () => {
    const story = storyOf('drop', 2, 'stars');
    const links = await starsLinks(story.payment.id);
    expect(links).toHaveLength(2);
    for (const slug of links) expect(await payStars(story.telegramId, slug)).toBe(false);
  });

  it('sets nothing aside as a fault of the shop', async () => {
    expect(await shop.db('parked_items')).toEqual([]);
  });
});
