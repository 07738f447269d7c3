import { afterEach, describe, expect, it } from '@jest/globals';
import { marzbanRules } from '../../sandbox/panel/marzban/marzban';
import { pasarguardRules } from '../../sandbox/panel/pasarguard/pasarguard';
import { remnawaveRules } from '../../sandbox/panel/remnawave/remnawave';
import { servePanel, type ServedPanel } from './serve';

// Long enough for all of them to have come before the first is done.
const slowRemovals = { mode: 'slow', operation: 'remove', delayMs: 100 };

/** What the parallel runs of the recordings (`experiments`) saw, on the simulators. */
describe('many calls at once', () => {
  let panel: ServedPanel;
  afterEach(() => panel.stop());

  /** Counts answers, as `status` or `status code`. */
  async function count(calls: readonly Promise<Response>[]): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const reply of await Promise.all(calls)) {
      const text = await reply.text();
      const code = /"errorCode":"(\w+)"/.exec(text)?.[1];
      const key = code === undefined ? String(reply.status) : `${reply.status} ${code}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  function atOnce(many: number, call: (index: number) => Promise<Response>): Promise<Record<string, number>> {
    return count(Array.from({ length: many }, (_, index) => call(index)));
  }

  function caller(headers: Readonly<Record<string, string>>) {
    return (method: string, path: string, body?: object): Promise<Response> =>
      fetch(`${panel.url}/${path}`, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
  }

  describe.each(['2.8.1', '3.3.2'] as const)('on Remnawave %s', (version) => {
    async function open(): Promise<ReturnType<typeof caller>> {
      panel = await servePanel(remnawaveRules({ version, token: 'one' }));
      return caller({ authorization: 'Bearer one', 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' });
    }

    it('make one user of one name and refuse the others', async () => {
      const call = await open();
      const user = { username: 'same_name', expireAt: '2099-01-01T00:00:00Z' };
      expect(await atOnce(20, () => call('POST', 'api/users', user))).toEqual({ '201': 1, '400 A019': 19 });
      expect(await atOnce(20, (index) => call('POST', 'api/users', { ...user, username: `other_${index}` }))).toEqual({ '201': 20 });
      expect(await panel.clients()).toHaveLength(21);
    });

    it('remove once, and fail for those that came before it was done', async () => {
      const call = await open();
      await panel.plant({ username: 'gone' });
      await panel.fault(slowRemovals);
      const [user] = await panel.clients();
      const key = String(version === '2.8.1' ? user?.['uuid'] : user?.['id']);
      const { '404 A025': late = 0, '500 A037': failed = 0, ...done } = await atOnce(20, () => call('DELETE', `api/users/${key}`));
      expect(done).toEqual(version === '2.8.1' ? { '200': 1 } : { '204': 1 });
      expect([failed + late, failed > 0]).toEqual([19, true]);
      expect(await panel.clients()).toEqual([]);
    });
  });

  it('on Marzban are too many from sixty on: some fail, and nothing of theirs is stored', async () => {
    panel = await servePanel(marzbanRules({ username: 'owner', password: 'one' }));
    await panel.plant({ tokens: { one: 'owner' } });
    const call = caller({ authorization: 'Bearer one' });
    const user = { proxies: { vless: {} }, inbounds: { vless: ['VLESS WS'] } };
    const few = await atOnce(30, (index) => call('POST', 'api/user', { ...user, username: `few_${index}` }));
    expect(few).toEqual({ '200': 30 });
    await panel.fault({ mode: 'slow', operation: 'create', delayMs: 1_500 });
    const many = await atOnce(60, (index) => call('POST', 'api/user', { ...user, username: `many_${index}` }));
    expect(many['500']).toBeGreaterThan(0);
    expect(await panel.clients()).toHaveLength(30 + (many['200'] ?? 0));
  });

  it('on Marzban remove a user without an owner, and all fail after it', async () => {
    panel = await servePanel(marzbanRules({ username: 'owner', password: 'one' }));
    await panel.plant({ tokens: { one: 'owner' } });
    await panel.plant({ username: 'gone' });
    await panel.fault(slowRemovals);
    const call = caller({ authorization: 'Bearer one' });
    const { '404': late = 0, '500': failed = 0 } = await atOnce(10, () => call('DELETE', 'api/user/gone'));
    expect([failed + late, failed > 1]).toEqual([10, true]);
    expect(await panel.clients()).toEqual([]);
  });

  it('on PasarGuard make one user of one name, and remove it to the satisfaction of each', async () => {
    panel = await servePanel(pasarguardRules({ username: 'owner', password: 'one' }));
    await panel.plant({ tokens: { one: 'owner' } });
    const call = caller({ authorization: 'Bearer one' });
    expect(await atOnce(20, () => call('POST', 'api/user', { username: 'same_name', group_ids: [1] }))).toEqual({ '201': 1, '409': 19 });
    await panel.fault(slowRemovals);
    const { '404': late = 0, '204': done = 0 } = await atOnce(10, () => call('DELETE', 'api/user/same_name'));
    expect([done + late, done > 1]).toEqual([10, true]);
    expect(await panel.clients()).toEqual([]);
  });
});
