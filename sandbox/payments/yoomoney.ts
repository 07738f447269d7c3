import { createHmac, randomInt } from 'node:crypto';
import Router from '@koa/router';
import { sum, covers, type Desk, type Invoice } from './desk';

const provider = 'yoomoney';

function encode(value: string): string {
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Makes a simulated YooMoney wallet with its form at `/yoomoney/quickpay/confirm`. */
export function createYoomoneySimulator(desk: Desk, options: { readonly secret: string }): Router {
  const router = new Router();

  router.get('/yoomoney/quickpay/confirm', (ctx) => {
    const label = String(ctx.query['label'] ?? '');
    const known = desk.all(provider).find((invoice) => invoice.reference === label);
    const invoice =
      known ??
      desk.add({
        id: `ym-${label}`,
        provider,
        reference: label,
        amount: String(ctx.query['sum'] ?? '0.00'),
        currency: 'RUB',
        description: `На кошелёк ${String(ctx.query['receiver'])}`,
        returnUrl: String(ctx.query['successURL'] ?? ''),
        extra: {},
      });
    ctx.redirect(desk.payUrl(invoice));
  });

  function notify(invoice: Invoice, gross: string): void {
    const fields: Record<string, string> = {
      notification_type: 'card-incoming',
      operation_id: String(randomInt(10 ** 12)),
      amount: (Number(gross) * 0.97).toFixed(2),
      withdraw_amount: Number(gross).toFixed(2),
      currency: '643',
      datetime: new Date().toISOString(),
      sender: '',
      codepro: 'false',
      unaccepted: 'false',
      label: invoice.reference,
    };
    const canonical = Object.keys(fields)
      .toSorted()
      .map((name) => `${name}=${encode(fields[name] ?? '')}`)
      .join('&');
    const sign = createHmac('sha256', options.secret).update(canonical).digest('hex');
    const body = new URLSearchParams({ ...fields, sign }).toString();
    desk.notify(invoice, () => ({ event: 'card-incoming', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body }));
  }

  desk.open({
    provider,
    brand: 'ЮMoney',
    // The form is not signed: a payer may change the sum, and may come back and pay again.
    pay(invoice, amount) {
      invoice.received = sum(invoice.received, amount);
      invoice.status = covers(invoice.received, invoice.amount) ? 'paid' : 'underpaid';
      notify(invoice, amount);
    },
    cancel: () => undefined,
    refund: () => undefined,
  });
  return router;
}
