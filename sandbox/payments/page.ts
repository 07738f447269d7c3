function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const style = `
  :root { color-scheme: light dark; --ink: #14161a; --soft: #6b7280; --paper: #fff; --ground: #eef1f6; --main: #5b3df5; --line: #e3e7ee; }
  @media (prefers-color-scheme: dark) { :root { --ink: #f2f4f8; --soft: #9aa3b2; --paper: #1b1e25; --ground: #101217; --line: #2b303b; } }
  * { box-sizing: border-box; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
    font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; padding: 16px; }
  main { width: 100%; max-width: 400px; background: var(--paper); border-radius: 20px; padding: 28px; box-shadow: 0 12px 40px rgb(20 24 40 / 12%); }
  .brand { display: flex; align-items: center; gap: 10px; font-weight: 600; margin-bottom: 24px; }
  .brand i { width: 32px; height: 32px; border-radius: 10px; background: linear-gradient(135deg, var(--main), #9f7bff); }
  .brand span { margin-left: auto; font-size: 12px; font-weight: 500; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: 2px 10px; }
  .sum { font-size: 40px; font-weight: 700; letter-spacing: -.02em; margin: 0; }
  .what { color: var(--soft); margin: 4px 0 24px; }
  .card { border: 1px solid var(--line); border-radius: 14px; padding: 14px 16px; margin-bottom: 20px; display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
  .card b { font-weight: 600; letter-spacing: .06em; }
  button, a.button { display: block; width: 100%; border: 0; border-radius: 14px; padding: 15px; font: inherit; font-weight: 600; cursor: pointer; text-align: center; text-decoration: none; }
  .pay { background: var(--main); color: #fff; }
  .cancel { background: transparent; color: var(--soft); margin-top: 6px; font-weight: 500; }
  .big { font-size: 56px; line-height: 1; margin: 8px 0 16px; }
`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="ru"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

interface Shown {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
  readonly description: string;
  readonly status: string;
  readonly received: string;
  readonly returnUrl: string;
}

const signs: Readonly<Record<string, string>> = { RUB: '₽', USD: '$', EUR: '€' };

function sumOf(shown: Shown): string {
  return `${shown.amount.replace('.', ',')} ${signs[shown.currency] ?? shown.currency}`;
}

function head(brand: string): string {
  return `<div class="brand"><i></i>${escape(brand)}<span>песочница</span></div>`;
}

/** The page where a simulated payment is paid or declined; works without script. */
export function payPage(brand: string, shown: Shown): string {
  const sum = escape(sumOf(shown));
  const part = shown.status === 'underpaid' ? ` · пришло ${escape(shown.received.replace('.', ','))}` : '';
  return page(
    'Оплата',
    `${head(brand)}
<p class="sum">${sum}</p><p class="what">${escape(shown.description)}${part}</p>
<div class="card"><b>5555 55•• •••• 4444</b><span>12/30</span></div>
<form method="post" action="/pay/${escape(shown.id)}/pay"><button class="pay" id="pay">Оплатить ${sum}</button></form>
<form method="post" action="/pay/${escape(shown.id)}/cancel"><button class="cancel" id="cancel">Отменить платёж</button></form>`,
  );
}

/** What the payer sees afterwards. */
export function donePage(brand: string, shown: Shown): string {
  const done = shown.status === 'paid';
  return page(
    done ? 'Оплачено' : 'Платёж отменён',
    `${head(brand)}
<p class="big">${done ? '✅' : '✖️'}</p><p class="sum" style="font-size:28px">${done ? 'Оплачено' : 'Платёж отменён'}</p>
<p class="what">${done ? 'Ссылка для подключения уже ждёт в чате.' : 'Деньги не списаны. Заказ можно оплатить ещё раз.'}</p>
<a class="button pay" href="${escape(shown.returnUrl)}">Вернуться в магазин</a>`,
  );
}
