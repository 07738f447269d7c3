import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { FeedStatus } from '../../domain/feedRecord';
import type { FoundFeed } from '../../feed/cache';
import type { FeedAnswer } from '../../feed/pages';
import { usageOf } from '../../feed/usage';

/** Names and values in turn, of every answer under `/sub/`. */
const protection: string[] = [
  'cache-control',
  'no-store',
  'referrer-policy',
  'no-referrer',
  'x-content-type-options',
  'nosniff',
  'x-robots-tag',
  'noindex, nofollow',
  'vary',
  'User-Agent, Accept',
];

/** Writes past koa, which would set, check and read back each header anew. */
function write(ctx: Context, status: number, answer: { readonly headers: readonly string[]; readonly body?: string }): void {
  ctx.respond = false;
  ctx.res.writeHead(status, protection.concat(answer.headers));
  if (answer.body === undefined || ctx.req.method === 'HEAD') ctx.res.end();
  else ctx.res.end(answer.body, 'latin1');
}

/** Tag of what a feed is made of, the same in every process: versions, state, and who asks. Usage is not in it. */
export function entityTag({ head, shop }: FoundFeed, status: FeedStatus, appTag: string): string {
  return `"${head.state.version.toString(36)}.${shop.version.toString(36)}.${status}.${appTag}"`;
}

/** Tag of a body that holds what has no version. */
export function bodyTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

/** Whether the app has this already (RFC 9110, 13.1.2) and does not insist on a full answer. */
export function hasAlready(ctx: Context, tag: string): boolean {
  const told = ctx.req.headers['if-none-match'];
  if (told === undefined || /(?:^|,)\s*no-cache\s*(?:,|$)/.test(ctx.req.headers['cache-control'] ?? '')) return false;
  return told === tag || told.split(',').some((one) => one.trim().replace(/^W\//, '') === tag || one.trim() === '*');
}

/** 304, with the usage as it is by now. */
export function answerUnchanged(ctx: Context, tag: string, { head }: FoundFeed): void {
  write(ctx, 304, { headers: ['etag', tag, 'subscription-userinfo', usageOf(head)] });
}

/** 200 with a feed. */
export function answerFeed(ctx: Context, tag: string, feed: FeedAnswer): void {
  write(ctx, 200, { headers: feed.headers.concat('etag', tag, 'content-length', String(feed.body.length)), body: feed.body });
}

/** 404, the same for every token that opens nothing. */
export function answerNothing(ctx: Context): void {
  const body = 'Not found';
  write(ctx, 404, { headers: ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)], body });
}

/** 429 to who asks far more often than any app does. */
export function answerTooOften(ctx: Context, seconds: number): void {
  const body = 'Too many requests';
  const type = ['content-type', 'text/plain; charset=utf-8', 'content-length', String(body.length)];
  write(ctx, 429, { headers: type.concat('retry-after', String(seconds)), body });
}
