import { describe, expect, it } from '@jest/globals';
import { isPreviewBot, platformNamed, platformOf } from './platform';

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
const android = 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36';
const cubot = 'Mozilla/5.0 (Linux; Android 13; CUBOT X30; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile';

describe('the system of a browser', () => {
  it.each([
    [iphone, 'ios'],
    ['Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15', 'ios'],
    [android, 'android'],
    [cubot, 'android'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36', 'windows'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15', 'macos'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0', 'linux'],
    ['Mozilla/5.0 (X11; Ubuntu; rv:139.0) Gecko/20100101 Firefox/139.0', 'linux'],
    ['Mozilla/5.0 (PlayStation 5)', undefined],
    ['', undefined],
    [`${'x'.repeat(300)} Windows`, undefined],
  ])('of "%s" is %s', (userAgent, platform) => {
    expect(platformOf(userAgent)).toBe(platform);
  });

  it('is taken by its name alone', () => {
    expect([platformNamed('ios'), platformNamed('IOS'), platformNamed('__proto__'), platformNamed(['ios'])]).toEqual([
      'ios',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('preview bots', () => {
  it.each([
    'TelegramBot (like TwitterBot)',
    'WhatsApp/2.23.20.0',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)',
    'Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5',
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
    'Mozilla/5.0 (compatible; SomeNewBot/1.0)',
  ])('are known: %s', (userAgent) => {
    expect(isPreviewBot(userAgent)).toBe(true);
  });

  it.each([iphone, android, cubot, ''])('are not people: "%s"', (userAgent) => {
    expect(isPreviewBot(userAgent)).toBe(false);
  });
});
