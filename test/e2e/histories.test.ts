import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { defaultTechnicalTimes } from '../../src/domain/policy';
import { workflowBundle } from '../../src/main/bundle';
import { createShop } from '../../src/temporal/shop';
import { refundOf, type OpenedPayment } from '../support/buying';
import { fault, orderByCard, post, untilFulfilled } from '../support/facts';
import { openTestShop, type TestShop } from '../support/shop';
import { bundleFolder } from '../support/stack';
import { until } from '../support/until';

const folder = join(process.cwd(), 'test', 'histories');

describe('histories of the main stories, from a real server', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openTestShop({ tuning: { policy: { patienceMs: 500, secondLookMs: 300, continueAsNewEvents: 120 } } });
  });
  afterAll(() => shop.close());

  /** Writes the history for the replay test of later versions when `KIOSK_WRITE_HISTORIES` is set, and replays it on this one. */
  async function keep(name: string, workflowId: string): Promise<void> {
    const history = await shop.temporal.workflow.getHandle(workflowId).fetchHistory();
    if (process.env['KIOSK_WRITE_HISTORIES'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${name}.json`), historyToJSON(history).replace(/("identity":\s*)"[^"]+"/g, '$1"worker"'));
    }
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle(bundleFolder) }, history, workflowId);
  }

  async function ids(telegramId: number): Promise<{ user: string; operations: readonly string[] }> {
    const user: { id: number } = await shop.db('users').where({ telegram_id: telegramId }).first('id');
    const operations: readonly { id: string }[] = await shop
      .db('operations')
      .where({ user_id: user.id })
      .orderBy('created_at')
      .select('id');
    return { user: `user-${user.id}`, operations: operations.map((operation) => `user-${user.id}-op-${operation.id}`) };
  }

  it('a purchase by card', async () => {
    const buyer = shop.buyer(3_001);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    await untilFulfilled(shop);
    const { user, operations } = await ids(3_001);
    await until(
      'the child has ended',
      async () => (await shop.temporal.workflow.getHandle(operations[0] ?? '').describe()).status.name === 'COMPLETED',
    );
    await keep('purchase-user', user);
    await keep('purchase-operation', operations[0] ?? '');
  });

  it('a purchase that waits for a dead panel, a cancelled order, a superseded one, and money for it', async () => {
    const buyer = shop.buyer(3_002);
    await orderByCard(shop, buyer);
    await buyer.press(/Отменить заказ/);
    await buyer.see(/Заказ отменён/);
    const superseded = await orderByCard(shop, buyer);
    const paid = await orderByCard(shop, buyer, /^3 месяца/);
    await fault(shop, { target: 'panel:main', mode: 'refuse' });
    await post(`${shop.sandbox.url}/sandbox/payments/${paid.paymentId}/pay`);
    await buyer.see(/Сервер временно не отвечает/);
    await post(`${shop.sandbox.url}/sandbox/payments/${superseded.paymentId}/pay`);
    await buyer.see(/лежат на вашем балансе/);
    await fault(shop, { target: 'panel:main', mode: null });
    await buyer.see(/Доступ открыт до/);
    await untilFulfilled(shop, 2);
    const { user, operations } = await ids(3_002);
    await until(
      'the child has ended',
      async () => (await shop.temporal.workflow.getHandle(operations[0] ?? '').describe()).status.name === 'COMPLETED',
    );
    await keep('trouble-user', user);
    await keep('trouble-operation', operations[0] ?? '');
    expect(operations).toHaveLength(1);
  });

  it('a refund at the provider, with news for the buyer', async () => {
    const buyer = shop.buyer(3_003);
    const { paymentId } = await orderByCard(shop, buyer);
    await post(`${shop.sandbox.url}/sandbox/payments/${paymentId}/pay`);
    await buyer.see(/Доступ открыт до/);
    const payment: OpenedPayment = await shop.db('payments').where({ id: paymentId }).first();
    const port = createShop(shop.temporal, { times: defaultTechnicalTimes, searchAttributes: () => false });
    await port.refundOrder(refundOf(payment));
    await buyer.see(/возвращаются к вам/);
    const refund: { id: string } = await shop.db('refunds').where({ payment_id: paymentId }).first('id');
    await keep('refund-user', `user-${payment.user_id}`);
    await keep('refund-child', `user-${payment.user_id}-refund-${refund.id}`);
  });

  it('the job that asks providers', async () => {
    const executions = await until('the job runs', async () => {
      for await (const execution of shop.temporal.workflow.list({ query: `WorkflowType = 'askProvidersWorkflow'` }))
        return [execution.workflowId];
      return undefined;
    });
    await keep('ask-providers', executions[0] ?? '');
  });
});
