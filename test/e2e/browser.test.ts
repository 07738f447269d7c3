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
    await landing.getByText('Happ').waitFor();
    expect(await landing.locator('.qr svg').count()).toBe(1);
    expect(await landing.locator('a.app').first().getAttribute('href')).toBe(`happ://add/${link ?? ''}`);
    await landing.screenshot({ path: join(shots, 'landing-desktop.png'), fullPage: true });
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
  });
});
