import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { feedRow } from '../../../test/support/feeds';
import type { FeedKey, FeedRow } from '../../domain/feedRow';
import { fill } from './layouts';
import { createRecordStore, type RecordStore } from './recordStore';

const text = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~'), minLength: 8, maxLength: 40 });
const key = fc
  .tuple(
    fc.constantFrom('de', 'nl', 'us'),
    fc.oneof(text, fc.uuid(), fc.string({ maxLength: 20 })),
    fc.constantFrom('vless', 'trojan', 'ss', 'vmess'),
  )
  .map(([serverId, secret, scheme]): FeedKey => ({ serverId, links: `${scheme}://${secret}@h:1?a=b#n\n${scheme}://${secret}@h:2#ü` }));

const row = fc
  .record({
    no: fc.integer({ min: 1, max: 12 }),
    version: fc.integer({ min: 1, max: 9 }),
    tokenEnd: fc.constantFrom('a', 'b', 'c'),
    language: fc.constantFrom('ru', 'en'),
    isBanned: fc.boolean(),
    isPaused: fc.boolean(),
    isRevoked: fc.boolean(),
    isExhausted: fc.boolean(),
    endsAt: fc.option(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), { nil: undefined }),
    trafficLimitBytes: fc.maxSafeNat(),
    usedBytes: fc.maxSafeNat(),
    deviceLimit: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
    hwids: fc.array(fc.oneof(text, fc.uuid()), { maxLength: 4 }),
    keys: fc.array(key, { maxLength: 4 }),
  })
  .map(({ tokenEnd, ...rest }): FeedRow => ({
    ...rest,
    language: rest.language === 'ru' ? 'ru' : 'en',
    hwids: rest.deviceLimit === undefined ? [] : rest.hwids,
    subscriptionId: rest.deviceLimit === undefined ? '' : `sub_${rest.no}`,
    token: `token-${rest.no}-${tokenEnd}-000000000`,
  }));

type Step =
  | { readonly put: FeedRow }
  | { readonly hear: readonly [number, number] }
  | { readonly use: readonly [number, number] }
  | { readonly forget: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: row.map((put) => ({ put })) },
  { weight: 2, arbitrary: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })).map((hear) => ({ hear })) },
  { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.maxSafeNat()).map((use) => ({ use })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((forget) => ({ forget })) },
);

function shown(store: RecordStore, token: string): FeedRow | undefined {
  const head = store.find(token);
  if (head === undefined) return undefined;
  const { layoutId, ...facts } = head.state;
  const { credentials, ...texts } = store.textsOf(head);
  expect(head.layout.id).toBe(layoutId);
  return {
    ...facts,
    ...texts,
    keys: head.layout.keys.map(({ serverId, links }) => ({ serverId, links: fill(links, credentials.list()) })),
  };
}

function isCurrent(store: RecordStore, token: string): boolean {
  const head = store.find(token);
  return head !== undefined && store.isCurrent(head);
}

/** What the store should hold, kept the plain way. */
interface Model {
  readonly kept: Map<number, FeedRow>;
  readonly heard: Map<number, number>;
}

function hearIn({ heard }: Model, no: number, version: number): void {
  heard.set(no, Math.max(heard.get(no) ?? 0, version));
}

function putIn(model: Model, row: FeedRow): boolean {
  const isNewest = row.version >= (model.heard.get(row.no) ?? 0);
  if (isNewest) model.kept.set(row.no, row);
  hearIn(model, row.no, row.version);
  return isNewest;
}

function take(store: RecordStore, model: Model, one: Step): void {
  if ('put' in one) {
    expect(store.put(one.put)).toBe(putIn(model, one.put));
  } else if ('hear' in one) {
    store.hear(...one.hear);
    hearIn(model, ...one.hear);
  } else if ('use' in one) {
    store.setUsage(...one.use);
    const before = model.kept.get(one.use[0]);
    if (before !== undefined) model.kept.set(one.use[0], { ...before, usedBytes: one.use[1] });
  } else {
    store.forget(one.forget);
    model.kept.delete(one.forget);
  }
}

describe('a record store', () => {
  it('holds the newest row of each subscription, as it was, whatever the order in which rows and news come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = createRecordStore();
        const model: Model = { kept: new Map(), heard: new Map() };
        for (const one of steps) take(store, model, one);
        const rows = [...model.kept.values()];
        const tokens = steps.flatMap((one) => ('put' in one ? [one.put.token] : []));
        for (const token of tokens) expect(shown(store, token)).toEqual(rows.find((row) => row.token === token));
        for (const row of rows) expect(isCurrent(store, row.token)).toBe(row.version >= (model.heard.get(row.no) ?? 0));
        expect(store.size().records).toBe(rows.length);
        expect(store.size().layouts).toBe(new Set(rows.map(layoutText)).size);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps one layout for everybody on the same servers, and at most 400 bytes of each subscription with 8 servers on 8 panels', () => {
    const store = createRecordStore();
    const count = 20_000;
    for (let no = 1; no <= count; no += 1) {
      const keys = Array.from({ length: 8 }, (_, server) => ({
        serverId: `s${server}`,
        links: `vless://${randomUUID()}@vpn${server}.example:443?encryption=none&security=reality&type=tcp&sni=www.example.com&pbk=k&sid=a&fp=chrome&flow=xtls-rprx-vision#S${server}`,
      }));
      store.put(feedRow({ no, token: randomUUID().padEnd(43, 'x'), keys }));
    }
    const { records, layouts, bytes } = store.size();
    expect([records, layouts]).toEqual([count, 1]);
    expect(bytes / count).toBeLessThan(400);
  });
});

/** Links without what stands alone before the address, as a reader of the rule would take it out. */
function layoutText({ keys }: FeedRow): string {
  const secrets: string[] = [];
  const number = (secret: string): number => {
    if (!secrets.includes(secret)) secrets.push(secret);
    return secrets.indexOf(secret);
  };
  return JSON.stringify(
    keys.map(({ serverId, links }) => [
      serverId,
      links.split('\n').map((link) => {
        const found = /^(vless|trojan):\/\/([^@]{8,})@/.exec(link);
        const secret = found?.[2];
        return secret === undefined || !/^[\w.~-]+$/.test(secret) ? link : link.replace(secret, () => `\0${number(secret)}`);
      }),
    ]),
  );
}
