import { Worker, NativeConnection } from '@temporalio/worker';
import { createShop } from '../src/temporal/shop';
import type { Client } from '@temporalio/client';
import type { Db } from '../src/db/connection';
import { defaultTechnicalTimes } from '../src/domain/policy';
import { until } from '../test/support/until';
import { inParallel, median, say } from './measure';
import type { peerWorkflow } from './peer/workflows';

export interface PurchaseBench {
  readonly db: Db;
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  readonly sandboxUrl: string;
}

/** Activities of one purchase: five of the order and its invoice, seven from the webhook to the link and the second look. */
const activitiesOfPurchase = 12;
const perRound = 40;
const atOnce = 8;
const rounds = 5;
let lastTelegramId = 50_000_000;

async function users(db: Db, count: number, reachable: boolean): Promise<readonly number[]> {
  const rows = Array.from({ length: count }, () => ({ telegram_id: reachable ? (lastTelegramId += 1) : null, language: 'ru' }));
  const made: readonly { id: number }[] = await db('users').insert(rows).returning('id');
  return made.map((row) => row.id);
}

async function pay(bench: PurchaseBench, paymentId: string): Promise<void> {
  const reply = await fetch(`${bench.sandboxUrl}/sandbox/payments/${paymentId}/pay`, { method: 'POST', body: '{}' });
  if (!reply.ok) throw new Error(`the bank answered ${reply.status}`);
  await reply.arrayBuffer();
}

async function buy(bench: PurchaseBench, userId: number): Promise<number> {
  const shop = createShop(bench.client, { times: defaultTechnicalTimes, searchAttributes: () => true });
  const result = await shop.openOrder({ userId, key: 'bench', planId: 'month', provider: 'yookassa' });
  if (result.outcome === 'refused') throw new Error(result.reason);
  const payment: { id: string } = await bench.db('payments').where({ order_id: result.orderId }).first('id');
  const begin = performance.now();
  await pay(bench, payment.id);
  await until('the order is fulfilled', async () => {
    const order: { fulfilment: string } = await bench.db('orders').where({ id: result.orderId }).first('fulfilment');
    return order.fulfilment === 'fulfilled';
  });
  return performance.now() - begin;
}

/** Purchases from the order to access on the panel, against a no-op workflow with as many calls, on the same server in the same run. */
export async function benchPurchase(bench: PurchaseBench): Promise<{ readonly ratio: number; readonly p50Ms: number }> {
  const connection = await NativeConnection.connect({ address: bench.address });
  const worker = await Worker.create({
    connection,
    namespace: bench.namespace,
    taskQueue: 'peer',
    workflowsPath: require.resolve('./peer/workflows'),
    activities: { call: async (url: string) => void (await (await fetch(url)).arrayBuffer()) },
  });
  const url = `${bench.sandboxUrl}/sandbox/panels/main/calls`;
  let peers = 0;
  const peer = async (): Promise<void> => {
    peers += 1;
    await bench.client.workflow.execute<typeof peerWorkflow>('peerWorkflow', {
      workflowId: `peer-${peers}`,
      taskQueue: 'peer',
      args: [url, activitiesOfPurchase],
    });
  };
  const rates = { ours: [] as number[], peer: [] as number[] };
  await worker.runUntil(async () => {
    for (let index = 0; index <= rounds; index += 1) {
      const buyers = await users(bench.db, perRound, false);
      const peerRate = await inParallel(buyers, { atOnce, work: peer });
      const ourRate = await inParallel(buyers, { atOnce, work: (userId) => buy(bench, userId) });
      if (index === 0) continue;
      rates.peer.push(peerRate);
      rates.ours.push(ourRate);
    }
  });
  await connection.close();
  say(`\nPurchases, ${perRound} per round, ${atOnce} at once`);
  say(`  no-op workflow, ${activitiesOfPurchase} calls each      ${median(rates.peer).toFixed(1).padStart(7)} per s`);
  say(`  a purchase                         ${median(rates.ours).toFixed(1).padStart(7)} per s`);
  return { ratio: median(rates.ours) / median(rates.peer), p50Ms: await latency(bench) };
}

const paceMs = 500;

async function latency(bench: PurchaseBench): Promise<number> {
  const buyers = await users(bench.db, 20, false);
  const times: number[] = [];
  const running: Promise<void>[] = [];
  for (const userId of buyers) {
    running.push(
      buy(bench, userId).then((ms) => {
        times.push(ms);
      }),
    );
    await new Promise((resolve) => {
      setTimeout(resolve, paceMs);
    });
  }
  await Promise.all(running);
  return median(times);
}
