import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import type { Comparison } from './comparison';
import { readRecording, replayAll } from './replay';
import { servePanel, type ServedPanel } from './serve';

const unread =
  'total_user uptime_seconds online_users active_users on_hold_users disabled_users expired_users limited_users incoming_bandwidth ' +
  'outgoing_bandwidth mem_total mem_used disk_total disk_used cpu_cores cpu_usage total_users ' +
  'sni host path security alpn fingerprint allowinsecure http_headers transport_settings mux_settings fragment_settings noise_settings ' +
  'random_user_agent use_sni_as_host vless_route ech_config_list ech_query_strategy pinned_peer_cert_sha256 verify_peer_cert_by_name ' +
  'wireguard_overrides subscription_templates final_mask_settings';

const comparison: Comparison = {
  // Users were made and removed between the exchanges, so that totals differ.
  volatile: ['created_at', 'edit_at', 'subscription_url', 'access_token', 'total', 'on_hold_timeout'],
  chosen: ['id', 'password', 'auth'],
  unread: unread.split(' '),
};

// The simulator's own address of the subscription of the user with the id 3.
const subscriptionOfAlice = `${Buffer.from('v3,3,0').toString('base64url')}.signature`;

describe('the simulated PasarGuard 5.2.1', () => {
  const recording = readRecording('pasarguard/5.2.1');
  let panel: ServedPanel;

  beforeEach(async () => {
    const rules = pasarguardRules({ username: 'owner', password: '<password>' });
    panel = await servePanel(rules, { now: () => new Date(`${recording.recordedAt}T02:00:00Z`) });
  });
  afterEach(() => panel.stop());

  it('answers every recorded request as the real one did', async () => {
    const admins = [
      { id: 1, username: 'owner', password: '<password>', isOwner: true },
      { id: 2, username: 'shop', password: '<password>', isOwner: false },
    ];
    await panel.plant({ admins });
    await panel.plant({ tokens: { 'token-of-owner': 'owner', 'token-of-shop': 'shop' } });
    const differences = await replayAll({
      url: panel.url,
      recording,
      comparison,
      secrets: { 'access-token-1': 'token-of-owner', 'access-token-2': 'token-of-shop', 'sub-token-user-3-6': subscriptionOfAlice },
      headers: {},
      before: {
        'get-limited-after-job': async () => {
          await panel.plant({ username: 'expiring', expire: '2026-11-24T01:25:56Z' });
          await panel.plant({ username: 'limited1', data_limit: 1_000_000 });
          await panel.plant({ username: 'limited1', used_traffic: 3_000_000, lifetime_used_traffic: 3_000_000 });
          await panel.runJob();
        },
        'users-limit-offset': () => panel.plant({ username: 'bob', status: 'active' }),
        'users-all-after-everything': () => panel.plant({ username: 'minimal', status: 'active' }),
        'reset-disabled': () => panel.plant({ username: 'minimal', status: 'disabled' }),
      },
    });
    expect(differences).toEqual([]);
  });
});
