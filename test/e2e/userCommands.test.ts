import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../../sandbox/buyer';
import { atProvider, balanceOf, openPayment, type OpenedPayment } from '../support/buying';
import { runCommand, type CommandAnswer } from '../support/commands';
import { panelClients } from '../support/facts';
import { openTestShop, secrets, type TestShop } from '../support/shop';
import { until } from '../support/until';

const dayMs = 86_400_000;

describe('an operator and one user', () => {
  let shop: TestShop;
  let buyer: Buyer;
  let payment: OpenedPayment;
  const telegramId = 72_001;
  beforeAll(async () => {
    shop = await openTestShop();
    buyer = shop.buyer(telegramId);
    payment = await openPayment(shop, { buyer, telegramId, provider: 'yookassa' });
    await atProvider(shop, { action: 'pay', paymentId: payment.id });
    await buyer.see(/Доступ открыт до/);
  });
  afterAll(() => shop.close());

  const run = (...words: readonly string[]): Promise<CommandAnswer> => runCommand(shop, ...words);
  const subscription = (): Promise<{ id: string; ends_at: Date; token: string; revoked_at: Date | null }> =>
    shop.db('subscriptions').where({ user_id: payment.user_id }).first();
  const feed = async (): Promise<string> => {
    const reply = await fetch(`${shop.apiUrl}/sub/${(await subscription()).token}`, { headers: { 'user-agent': 'v2rayNG/1.9.0' } });
    return decodeURIComponent(Buffer.from(await reply.text(), 'base64').toString());
  };

  async function untilPanel(what: string, isSo: (client: { enable: boolean; expiryTime: number }) => boolean): Promise<void> {
    await until(what, async () => {
      const clients = await panelClients(shop);
      return clients.length > 0 && clients.every(isSo) ? true : undefined;
    });
  }

  it('user: what it has, waits for and went through, by number or Telegram id, and nothing that opens anything', async () => {
    await untilPanel('the panel has the account', (client) => client.enable);
    const { out } = await run('user', `tg:${telegramId}`);
    const { id, token } = await subscription();
    expect(out).toMatch(new RegExp(`^user +${payment.user_id}, Telegram ${telegramId}, ru, balance 0\\.00 RUB\n`));
    expect(out).toMatch(new RegExp(`has +${id} month, active, ends `));
    expect(out).toMatch(new RegExp(`waits for +the end of ${id}`));
    expect(out).toMatch(new RegExp(`workflow +user-${payment.user_id} wakes at .* for \\w+`));
    for (const line of [
      /user +came first/,
      new RegExp(`order +${payment.order_id} month for 299\\.00 RUB: paid, fulfilled`),
      new RegExp(`payment +${payment.id} of ${payment.order_id} by yookassa for 299\\.00 RUB: paid`),
      /charge +299\.00 RUB came for pay_/,
      /money +299\.00 RUB sale, order:ord_\w+ to sales/,
      new RegExp(`grant +purchase by order ${payment.order_id}: ${id} from nothing to \\d{4}-`),
      /panel +ensure on main done/,
      /key +nl ready/,
      /message +ready, with the link, for ord_/,
    ])
      expect(out).toMatch(line);
    const links: readonly { connection_string: string | null }[] = await shop.db('vpn_keys').select('connection_string');
    const accounts: readonly { uuid: string; password: string; sub_id: string }[] = await shop
      .db('panel_accounts')
      .select('uuid', 'password', 'sub_id');
    const hidden = [
      token,
      ...links.map((row) => row.connection_string ?? token),
      ...accounts.flatMap(Object.values),
      ...Object.values(secrets),
    ];
    for (const secret of hidden) expect(out).not.toContain(String(secret));
    expect((await run('user', String(payment.user_id), '--last', '3')).out.split('\n\n')[1]?.trim().split('\n')).toHaveLength(3);
    expect((await run('user', '999999999')).refusal).toMatch(/there is no user 999999999/);
    expect((await run('user', 'someone')).refusal).toMatch(/not "someone"/);
  });

  it('grant: days to what the user has, once per command, told to the buyer and to the panel', async () => {
    const before = await subscription();
    expect((await run('grant', String(telegramId), '--days', '0')).refusal).toMatch(/--days has to be a whole number from 1/);
    expect((await run('grant', String(telegramId), '--days', '5', '--reason', 'Сбой на выходных')).out).toMatch(/^5 day\(s\) for user/);
    const after = await subscription();
    expect(after.ends_at.getTime() - before.ends_at.getTime()).toBe(5 * dayMs);
    await buyer.see(/Вам добавлено: 5 дней[^]*Сбой на выходных/);
    await untilPanel('the panel has the new end', (client) => client.expiryTime === after.ends_at.getTime());
    expect((await run('user', String(telegramId))).out).toMatch(/operator +time\.granted by cli:\w+: Сбой на выходных/);
  });

  it('grant: a new subscription to who has none, of a plan that is named', async () => {
    const other = shop.buyer(72_002);
    await other.say('/start');
    await other.see(/Выберите тариф/);
    expect((await run('grant', '72002', '--days', '3')).refusal).toMatch(/say which plan to give with --plan/);
    expect((await run('grant', '72002', '--days', '3', '--plan', 'moon')).refusal).toMatch(/no longer for sale/);
    expect((await run('grant', '72002', '--days', '3', '--plan', 'month')).refusal).toBeUndefined();
    await other.see(/Доступ открыт до/);
  });

  it('extend-all: everybody whose subscription is live has the days, and sees why; sources: who came with which link', async () => {
    expect((await run('extend-all', '--days', '3', '--reason', ' ')).refusal).toMatch(/say why with --reason/);
    expect((await run('extend-all', '--days', '3', '--reason', 'x', '--pace', '99')).refusal).toMatch(/--pace has to be 1 to 50/);
    const before = await subscription();
    const { out } = await run('extend-all', '--days', '3', '--reason', 'Сбой в среду', '--pace', '50');
    expect(out).toMatch(/^ext_\w+: 3 day\(s\) for everybody[^]*2 of 2 user\(s\)\nDone\.\n$/);
    expect((await subscription()).ends_at.getTime() - before.ends_at.getTime()).toBe(3 * dayMs);
    await buyer.see(/Вам добавлено: 3 дня[^]*Сбой в среду/);
    await shop.buyer(72_002).see(/Сбой в среду/);
    expect((await run('extensions')).out).toMatch(/3 day\(s\), 2 of 2 user\(s\): Сбой в среду/);
    const guest = shop.buyer(72_003);
    await guest.say('/start src_my-channel');
    await guest.see(/Выберите тариф/);
    await guest.say('/start src_another');
    expect((await run('sources')).out).toMatch(/my-channel +1 user\(s\), 0 bought, 0\.00 RUB/);
    expect((await run('sources')).out).toMatch(/\(no campaign\) +2 user\(s\), 1 bought, 299\.00 RUB/);
  });

  it('ban: access and shop shut, the feed says so, money that still comes is kept; unban: what was paid for goes on', async () => {
    const late = await openPayment(shop, { buyer, telegramId, provider: 'yookassa', plan: /^3 месяца/ });
    const { ends_at: end } = await subscription();
    expect((await run('ban', String(telegramId), '--reason', 'resale')).out).toMatch(/is banned/);
    await until('the panel has shut the account', async () => {
      const row: { desired_enabled: boolean; seen_version: number; desired_version: number } | undefined = await shop
        .db('panel_accounts')
        .whereIn('subscription_id', shop.db('subscriptions').where({ user_id: payment.user_id }).select('id'))
        .first();
      return row?.desired_enabled === false && row.seen_version === row.desired_version ? true : undefined;
    });
    expect(await feed()).toMatch(/Доступ закрыт/);
    await buyer.say('/start');
    await buyer.see(/Доступ к магазину для вас закрыт/);
    await atProvider(shop, { action: 'pay', paymentId: late.id });
    await until('the money is on the balance', async () => ((await balanceOf(shop, payment.user_id)) === 79_900 ? true : undefined));
    expect((await run('ban', String(telegramId))).refusal).toMatch(/the user is banned/);
    expect((await run('unban', String(telegramId))).refusal).toBeUndefined();
    expect((await subscription()).ends_at).toEqual(end);
    await until('the feed has servers again', async () => ((await feed()).startsWith('vless://') ? true : undefined));
    expect((await run('unban', String(telegramId))).refusal).toMatch(/the user is not banned/);
  });

  it('revoke: the access ends at once and no money moves', async () => {
    const before = await balanceOf(shop, payment.user_id);
    expect((await run('revoke', String(telegramId), '--reason', 'sold on')).out).toMatch(/^sub_\w+ is revoked/);
    await buyer.see(/Подписка отозвана[^]*sold on/);
    expect((await subscription()).revoked_at).not.toBeNull();
    expect(await feed()).toMatch(/Подписка отозвана/);
    expect(await balanceOf(shop, payment.user_id)).toBe(before);
    expect((await run('revoke', String(telegramId))).refusal).toMatch(/there is no subscription of user/);
  });

  it('delete-user: personal data goes, accounts leave the panel, money stays, and the person is known again', async () => {
    const given = await shop.db('subscriptions').whereNot({ user_id: payment.user_id }).first('user_id', 'token');
    const link = `${shop.apiUrl}/sub/${String(given?.token)}`;
    expect((await fetch(link)).status).toBe(200);
    const accounts = (await panelClients(shop)).length;
    expect((await run('delete-user', String(telegramId))).refusal).toMatch(/It cannot be undone\. If that is meant: --yes/);
    expect((await run('delete-user', String(telegramId), '--yes')).refusal).toMatch(/give it back first, or say --leave-balance/);
    await run('ban', String(telegramId));
    expect((await run('delete-user', String(telegramId), '--yes', '--leave-balance')).out).toMatch(/is deleted/);
    expect((await run('delete-user', '72002', '--yes')).refusal).toBeUndefined();
    // This panel keeps the last client of an inbound, switched off.
    await until('the accounts left the panel', async () => {
      const clients = await panelClients(shop);
      return clients.length <= accounts / 2 && clients.every((client) => !client.enable) ? true : undefined;
    });
    expect((await fetch(link)).status).toBe(404);
    const users: readonly object[] = await shop.db('users').whereNotNull('deleted_at');
    expect(users).toMatchObject([
      { telegram_id: null, email: null },
      { telegram_id: null, email: null },
    ]);
    expect(await shop.db('charges').join('payments', 'payments.id', 'payment_id').where({ user_id: payment.user_id })).toHaveLength(2);
    await buyer.say('/start');
    await until('the banned one is banned still', async () => {
      const row: unknown = await shop.db('users').where({ telegram_id: telegramId, is_banned: true }).first('id');
      return row;
    });
    const back = shop.buyer(72_002);
    await back.say('/start');
    const returned = await until('the other one is a new user', async () => {
      const row: { id: number; is_banned: boolean } | undefined = await shop.db('users').where({ telegram_id: 72_002 }).first();
      return row;
    });
    expect(returned.is_banned).toBe(false);
    expect(returned.id).not.toBe(given?.user_id);
    expect(await shop.db('trials')).toHaveLength(2);
  });
});
