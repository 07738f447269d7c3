import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { feedRow, feedShop } from '../../test/support/feeds';
import { everyNode } from '../../test/unit/feed/nodes';
import { feedFormats, usualFeed, type App } from '../domain/app';
import type { FeedRow } from '../domain/feedRow';
import { linkOf } from '../domain/link';
import { detectApp } from './app';
import { createPages, type FeedAnswer } from './pages';
import { feedStatus, recordOf } from './record';
import { renderFeed } from './render';
import { createRecordStore, type RecordStore, type StoredFeed } from './store/recordStore';

const now = new Date('2026-12-01T00:00:00Z');
const shop = feedShop({ serverIds: ['us', 'nl', 'de'] });

function textOf({ body }: FeedAnswer): string {
  return Buffer.from(body, 'latin1').toString('utf8');
}

function storedIn(store: RecordStore, row: FeedRow): StoredFeed {
  store.put(row);
  const head = store.find(row.token);
  if (head === undefined) throw new TypeError('the row was not kept');
  return { head, texts: store.textsOf(head) };
}

function storedOf(row: FeedRow): StoredFeed {
  return storedIn(createRecordStore(), row);
}

const secret = fc.oneof(
  fc.uuid(),
  fc.string({ unit: fc.constantFrom(...'0123456789eE.~-_x'), minLength: 8, maxLength: 20 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
);

const links = fc
  .array(fc.tuple(fc.constantFrom(...everyNode), secret), { minLength: 0, maxLength: 8 })
  .map((nodes) => nodes.map(([node, text]) => linkOf('uuid' in node ? { ...node, uuid: text } : { ...node, password: text })).join('\n'));

const row = fc
  .record({
    keys: fc
      .tuple(links, links, links)
      .map(([de, nl, us]) =>
        Object.entries({ de, nl, us }).flatMap(([serverId, text]) => (text === '' ? [] : [{ serverId, links: text }])),
      ),
    language: fc.constantFrom('ru' as const, 'en' as const),
    isBanned: fc.boolean(),
    usedBytes: fc.maxSafeNat(),
    trafficLimitBytes: fc.maxSafeNat(),
    endsAt: fc.constantFrom(undefined, new Date('2026-11-01T00:00:00Z'), new Date('2027-02-03T04:05:06Z')),
  })
  .map((changes) => feedRow(changes));

const userAgents = [
  'Happ/3.1.0',
  'HiddifyNext/2.5.7 (android)',
  'Shadowrocket/2070 CFNetwork/1410',
  'SFA/1.10.0',
  'SFA/1.12.4 (412; sing-box 1.12.4)',
  'mihomo/1.19.28',
  'clash-verge/v2.4.2',
  'Stash/3.1.0',
  'ClashX Pro/1.97',
  'Karing/1.2.3',
  'NekoBox/Android/1.4.0',
  'something new',
];

const app = fc
  .tuple(fc.constantFrom(...userAgents), fc.constantFrom(undefined, ...feedFormats))
  .map(([userAgent, format]): App => detectApp({ userAgent, format }, usualFeed))
  // These two are not made of pages.
  .filter(({ format }) => format !== 'info' && format !== 'html');

describe('pages', () => {
  it('give every app what is rendered from the whole record, for any node and any credentials, also the second time', () => {
    const pages = createPages();
    fc.assert(
      fc.property(row, app, (one, asking) => {
        const stored = storedOf(one);
        const status = feedStatus(stored.head, shop, now);
        const expected = renderFeed(recordOf(stored, shop, { status, credentials: stored.texts.credentials.list() }), asking);
        for (let turn = 0; turn < 2; turn += 1) {
          const answer = pages.render(stored, shop, { status, app: asking });
          expect(textOf(answer)).toBe(expected.body);
          const pairs = answer.headers.flatMap((name, index) => (index % 2 === 0 ? [[name, answer.headers[index + 1]]] : []));
          expect(Object.fromEntries(pairs)).toEqual(expected.headers);
        }
      }),
      { numRuns: 1_500 },
    );
  });

  it('hold nothing of one subscription in another: same servers, other credentials', () => {
    const pages = createPages();
    const store = createRecordStore();
    const secrets = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    const bodies = secrets.map((uuid, index) => {
      const links = `vless://${uuid}@h:1?type=tcp#n`;
      const stored = storedIn(store, feedRow({ no: index + 1, token: `token-number-0000${index}`, keys: [{ serverId: 'nl', links }] }));
      return textOf(pages.render(stored, shop, { status: 'live', app: { family: 'mihomo', format: 'mihomo' } }));
    });
    expect(bodies[0]).toContain(secrets[0]);
    expect(bodies[1]).toBe(bodies[0]?.replace(String(secrets[0]), String(secrets[1])));
  });

  it('follow the shop: another title, another order of servers', () => {
    const pages = createPages();
    const keys = ['de', 'nl'].map((serverId) => ({
      serverId,
      links: `vless://11111111-1111-4111-8111-111111111111@${serverId}.example:1?type=tcp#${serverId}`,
    }));
    const stored = storedOf(feedRow({ keys }));
    const as = { status: 'live', app: { family: 'xray', format: 'links' } } as const;
    const before = pages.render(stored, shop, as);
    const changed = { ...feedShop({ name: 'New', serverIds: ['de', 'nl'] }), version: 2 };
    const after = pages.render(stored, changed, as);
    const ends = (answer: FeedAnswer): readonly string[] =>
      textOf(answer)
        .split('\n')
        .map((link) => link.slice(-2));
    expect(ends(before)).toEqual(['nl', 'de']);
    expect(ends(after)).toEqual(['de', 'nl']);
    expect(after.headers).toContain('New');
  });
});
