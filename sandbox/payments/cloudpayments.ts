import { createHmac } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import { readJsonBody } from '../body';
import { covers, sum, type Desk, type Invoice } from './desk';

const provider = 'cloudpayments';

interface Operation {
  readonly [field: string]: unknown;
  readonly TransactionId: number;
}

/** Makes a simulated CloudPayments under `/cloudpayments/`, with its notifications, `Check` among them. */
export function createCloudpaymentsSimulator(desk: Desk, options: { readonly publicId: string; readonly apiSecret: string }): Router {
  const router = new Router();
  const expected = `Basic ${Buffer.from(`${options.publicId}:${options.apiSecret}`).toString('base64')}`;
  const answers = new Map<string, object>();
  const operations: Operation[] = [];
  let lastId = 897_000_000 + (Date.now() % 1_000_000);

  function operationOf(invoice: Invoice, changes: object): Operation {
    lastId += 1;
    const made = {
      TransactionId: lastId,
      Amount: Number(invoice.amount),
      Currency: invoice.currency,
      InvoiceId: invoice.reference,
      AccountId: String(invoice.extra['account']),
      CardType: 'Visa',
      CardLastFour: '4242',
      TestMode: invoice.test,
      Status: 'Completed',
      OperationType: 'Payment',
      ...changes,
    };
    return made;
  }

  function message(slot: string, operation: Operation): { event: string; slot: string; headers: Record<string, string>; body: string } {
    const fields = Object.entries(operation).map(([name, value]): [string, string] => {
      const text =
        typeof value === 'number' && name.endsWith('Amount')
          ? value.toFixed(2)
          : value === true
            ? '1'
            : value === false
              ? '0'
              : String(value);
      return [name, text];
    });
    const body = new URLSearchParams(fields).toString();
    const hmac = createHmac('sha256', options.apiSecret).update(body).digest('base64');
    return { event: slot, slot, headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-hmac': hmac }, body };
  }

  function tell(invoice: Invoice, slot: string, operation: Operation): void {
    desk.notify(invoice, () => message(slot, operation));
  }

  async function pay(invoice: Invoice, amount: string, currency: string): Promise<void> {
    if (invoice.status !== 'open') return;
    const operation = operationOf(invoice, { Amount: Number(amount), Currency: currency, Token: `tk_${invoice.reference}` });
    const check = await desk.ask(provider, message('check', operation));
    invoice.extra['check'] = check.text;
    // Without a yes of the shop the money does not move; the sandbox can be told not to ask.
    if (check.status !== 0 && check.text !== '{"code":0}' && invoice.extra['force'] !== true) return;
    invoice.status = 'paid';
    invoice.received = amount;
    operations.push(operation);
    tell(invoice, 'pay', operation);
  }

  function refund(invoice: Invoice, amount: string): Operation | undefined {
    const total = sum(invoice.refunded, amount);
    const original = operations.find(
      (operation) => operation['InvoiceId'] === invoice.reference && operation['OperationType'] === 'Payment',
    );
    if (invoice.status !== 'paid' || original === undefined || !covers(invoice.received, total)) return undefined;
    invoice.refunded = total;
    const operation = operationOf(invoice, {
      Amount: Number(amount),
      OperationType: 'Refund',
      PaymentTransactionId: original.TransactionId,
    });
    operations.push(operation);
    tell(invoice, 'refund', operation);
    return operation;
  }

  function addInvoice(body: Record<string, unknown>): Invoice {
    return desk.add({
      id: `cloud-${String(body['InvoiceId'])}`,
      provider,
      reference: String(body['InvoiceId']),
      amount: Number(body['Amount']).toFixed(2),
      currency: String(body['Currency']),
      description: String(body['Description']),
      returnUrl: String(body['SuccessRedirectUrl'] ?? ''),
      extra: { account: body['AccountId'] },
    });
  }

  function createOrder(body: Record<string, unknown>): object {
    const invoice = addInvoice(body);
    return { Success: true, Message: null, Model: { Id: invoice.id, Number: 1, Url: desk.payUrl(invoice), Status: 'Created' } };
  }

  function find(body: Record<string, unknown>): object {
    const found = operations.findLast(
      (operation) => operation['InvoiceId'] === body['InvoiceId'] || operation.TransactionId === body['TransactionId'],
    );
    return found === undefined ? { Success: false, Message: 'Not found' } : { Success: true, Model: found };
  }

  function giveBack(body: Record<string, unknown>): object {
    const original = operations.find((operation) => operation.TransactionId === body['TransactionId']);
    const invoice = original === undefined ? undefined : desk.find(String(original['InvoiceId']));
    const made = invoice === undefined ? undefined : refund(invoice, Number(body['Amount']).toFixed(2));
    return made === undefined ? { Success: false, Message: 'refused' } : { Success: true, Model: { TransactionId: made.TransactionId } };
  }

  function chargeToken(body: Record<string, unknown>): object {
    const invoice = addInvoice(body);
    const declined = String(body['Token']).includes('declined');
    const operation = operationOf(invoice, declined ? { Status: 'Declined', Reason: 'InsufficientFunds' } : {});
    invoice.status = declined ? 'cancelled' : 'paid';
    if (!declined) invoice.received = invoice.amount;
    operations.push(operation);
    tell(invoice, declined ? 'fail' : 'pay', operation);
    return { Success: !declined, Model: operation };
  }

  function cancelOrder(body: Record<string, unknown>): object {
    const invoice = desk.find(String(body['Id']));
    const isOpen = invoice?.status === 'open';
    if (invoice !== undefined && isOpen) invoice.status = 'cancelled';
    return { Success: isOpen };
  }

  const calls: Readonly<Record<string, (body: Record<string, unknown>) => object>> = {
    'orders/create': createOrder,
    'orders/cancel': cancelOrder,
    'v2/payments/find': find,
    'payments/get': find,
    'payments/refund': giveBack,
    'payments/tokens/charge': chargeToken,
    test: () => ({ Success: true }),
  };
  const names: Readonly<Record<string, string>> = { 'orders/create': 'create', 'v2/payments/find': 'get', 'payments/refund': 'refund' };

  async function handle(ctx: Context, path: string): Promise<void> {
    if (ctx.get('authorization') !== expected) {
      ctx.status = 401;
      ctx.body = '';
      return;
    }
    const key = ctx.get('x-request-id');
    const body = await readJsonBody(ctx.req);
    const answer = (key === '' ? undefined : answers.get(key)) ?? calls[path]?.(body) ?? {};
    if (key !== '') answers.set(key, answer);
    ctx.body = answer;
  }
  for (const path of Object.keys(calls))
    router.post(
      `/cloudpayments/${path}`,
      desk.guard(provider, names[path] ?? path, (ctx) => handle(ctx, path)),
    );

  desk.open({
    provider,
    brand: 'CloudPayments',
    pay,
    cancel(invoice, reason) {
      if (reason === 'force') {
        invoice.extra['force'] = true;
        return;
      }
      tell(invoice, 'fail', operationOf(invoice, { Status: 'Declined', Reason: reason ?? 'InsufficientFunds' }));
    },
    refund: (invoice, amount) => void refund(invoice, amount),
  });
  return router;
}
