import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { usualFeed, type App, type FeedSettings } from '../../../src/domain/app';
import { detectApp } from '../../../src/feed/app';
import { appRules, previewBots } from '../../../src/feed/appRules';

const karing = 'mihomo/1.19.28;clash-verge;FlClash;NekoBox;sing-box/1.12.0;HiddifyNext';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const page = 'text/html,application/xhtml+xml,*/*;q=0.8';

/** Every app of the list of clients, and the User-Agents that others trip over. */
const agents: readonly (readonly [string, App])[] = [
  ['v2rayN/7.24.8', { family: 'xray', format: 'base64' }],
  ['v2rayNG/2.3.5', { family: 'xray', format: 'base64' }],
  ['HiddifyNext/4.1.2 (android) like ClashMeta v2ray sing-box', { family: 'hiddify', format: 'base64' }],
  ['Happ/3.2.1/Android/1234', { family: 'happ', format: 'base64' }],
  ['INCY/1.0.3', { family: 'happ', format: 'base64' }],
  ['v2raytun/android', { family: 'xray', format: 'base64' }],
  ['Streisand/1.6', { family: 'xray', format: 'base64' }],
  ['V2Box/9.5.1', { family: 'xray', format: 'base64' }],
  ['FoXray/2.0', { family: 'xray', format: 'base64' }],
  ['v2plus', { family: 'xray', format: 'base64' }],
  ['ktor-client', { family: 'xray', format: 'base64' }],
  ['io.github.saeeddev94.xray/12.0', { family: 'xray', format: 'base64' }],
  ['Shadowrocket/1993 CFNetwork/1410 Darwin/22.6.0', { family: 'shadowrocket', format: 'base64', version: '1993' }],
  ['SFA/1.12.4 (412; sing-box 1.12.4; language ru_RU)', { family: 'singbox', format: 'singbox', version: '1.12.4' }],
  ['SFI/1.11.9 (build 3; sing-box 1.11.9; language en)', { family: 'singbox', format: 'singbox', version: '1.11.9' }],
  ['SFM/1.13.0', { family: 'singbox', format: 'singbox', version: '1.13.0' }],
  ['SFT/1.12', { family: 'singbox', format: 'singbox', version: '1.12' }],
  ['sing-box 1.10.7', { family: 'singbox', format: 'singbox', version: '1.10.7' }],
  ['singbox', { family: 'singbox', format: 'singbox' }],
  ['Karing/1.2.24', { family: 'karing', format: 'base64' }],
  [karing, { family: 'karing', format: 'clash' }],
  ['NekoBox/Android/1.4.2 (Prefer ClashMeta Format)', { family: 'nekobox', format: 'base64' }],
  ['nekobox/4.0.1 (Prefer ClashMeta Format)', { family: 'nekobox', format: 'base64' }],
  ['NekoRay/3.26', { family: 'nekobox', format: 'base64' }],
  ['Throne1.0.7', { family: 'throne', format: 'base64' }],
  ['clash-verge/v2.5.0', { family: 'mihomo', format: 'mihomo' }],
  ['FlClash/v0.8.96 clash-verge Platform/android', { family: 'mihomo', format: 'mihomo' }],
  ['FlClash X/v0.3.2', { family: 'mihomo', format: 'mihomo' }],
  ['ClashMetaForAndroid/2.11.18.Meta', { family: 'mihomo', format: 'mihomo' }],
  ['mihomo/1.19.28', { family: 'mihomo', format: 'mihomo', version: '1.19.28' }],
  ['clash.meta/v1.19.21', { family: 'mihomo', format: 'mihomo', version: '1.19.21' }],
  ['clash-verge/v2.5.0 mihomo/1.19.23', { family: 'mihomo', format: 'mihomo', version: '1.19.23' }],
  ['ClashX Meta/1.4.10', { family: 'mihomo', format: 'mihomo' }],
  ['clash-nyanpasu/1.6', { family: 'mihomo', format: 'mihomo' }],
  ['koala-clash', { family: 'mihomo', format: 'mihomo' }],
  ['prizrak-box/1.0', { family: 'mihomo', format: 'mihomo' }],
  ['ClashMi/1.0.9', { family: 'mihomo', format: 'mihomo' }],
  ['murge/2', { family: 'mihomo', format: 'mihomo' }],
  ['Flowvy/1.4', { family: 'mihomo', format: 'mihomo' }],
  ['Stash/3.1.0 Clash/1.9.0', { family: 'stash', format: 'stash', version: '3.1.0' }],
  ['ClashX Pro/1.97', { family: 'clash', format: 'clash' }],
  ['ClashforWindows/0.20.39', { family: 'clash', format: 'clash' }],
  ['Clash/1.9.0', { family: 'clash', format: 'clash' }],
  ['Exclave/0.14', { family: 'other', format: 'base64' }],
  ['MyRobot/1.0', { family: 'other', format: 'base64' }],
  ['curl/8.5.0', { family: 'other', format: 'base64' }],
  ['', { family: 'other', format: 'base64' }],
  ['v2rayNext/1.0', { family: 'other', format: 'base64' }],
  ['Not Clash', { family: 'other', format: 'base64' }],
  ['okhttp/4.12 sing-box', { family: 'other', format: 'base64' }],
];

