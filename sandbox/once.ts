import process from 'node:process';
import { createBuyer, type Buyer } from './buyer';

interface Places {
  readonly sandboxUrl: string;
  readonly apiUrl: string;
  /** Which way to pay, by its word. */
  readonly provider: string;
}

/** What the buttons of each way to pay say. */
const buttons: Readonly<Record<string, RegExp>> = {
  yookassa: /Карта или СБП/,
  yookassa_sbp: /^📱 СБП$/,
  stars: /Telegram Stars/,
  cryptopay: /@CryptoBot/,
  manual: /Перевод по номеру/,
  heleket: /любой кошелёк/,
  ton: /TON/,
  platega: /Platega/,
  yoomoney: /ЮMoney/,
  cloudpayments: /CloudPayments$/,
  stripe: /Stripe$/,
};

/** Ways to pay that can be tried. */
export const triable: readonly string[] = Object.keys(buttons);

/** Button of a way to pay. */
export function methodButton(provider: string): RegExp {
  const label = buttons[provider];
  if (label === undefined) throw new Error(`there is no way to pay "${provider}"; known: ${triable.join(', ')}`);
  return label;
}

const operatorId = 900;

/** Pays the order that waits in the buyer's chat, the way its provider wants it; says what was done. */
export async function payOrder(
  places: Pick<Places, 'sandboxUrl' | 'provider'>,
  person: { readonly buyer: Buyer; readonly id: number },
): Promise<string> {
  const { buyer, id } = person;
  if (places.provider === 'manual') {
    await buyer.press(/Я перевёл деньги/);
    await buyer.see(/Проверяем перевод/);
    const operator = createBuyer(places.sandboxUrl, operatorId);
    await operator.say('/operator');
    await operator.press(/^🏦 Переводы/);
    await operator.press(/Деньги пришли/);
    return 'reported the transfer, an operator found it';
  }
  const url = (await buyer.press(places.provider === 'ton' ? /Открыть кошелёк/ : /^Оплатить/)) ?? '';
  if (places.provider === 'stars') {
    const reply = await fetch(`${places.sandboxUrl}/sandbox/users/${id}/stars-payments`, { method: 'POST', body: JSON.stringify({ url }) });
    check(reply.ok, `the Stars payment answered ${reply.status}`);
    return 'paid in Telegram';
  }
  const page = await fetch(url);
  check(page.ok && page.url.startsWith(`${places.sandboxUrl}/pay/`), `the pay button leads nowhere (${page.status})`);
  const reply = await fetch(`${page.url}/pay`, { method: 'POST' });
  check(reply.ok, `the pay page answered ${reply.status}`);
  return 'paid on the page';
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<string>;
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

async function getJson<T>(url: string): Promise<T> {
  const reply = await fetch(url);
  check(reply.ok, `${url} answered ${reply.status}`);
  // The sandbox's own answer, in its own shape.
  return (await reply.json()) as T;
}

function steps({ sandboxUrl, apiUrl, provider }: Places): readonly Step[] {
  const id = 1_000_000 + (Date.now() % 1_000_000_000);
  const buyer = createBuyer(sandboxUrl, id);
  let link = '';
  return [
    {
      name: 'opens the bot and sees the plans',
      async run() {
        await buyer.say('/start');
        const { html, buttons } = await buyer.see(/Выберите тариф/);
        return `${buttons.flat().length} buttons, "${html.slice(0, 30).replaceAll('\n', ' ')}…"`;
      },
    },
    {
      name: 'picks a plan',
      async run() {
        await buyer.press(/^1 месяц/);
        await buyer.see(/Как удобнее оплатить/);
        return 'the ways to pay';
      },
    },
    {
      name: `picks ${provider}`,
      async run() {
        await buyer.press(methodButton(provider));
        const { html } = await buyer.see(/Ждём оплату/);
        return html.split('\n')[0] ?? '';
      },
    },
    {
      name: 'pays',
      run: () => payOrder({ sandboxUrl, provider }, { buyer, id }),
    },
    {
      name: 'gets the link',
      async run() {
        link = await buyer.seeLink();
        check(link.startsWith(`${apiUrl}/sub/`), `the link leads to ${new URL(link).origin} in place of ${apiUrl}`);
        return 'the message with the link';
      },
    },
    {
      name: 'the VPN app downloads the feed',
      async run() {
        const reply = await fetch(link, { headers: { 'user-agent': 'Happ/3.4.0' } });
        const nodes = Buffer.from(await reply.text(), 'base64')
          .toString('utf8')
          .split('\n');
        check(
          reply.status === 200 && nodes.length === 2 && nodes.every((node) => node.startsWith('vless://')),
          'the feed is not what was sold',
        );
        check(/expire=\d{10}/.test(reply.headers.get('subscription-userinfo') ?? ''), 'the feed does not say when it ends');
        return `${nodes.length} servers, ${reply.headers.get('subscription-userinfo') ?? ''}`;
      },
    },
    {
      name: 'the panel has the account',
      async run() {
        const node = Buffer.from(await (await fetch(link)).text(), 'base64').toString('utf8');
        const uuid = /vless:\/\/([0-9a-f-]{36})@/.exec(node)?.[1] ?? 'none';
        const clients = await getJson<{ id: string; enable: boolean; expiryTime: number }[]>(`${sandboxUrl}/sandbox/panels/main/clients`);
        const mine = clients.filter((client) => client.id === uuid);
        check(
          mine.length === 2 && mine.every((client) => client.enable && client.expiryTime > Date.now()),
          'the panel does not hold what was sold',
        );
        return `${mine.length} entries, enabled until ${new Date(mine[0]?.expiryTime ?? 0).toISOString().slice(0, 10)}`;
      },
    },
    {
      name: 'opens "my subscription"',
      async run() {
        await buyer.press(/Моя подписка/);
        await buyer.see(/Активна/);
        return 'active, with days left';
      },
    },
  ];
}

/** Plays one buyer from the first word to the feed, printing each step with its time. Returns the exit code. */
export async function playOnce(places: Places): Promise<number> {
  const started = Date.now();
  for (const [index, step] of steps(places).entries()) {
    const begin = Date.now();
    try {
      const seen = await step.run();
      process.stdout.write(`  ✓ ${index + 1}. ${step.name} — ${seen} (${Date.now() - begin} ms)\n`);
    } catch (error) {
      process.stdout.write(`  ✗ ${index + 1}. ${step.name}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 1;
    }
  }
  process.stdout.write(`Sold and delivered in ${((Date.now() - started) / 1000).toFixed(1)} s.\n`);
  return 0;
}
