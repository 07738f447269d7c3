import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { openTestShop, type TestShop } from '../support/shop';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const shots = join(process.cwd(), '.data', 'test', 'screenshots');
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

if (program === undefined)
  process.stderr.write('No Chromium on this machine: the browser tests are skipped. Install "chromium" to run them.\n');

(program === undefined ? describe.skip : describe)('a person in a browser', () => {
  let shop: TestShop;
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    shop = await openTestShop();
    browser = await chromium.launch({ executablePath: program ?? '', args: switches });
  });
  afterAll(async () => {
    await browser.close();
    await shop.close();
  });

  async function press(page: Page, label: string | RegExp): Promise<void> {
    await page.locator('.keyboard button', { hasText: label }).last().click();
  }

  /** The link gives the same page to a browser, and the button puts it on the clipboard; nothing on the page is refused by its policy. */
  async function copies(link: string): Promise<void> {
    const context = await browser.newContext({ locale: 'ru-RU', permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(link);
    await page.getByText('Скопировать ссылку').click();
    await page.getByText('Скопировано').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link);
    expect(complaints).toEqual([]);
    await context.close();
  }

  it('buys: chat page, pay page, link, landing page, on a desktop', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'ru-RU' });
    await page.goto(shop.sandbox.url);
    await page.fill('#input', '/start');
    await page.click('#send');
    await page.getByText('Выберите тариф').last().waitFor();
    await press(page, '1 месяц');
    await press(page, 'Карта или СБП');
    await page.getByText('Ждём оплату').waitFor();
    const [payPage] = await Promise.all([page.waitForEvent('popup'), page.locator('.keyboard a', { hasText: 'Оплатить' }).last().click()]);
    await payPage.locator('#pay').waitFor();
    await payPage.screenshot({ path: join(shots, 'pay-desktop.png') });
    await payPage.click('#pay');
    await payPage.getByText('Вернуться в магазин').waitFor();
    await page.getByText('Доступ открыт до').first().waitFor();
    await page.screenshot({ path: join(shots, 'chat-desktop.png') });
    const link = await page.locator('.message code').last().textContent();
    expect(link).toContain(`${shop.apiUrl}/sub/`);
    const [landing] = await Promise.all([
      page.waitForEvent('popup'),
      page.locator('.keyboard a', { hasText: 'Подключить' }).last().click(),
    ]);
    await landing.getByText('Открыть в Happ').waitFor();
    expect(await landing.locator('.qr svg').count()).toBe(1);
    expect(await landing.locator('a.app').first().getAttribute('href')).toBe(`happ://add/${link ?? ''}`);
    await landing.screenshot({ path: join(shots, 'landing-desktop.png'), fullPage: true });
    await copies(link ?? '');
    await press(page, 'QR-код');
    await page.locator('.message img').waitFor();
  });

  it('sees the same on a phone, in the dark and without script where no script is needed', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', colorScheme: 'dark' });
    const page = await context.newPage();
    await page.goto(`${shop.sandbox.url}/?user=1002`);
    await page.fill('#input', '/start');
    await page.click('#send');
    await page.getByText('Choose a plan').last().waitFor();
    await press(page, '1 year');
    await press(page, 'Telegram Stars');
    await page.getByText('Waiting for your payment').waitFor();
    await press(page, 'Pay ⭐');
    await page.screenshot({ path: join(shots, 'stars-phone.png') });
    await page.locator('#sheet .pay').click();
    await page.getByText('Your access is open until').first().waitFor();
    await page.screenshot({ path: join(shots, 'chat-phone.png') });
    const link = (await page.locator('.message code').last().textContent()) ?? '';
    const plain = await browser.newContext({
      viewport: { width: 390, height: 844 },
      javaScriptEnabled: false,
      colorScheme: 'dark',
      locale: 'en-GB',
    });
    const landing = await plain.newPage();
    await landing.goto(link.replace('/sub/', '/open/hiddify/'));
    await landing.getByText('Open in Hiddify').waitFor();
    await landing.screenshot({ path: join(shots, 'landing-phone.png'), fullPage: true });
    expect(await landing.getByText('Copy the link').isVisible()).toBe(false);
    await landing.getByText('More apps').click();
    await landing.getByText('sing-box').waitFor();
    await landing.getByText('Android', { exact: true }).click();
    await landing.locator('[aria-current]', { hasText: 'Android' }).waitFor();
    await landing.getByText('Русский').click();
    await landing.getByText('Ваша подписка').waitFor();
    // Nothing on the page is wider than the phone.
    expect(await landing.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });
});
