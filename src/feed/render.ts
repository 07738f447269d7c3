import type { FeedRecord } from '../domain/feedRecord';
import { linkOf } from '../domain/link';
import { noticeFor } from './notices';

export interface RenderedFeed {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const updateHours = 12;
const longestTitle = 25;

/** A value as it may stand in an HTTP header: printable ASCII as it is, anything else as `base64:` of its UTF-8, as VPN apps read it. */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `base64:${Buffer.from(text, 'utf8').toString('base64')}`;
}

// Loopback, port 1: an app lists the entry and shows its name, and nothing can be reached through it.
function explainingLink(name: string): string {
  return linkOf({
    protocol: 'vless',
    uuid: '00000000-0000-4000-8000-000000000000',
    address: '127.0.0.1',
    port: 1,
    encryption: 'none',
    transport: { kind: 'tcp' },
    security: { kind: 'none' },
    name,
  });
}

function fileName(title: string): string {
  const ascii = title.replace(/[^\w .-]/g, '').trim() || 'vpn';
  return `attachment; filename="${ascii}.txt"; filename*=UTF-8''${encodeURIComponent(`${title}.txt`)}`;
}

/** The feed as base64 of share links, one per line, with the headers that VPN apps read. */
export function renderFeed(record: FeedRecord): RenderedFeed {
  const links = record.status === 'live' ? record.links : [explainingLink(noticeFor(record.status, record.language))];
  const expire = record.endsAt === undefined ? 0 : Math.floor(record.endsAt.getTime() / 1000);
  const title = [...record.title].slice(0, longestTitle).join('');
  return {
    body: Buffer.from(links.join('\n'), 'utf8').toString('base64'),
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': fileName(title),
      'subscription-userinfo': `upload=0; download=0; total=${record.trafficLimitBytes}; expire=${expire}`,
      'profile-title': headerText(title),
      'profile-update-interval': String(updateHours),
      'profile-web-page-url': record.webPageUrl,
      ...(record.supportUrl === undefined ? {} : { 'support-url': record.supportUrl }),
      ...(record.status === 'live' ? {} : { announce: headerText(noticeFor(record.status, record.language)) }),
    },
  };
}
