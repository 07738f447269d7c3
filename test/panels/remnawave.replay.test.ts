import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import type { Comparison } from './comparison';
import { readRecording, replayAll } from './replay';
import { servePanel, type ServedPanel } from './serve';

const unread =
  'rawInbound build git path sni host alpn fingerprint securityLayer xhttpExtraParams muxParams sockoptParams finalMask ' +
  'serverDescription pinnedPeerCertSha256 verifyPeerCertByName shuffleHost mihomoX25519 mihomoIpVersion tags ' +
  'overrideSniFromAddress keepSniBlank vlessRouteId xrayJsonTemplateUuid excludeFromSubscriptionTypes mapper';

const comparison: Comparison = {
  volatile: ['timestamp', 'createdAt', 'updatedAt', 'lastTrafficResetAt', 'subRevokedAt', 'membersCount'],
  chosen: [
    'id',
    'uuid',
    'shortUuid',
    'trojanPassword',
    'vlessUuid',
    'ssPassword',
    'profileUuid',
    'configProfileUuid',
    'configProfileInboundUuid',
  ],
  unread: unread.split(' '),
  // Keys of the recorded servers differ by panel.
  plain: (text) => text.replaceAll(/pbk=[\w-]+/g, 'pbk=key'),
};

// What the parallel runs between two exchanges left on one user (`experiments` of the recording).
const afterParallelRuns = {
  '2.8.1': { expireAt: '2028-02-13T00:00:00.000Z', squads: ['d7dec908-e130-42dc-aadd-aa5182dd8f6f'] },
  '3.3.2': { expireAt: '2028-02-09T00:00:00.000Z', squads: ['d7dec908-e130-42dc-aadd-aa5182dd8f6f'] },
};

describe.each(['2.8.1', '3.3.2'] as const)('the simulated Remnawave %s', (version) => {
  const recording = readRecording(`remnawave/${version}`);
  let panel: ServedPanel;

  beforeEach(async () => {
    panel = await servePanel(remnawaveRules({ version, token: 'replayed-token' }), { now: () => new Date(recording.recordedAt) });
  });
  afterEach(() => panel.stop());

  it('answers every recorded request as the real one did', async () => {
    const limited = (): Promise<void> => panel.plant({ username: 'never', status: 'LIMITED' });
    const expired = (): Promise<void> => panel.plant({ username: 'past2', status: 'EXPIRED' });
    const differences = await replayAll({
      url: panel.url,
      recording,
      comparison,
      secrets: { 'api-token': 'replayed-token', 'read-only-token': 'deleted-replayed-token' },
      headers: { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' },
      before: {
        'user-get-with-traffic': () =>
          panel.plant({ username: 'full_user-1', usedTrafficBytes: 5_368_709_120, lifetimeUsedTrafficBytes: 6_442_450_944 }),
        'user-get-expired': async () => {
          await panel.plant({ username: 'never', usedTrafficBytes: 2000, lifetimeUsedTrafficBytes: 2000 });
          await panel.runJob();
        },
        'user-enable-expired': () => panel.runJob(),
        'user-get-after-active-without-date': () => panel.runJob(),
        'user-patch-extend-expired-and-active': expired,
        'user-patch-extend-expired-and-disabled': expired,
        'user-patch-same-limit-of-limited': limited,
        'user-reset-traffic-limited': limited,
        'user-disable-limited': limited,
        'user-patch-active-of-limited': limited,
        'user-patch-description-empty': () => panel.plant({ username: 'full_user-1', ...afterParallelRuns[version] }),
        'db-down-user-get': () => panel.plant({ databaseDown: true }),
        'db-up-user-get': () => panel.plant({ databaseDown: false }),
      },
    });
    expect(differences).toEqual([]);
  });
});
