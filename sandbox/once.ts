import process from 'node:process';
import { createBuyer } from './buyer';

interface Places {
  readonly sandboxUrl: string;
  readonly apiUrl: string;
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<string>;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

async function getJson<T>(url: string): Promise<T> {
  const reply = await fetch(url);
  check(reply.ok, `${url} answered ${reply.status}`);
  // The sandbox's own answer, in its own shape.
  return (await reply.json()) as T;
}

function steps({ sandboxUrl, apiUrl }: Places): readonly Step[] {
  const id = 1_000_000 + (Date.now() % 1_000_000_000);
  const buyer = createBuyer(sandboxUrl, id);
  let payPage = '';
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
        return 'two ways to pay';
      },
    },
    {
      name: 'picks a card',
      async run() {
        await buyer.press(/Карта или СБП/);
        await buyer.see(/Ждём оплату/);
        payPage = (await buyer.press(/^Оплатить/)) ?? '';
        check(payPage.startsWith(`${sandboxUrl}/pay/`), 'the pay button leads nowhere');
        return 'an invoice with a pay page';
      },
    },
    {
      name: 'pays on the page of the provider',
      async run() {
        const reply = await fetch(`${payPage}/pay`, { method: 'POST' });
        check(reply.ok, `the pay page answered ${reply.status}`);
        return 'paid, the provider calls the webhook';
      },
    },
    {
      name: 'gets the link',
      async run() {
        const { html } = await buyer.see(/Доступ открыт до/);
        link = /<code>(.*?)<\/code>/.exec(html)?.[1] ?? '';
        check(link.startsWith(`${apiUrl}/sub/`), 'the message has no link');
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
