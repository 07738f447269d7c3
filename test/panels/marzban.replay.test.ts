import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import type { Comparison } from './comparison';
import { readRecording, replayAll } from './replay';
import { servePanel, type ServedPanel } from './serve';

const unread =
  'total_user mem_total mem_used cpu_cores cpu_usage online_users users_active users_on_hold users_disabled users_expired users_limited ' +
  'incoming_bandwidth outgoing_bandwidth incoming_bandwidth_speed outgoing_bandwidth_speed ' +
  'sub_updated_at sub_last_user_agent online_at';

const comparison: Comparison = {
  // Users were made and removed between the exchanges, so that totals differ.
  volatile: ['created_at', 'subscription_url', 'access_token', 'total'],
  chosen: ['id', 'password'],
  unread: unread.split(' '),
  unordered: ['excluded_inbounds'],
  // The panel picks one of the inbound's short ids at each read.
  plain: (text) => text.replaceAll(/sid=[0-9a-f]*/g, 'sid='),
};

describe('the simulated Marzban 0.8.4', () => {
  const recording = readRecording('marzban/0.8.4');
  let panel: ServedPanel;

  beforeEach(async () => {
    const rules = marzbanRules({ username: 'admin', password: '<password>' });
    panel = await servePanel(rules, { now: () => new Date(`${recording.recordedAt}T02:00:00Z`) });
  });
  afterEach(() => panel.stop());

  it('answers every recorded request as the real one did', async () => {
    await panel.plant({
      tokens: { 'token-of-environment': 'admin', 'token-of-shop': 'shop' },
      admins: [{ username: 'shop', password: 'other', is_sudo: false }],
    });
    const differences = await replayAll({
      url: panel.url,
      recording,
      comparison,
      secrets: { 'access-token-1': 'token-of-environment', 'access-token-2': 'token-of-shop' },
      headers: {},
      before: {
        'get-expiring-before': async () => {
          const vless = (id: string): object => ({ proxies: { vless: { id } }, inbounds: { vless: ['VLESS WS'] } });
          const limited = { ...vless('00000001-1111-4111-8111-000000000030'), data_limit: 1_000_000, note: 'limit test' };
          await panel.plant({ username: 'limited1', ...limited });
          await panel.plant({ username: 'expiring', ...vless('00000001-1111-4111-8111-000000000031'), expire: 1_795_483_149 });
        },
        'get-limited-after-job': async () => {
          await panel.plant({ username: 'limited1', used_traffic: 3_000_710, lifetime_used_traffic: 3_000_710 });
          const activated = { status: 'active', expire: 1_798_075_151, on_hold_expire_duration: null, on_hold_timeout: null };
          await panel.plant({ username: 'hold1', ...activated, used_traffic: 50_138, lifetime_used_traffic: 50_138 });
          await panel.runJob();
        },
        'get-limited-11s-after-status-active': () => panel.runJob(),
        'reset-disabled': () => panel.plant({ username: 'minimal', status: 'disabled' }),
        'reset-with-next-plan': () => panel.plant({ username: 'inb_empty', next_plan: { data_limit: 0, expire: 0 } }),
        'users-all': async () => {
          const vless = { id: '00000001-1111-4111-8111-000000000001', flow: 'xtls-rprx-vision' };
          await panel.plant({ username: 'alice', proxies: { vless } });
          await panel.plant({ username: 'ALICE', isGone: true });
        },
        'core-stopped-core': async () => {
          await panel.plant({ coreStarted: false });
          const proxies = { vless: { id: '00000001-1111-4111-8111-000000000051' } };
          await panel.plant({ username: 'holdx', proxies, inbounds: { vless: ['VLESS WS'] } });
          await panel.plant({ username: 'mix0_12' });
        },
        'shop-core': () => panel.plant({ coreStarted: true }),
      },
    });
    expect(differences).toEqual([]);
  });
});
