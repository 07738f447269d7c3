import type { Db } from '../src/db/connection';

function shown(minor: number, currency: string): string {
  if (currency === 'XTR') return `⭐ ${minor}`;
  return `${minor / (currency === 'TON' ? 1e9 : 100)} ${currency}`;
}

/** Reads what the demo page shows beside the chat. */
export function createShopView(db: Db, links: { readonly temporalUi: string; readonly namespace: string }): () => Promise<unknown> {
  return async () => {
    const orders: readonly {
      id: string;
      user_id: number;
      plan_id: string;
      price_minor: number;
      currency: string;
      state: string;
      fulfilment: string;
      telegram_id: number;
    }[] = await db('orders')
      .join('users', 'users.id', 'orders.user_id')
      .orderBy('orders.created_at', 'desc')
      .limit(10)
      .select('orders.*', 'users.telegram_id');
    const payments: readonly { id: string; provider: string; state: string; asked_minor: number; asked_currency: string }[] = await db(
      'payments',
    )
      .orderBy('created_at', 'desc')
      .limit(10);
    const feeds: readonly { telegram_id: number; token: string; settings: { publicUrl: string } }[] = await db('subscriptions')
      .join('users', 'users.id', 'subscriptions.user_id')
      .joinRaw('cross join shop')
      .orderBy('subscriptions.created_at', 'desc')
      .limit(5)
      .select('users.telegram_id', 'subscriptions.token', 'shop.settings');
    const users: readonly { id: number; telegram_id: number }[] = await db('users')
      .orderBy('id', 'desc')
      .limit(5)
      .select('id', 'telegram_id');
    return {
      orders: orders.map((order) => ({
        id: order.id,
        user: order.telegram_id,
        plan: order.plan_id,
        price: shown(order.price_minor, order.currency),
        state: order.state,
        fulfilment: order.fulfilment,
      })),
      payments: payments.map((payment) => ({
        id: payment.id,
        provider: payment.provider,
        state: payment.state,
        asked: shown(payment.asked_minor, payment.asked_currency),
      })),
      feeds: feeds.map((feed) => ({ user: feed.telegram_id, url: `${feed.settings.publicUrl}/sub/${feed.token}` })),
      workflows: users.map((user) => ({
        user: user.telegram_id,
        url: `${links.temporalUi}/namespaces/${links.namespace}/workflows/user-${user.id}`,
      })),
    };
  };
}
