import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fault, orderByCard, post, untilFulfilled } from '../support/facts';
import { openTestShop, secrets, type TestShop } from '../support/shop';
import { until } from '../support/until';

const buyerName = 'Canaryname';
const planted = [
  secrets.botToken,
  secrets.panelPassword,
  secrets.yookassaKey,
  'canary-panel-error',
  'canary-provider-error',
  'canary-body',
  buyerName,
];

/** The text itself, in base64 (at each of the three offsets it can have inside a longer text) and URL-encoded. */
function forms(secret: string): readonly string[] {
  const inner = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
      .toString('base64')
      .replace(/=+$/, '');
    return encoded.slice(Math.ceil((offset * 4) / 3) + 1, -2);
  });
  return [secret, encodeURIComponent(secret), ...inner];
}

function leaks(text: string, canaries: readonly string[]): readonly string[] {
  return canaries.filter((canary) => forms(canary).some((form) => text.includes(form)));
}

describe('secrets and personal data', () => {
  let shop: TestShop;
  let canaries: readonly string[];

  beforeAll(async () => {
    shop = await openTestShop();
    // One purchase that meets a panel with a canary in its errors, one that fails at the provider.
    await fault(shop, { target: 'panel:main', mode: 'success-false', count: 3 });
    await post(`${shop.sandbox.url}/sandbox/users/9001/messages`, { text: '/start', firstName: buyerName, languageCode: 'ru' });
    const buyer = shop.buyer(9_001);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await untilFulfilled(shop);
    await fault(shop, { target: 'yookassa', mode: 'html', operation: 'create' });
    const second = shop.buyer(9_002);
    await second.say('/start');
    await second.press(/^1 месяц/);
    await second.press(/Карта или СБП/);
    await second.see(/Платёжная система сейчас не отвечает/);
    const rows: readonly { token: string }[] = await shop.db('subscriptions').select('token');
    const accounts: readonly { uuid: string; password: string; sub_id: string }[] = await shop.db('panel_accounts');
    canaries = [
      ...planted,
      ...rows.map((row) => row.token),
      ...accounts.flatMap((account) => [account.uuid, account.password, account.sub_id]),
    ];
  });
  afterAll(() => shop.close());

  it('the search finds what is planted, in every form', () => {
    for (const form of [planted[0] ?? '', Buffer.from(`x${planted[1]}y`).toString('base64'), encodeURIComponent(planted[2] ?? '')]) {
      expect(leaks(`before ${form} after`, planted)).toHaveLength(1);
    }
  });

  it('are in no line of the log', () => {
    expect(shop.log.length).toBeGreaterThan(0);
    expect(shop.log.flatMap((line) => leaks(line, canaries))).toEqual([]);
  });

  it('are in no exported history and no search attribute', async () => {
    let histories = 0;
    for await (const execution of shop.temporal.workflow.list()) {
      const history = await shop.temporal.workflow.getHandle(execution.workflowId, execution.runId).fetchHistory();
      histories += 1;
      const text = JSON.stringify(history, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      expect(leaks(text, canaries)).toEqual([]);
      expect(text).not.toContain(process.cwd());
      expect(leaks(JSON.stringify(execution), canaries)).toEqual([]);
    }
    expect(histories).toBeGreaterThanOrEqual(3);
  });

  it('are in no error answer', async () => {
    const token = canaries.at(-4) ?? '';
    const answers = await Promise.all(
      [`/sub/${token}x`, `/open/happ/${token}x`, '/webhooks/yookassa', '/webhooks/nobody', '/telegram'].map(async (path) => {
        const reply = await fetch(`${shop.apiUrl}${path}`, {
          method: path.startsWith('/webhooks') || path === '/telegram' ? 'POST' : 'GET',
          ...(path.startsWith('/webhooks') ? { body: 'x' } : {}),
        });
        return `${JSON.stringify([...reply.headers])}${await reply.text()}`;
      }),
    );
    expect(answers.flatMap((answer) => leaks(answer, canaries))).toEqual([]);
  });

  it('of panels and providers are sealed in the database', async () => {
    const dump = JSON.stringify([
      await shop.db('panels'),
      await shop.db('payment_methods'),
      await shop.db('audit_log'),
      await shop.db('payment_events'),
    ]);
    expect(leaks(dump, [secrets.panelPassword, secrets.yookassaKey])).toEqual([]);
  });

  it('of a handled update are gone', async () => {
    await until('every update is handled', async () => {
      const open: unknown = await shop.db('telegram_updates').whereNull('handled_at').first('update_id');
      return open === undefined;
    });
    expect(leaks(JSON.stringify(await shop.db('telegram_updates')), [buyerName])).toEqual([]);
  });
});
