import type { App, FeedFormat } from '../domain/app';
import type { FeedRecord } from '../domain/feedRecord';

export type Headers = Readonly<Record<string, string>>;

/** Happ shows no more of a title, and no more of an announcement. */
const longestTitle = 25;
const longestAnnounce = 200;

function shortened(text: string, length: number): string {
  return [...text].slice(0, length).join('');
}

/** A value as it may stand in an HTTP header: printable ASCII as it is, anything else as `base64:` of its UTF-8, as VPN apps read it. */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `base64:${Buffer.from(text, 'utf8').toString('base64')}`;
}

const contentTypes: Readonly<Record<FeedFormat, string>> = {
  links: 'text/plain; charset=utf-8',
  base64: 'text/plain; charset=utf-8',
  clash: 'text/yaml; charset=utf-8',
  mihomo: 'text/yaml; charset=utf-8',
  stash: 'text/yaml; charset=utf-8',
  singbox: 'application/json; charset=utf-8',
  xray: 'application/json; charset=utf-8',
  info: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

// Apps of Clash call the profile by the name of the file, so it has no ending there.
const endings: Readonly<Partial<Record<FeedFormat, string>>> = {
  links: '.txt',
  base64: '.txt',
  singbox: '.json',
  xray: '.json',
  info: '.json',
};

function disposition(title: string, format: FeedFormat): string {
  const ending = endings[format] ?? '';
  const ascii = title.replace(/[^\w .-]/g, '').trim() || 'vpn';
  // Half a surrogate pair has no UTF-8, and `'`, `(`, `)` and `*` have a meaning of their own here (RFC 8187).
  const encoded = encodeURIComponent(title.replaceAll(/\p{Cs}/gu, '')).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${ascii}${ending}"; filename*=UTF-8''${encoded}${ending}`;
}

/** Value of `subscription-userinfo`: bytes and unix seconds, all four always; 0 = no limit, no end. */
export function userInfo(record: Pick<FeedRecord, 'endsAt' | 'uploadBytes' | 'downloadBytes' | 'trafficLimitBytes'>): string {
  const expire = record.endsAt === undefined ? 0 : Math.floor(record.endsAt.getTime() / 1000);
  return `upload=${record.uploadBytes}; download=${record.downloadBytes}; total=${record.trafficLimitBytes}; expire=${expire}`;
}

/** What tells an app, whichever it is, that the device limit is why there are no servers (as Remnawave and v2RayTun write it). */
function deviceHeaders(status: FeedRecord['status']): Headers {
  if (status === 'device_unknown') return { 'x-hwid-active': 'true', 'x-hwid-not-supported': 'true' };
  if (status === 'device_limit') return { 'x-hwid-active': 'true', 'x-hwid-max-devices-reached': 'true', 'x-hwid-limit': 'true' };
  return {};
}

/** The headers that VPN apps read, with true usage and end. `explanation` is why there are no servers. */
export function headersFor(record: FeedRecord, app: App, explanation: string | undefined): Headers {
  const { settings, language, supportUrl } = record;
  const title = shortened(record.title, longestTitle);
  const announce = explanation ?? settings.announce?.[language];
  return {
    'content-type': contentTypes[app.format],
    'content-disposition': disposition(title, app.format),
    'subscription-userinfo': userInfo(record),
    'profile-title': headerText(title),
    'profile-update-interval': String(settings.updateHours),
    'profile-web-page-url': record.webPageUrl,
    ...(supportUrl === undefined ? {} : { 'support-url': supportUrl }),
    ...(announce === undefined ? {} : { announce: headerText(shortened(announce, longestAnnounce)) }),
    ...(app.family === 'happ' ? settings.happHeaders : {}),
    ...deviceHeaders(record.status),
  };
}
