import { demoShop } from '../../sandbox/demoShop';
import { changeAccess } from '../../src/db/access';
import { newId, newToken } from '../../src/db/ids';
import { tuned } from '../../src/main/tuning';
import { createUserSignals } from '../../src/temporal/userSignals';
import { quick, type TestShop } from './shop';
import { unlessUnavailable, until } from './until';

/** The demo's shop with its second server on a panel of its own, `second`. */
export const twoPanelShop = demoShop
  .replace('servers:\n', `${panelBlock('second')}servers:\n`)
  .replace(/(- id: de\n {4}panel: )main/, '$1second')
  .replace('inbounds: [2]', 'inbounds: [1]');

/** The block of one more simulated panel. */
export function panelBlock(
  name: string,
  changes: { readonly url?: string; readonly password?: string; readonly tls?: string } = {},
): string {
  const { url = `\${DEMO_SANDBOX_URL}/panels/${name}/`, password = '${DEMO_PANEL_PASSWORD}', tls = 'plain-http' } = changes;
  return `  - { id: ${name}, kind: 3x-ui, url: "${url}", username: admin, password: "${password}", tls: ${tls} }\n`;
}

export interface Seeded {
  readonly userId: number;
  readonly subscriptionId: string;
  readonly token: string;
}

/** Gives `count` new users a live subscription of the plan, as an operator's gift would; what has to be done on panels is left open. */
export async function seedSubscriptions(
  shop: TestShop,
  wish: { readonly count: number; readonly firstId: number; readonly planId?: string },
): Promise<readonly Seeded[]> {
  const { planId = 'month' } = wish;
  const plan: { server_ids: readonly string[]; traffic_limit_bytes: number | null } = await shop.db('plans').where({ id: planId }).first();
  const endsAt = new Date(Date.now() + 20 * 86_400_000);
  const seeded: Seeded[] = [];
  for (let index = 0; index < wish.count; index += 1) {
    const token = newToken();
    const subscriptionId = newId('sub');
    const users: readonly { id: number }[] = await shop
      .db('users')
      .insert({ telegram_id: wish.firstId + index, language: 'ru' })
      .returning('id');
    const userId = users[0]?.id ?? 0;
    await shop.db.transaction(async (tx) => {
      await tx('subscriptions').insert({
        id: subscriptionId,
        user_id: userId,
        plan_id: planId,
        token,
        server_ids: plan.server_ids,
        traffic_limit_bytes: plan.traffic_limit_bytes,
      });
      const settings = { graceMs: 0 };
      await changeAccess(tx, {
        subscriptionId,
        kind: 'manual',
        source: 'test',
        sourceId: subscriptionId,
        endsAt,
        settings,
        now: new Date(),
      });
    });
    seeded.push({ userId, subscriptionId, token });
  }
  return seeded;
}

/** Tells the workflows of these users to look at the facts. */
export async function wake(shop: TestShop, seeded: readonly Seeded[]): Promise<void> {
  const signals = createUserSignals(shop.temporal, { times: tuned(quick).times, searchAttributes: () => false });
  for (const { userId } of seeded) {
    await until('Temporal took the signal', () => signals.resync(userId).then(() => true, unlessUnavailable));
  }
}

/** The links of a feed, each decoded to its name and address. */
export async function feedLinks(shop: TestShop, token: string): Promise<readonly string[]> {
  const reply = await fetch(`${shop.apiUrl}/sub/${token}`);
  if (reply.status !== 200) throw new Error(`the feed answered ${reply.status}`);
  return Buffer.from(await reply.text(), 'base64')
    .toString('utf8')
    .split('\n')
    .map((link) => decodeURIComponent(link));
}

/** Runs a scheduled job now and waits until it has done what it should. */
export async function runJob(shop: TestShop, scheduleId: string, done: () => Promise<boolean>): Promise<void> {
  await until(`${scheduleId} has done its work`, async () => {
    await shop.temporal.schedule.getHandle(scheduleId).trigger();
    return until(`${scheduleId} has done its work`, done, 5_000).then(
      () => true,
      () => undefined,
    );
  });
}