describe('the app that asks', () => {
  it.each(agents)('as %j is known', (userAgent, app) => {
    expect(detectApp({ userAgent }, usualFeed)).toEqual(app);
    expect(detectApp({ userAgent: userAgent.toUpperCase() }, usualFeed)).toEqual(app);
  });

  it.each([
    [firefox, page],
    ['Opera/9.80', 'text/html'],
    ['TelegramBot (like TwitterBot)', '*/*'],
    ['WhatsApp/2.23.20.0', '*/*'],
    ['facebookexternalhit/1.1', '*/*'],
    ['Mozilla/5.0 (compatible; Googlebot/2.1)', '*/*'],
  ])('as %j that accepts %j is a person or a preview of the page', (userAgent, accept) => {
    expect(detectApp({ userAgent, accept }, usualFeed)).toEqual({ family: 'other', format: 'html' });
  });

  it('is no person where it wants no page, or is an app', () => {
    expect(detectApp({ userAgent: firefox, accept: '*/*' }, usualFeed).format).toBe('base64');
    expect(detectApp({ userAgent: firefox }, usualFeed).format).toBe('base64');
    expect(detectApp({ userAgent: 'Happ/3.0', accept: page }, usualFeed).format).toBe('base64');
  });

  it.each([
    ['mihomo/1.19.28', 'clash', { family: 'mihomo', format: 'clash', version: '1.19.28' }],
    [karing, 'mihomo', { family: 'karing', format: 'mihomo' }],
    ['v2rayN/7.24.8', 'clash', { family: 'clash', format: 'clash' }],
    ['v2rayN/7.24.8', 'mihomo', { family: 'mihomo', format: 'mihomo' }],
    ['v2rayN/7.24.8', 'stash', { family: 'stash', format: 'stash' }],
    ['v2rayN/7.24.8', 'singbox', { family: 'singbox', format: 'singbox' }],
    ['Karing/1.2.24', 'singbox', { family: 'karing', format: 'singbox' }],
    ['Happ/3.0', 'xray', { family: 'happ', format: 'xray' }],
    ['curl/8', 'xray', { family: 'xray', format: 'xray' }],
    ['NekoBox/1', 'links', { family: 'nekobox', format: 'links' }],
    [firefox, 'links', { family: 'other', format: 'links' }],
    [firefox, 'info', { family: 'other', format: 'info' }],
    ['Happ/3.0', 'html', { family: 'happ', format: 'html' }],
    ['Happ/3.0', 'JSON', { family: 'happ', format: 'base64' }],
    ['Happ/3.0', 'Links', { family: 'happ', format: 'links' }],
  ])('as %j gets the format "%s" it asks for, within the limits of who reads it', (userAgent, format, app) => {
    expect(detectApp({ userAgent, accept: page, format }, usualFeed)).toEqual(app);
  });

  it('is what the shop file says, before the table', () => {
    const settings: FeedSettings = {
      ...usualFeed,
      xrayJsonForHapp: true,
      apps: [
        { startsWith: 'myapp/', family: 'mihomo' },
        { startsWith: 'Throne', family: 'nekobox' },
      ],
    };
    expect(detectApp({ userAgent: 'MyApp/1.0' }, settings)).toEqual({ family: 'mihomo', format: 'mihomo' });
    expect(detectApp({ userAgent: 'Throne1.0' }, settings)).toEqual({ family: 'nekobox', format: 'base64' });
    expect(detectApp({ userAgent: 'Happ/3.0' }, settings)).toEqual({ family: 'happ', format: 'xray' });
  });

  it('is told by the first 256 characters', () => {
    const settings: FeedSettings = { ...usualFeed, apps: [{ startsWith: `${'x'.repeat(255)}yz`, family: 'stash' }] };
    expect(detectApp({ userAgent: `${'x'.repeat(255)}yz` }, settings).family).toBe('other');
  });

  it('is never refused, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), fc.string(), fc.option(fc.string(), { nil: undefined }), (userAgent, accept, format) => {
        expect(typeof detectApp({ userAgent, accept, format }, usualFeed).format).toBe('string');
      }),
    );
  });

  it('is found by expressions that repeat nothing that repeats', () => {
    for (const { source } of [
      ...appRules.flatMap(({ test, version }) => [test, ...(version === undefined ? [] : [version])]),
      previewBots,
    ]) {
      // A group that holds a repetition must not itself be repeated without a bound.
      expect(source).not.toMatch(/[+*][^()]*\)[+*]/);
      expect(source).not.toMatch(/\.\*|\.\+/);
    }
  });
});
