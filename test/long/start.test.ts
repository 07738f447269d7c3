import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBuyer } from '../../sandbox/buyer';
import { demoShop } from '../../sandbox/demoShop';
import { sandboxKeys } from '../../sandbox/payments/keys';
import { startSandbox, type Sandbox } from '../../sandbox/server';
import { freePort } from '../../src/main/embedded/ports';
import { until } from '../support/until';

const token = '777:a-token-of-the-sandbox';

describe('npm start, with a token and a shop.yaml and nothing else', () => {
  let folder: string;
  let sandbox: Sandbox;
  let child: ChildProcess;
  let environment: NodeJS.ProcessEnv;
  let apiUrl: string;
  let metricsPort: number;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-start-'));
    // As root, Postgres has a user of its own, who has to get here.
    chmodSync(folder, 0o711);
    const port = await freePort(23_000);
    apiUrl = `http://127.0.0.1:${port}`;
    metricsPort = await freePort(24_000);
    sandbox = await startSandbox({
      port: 0,
      botToken: token,
      botUsername: 'start_bot',
      panels: ['main'],
      panelLogin: { username: 'admin', password: 'p' },
      payments: { ...sandboxKeys, yookassaKey: 'k', test: true },
      webhookUrl: () => `${apiUrl}/webhooks/yookassa`,
    });
    writeFileSync(join(folder, 'shop.yaml'), demoShop);
    environment = {
      ...process.env,
      BOT_TOKEN: token,
      TELEGRAM_API_ROOT: sandbox.url,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATA_DIR: join(folder, 'data'),
      SHOP_FILE: join(folder, 'shop.yaml'),
      LOG_LEVEL: 'silent',
      TEMPORAL_CLI_PATH: process.env['KIOSK_TEMPORAL_CLI'],
      DEMO_PUBLIC_URL: apiUrl,
      DEMO_SANDBOX_URL: sandbox.url,
      DEMO_PANEL_PASSWORD: 'p',
      DEMO_YOOKASSA_KEY: 'k',
    };
    child = spawn(process.execPath, ['scripts/start.mjs'], { env: environment, stdio: 'ignore' });
    await until('it is ready', async () => (await fetch(`${apiUrl}/health/ready`).catch(() => undefined))?.status === 200, 120_000);
  });
  afterAll(async () => {
    const gone = new Promise((resolve) => {
      child.once('exit', resolve);
    });
    if (child.exitCode === null && child.kill('SIGTERM')) await gone;
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function command(...args: readonly string[]): { readonly code: number | null; readonly out: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/shop.mjs', ...args], { env: environment, encoding: 'utf8' });
    return { code: status, out: `${stdout}${stderr}` };
  }

  it('sells', async () => {
    const buyer = createBuyer(sandbox.url, 11);
    await buyer.say('/start');
    await buyer.press(/^1 год/);
    await buyer.press(/Карта или СБП/);
    await buyer.see(/Ждём оплату/, 60_000);
    const page = (await buyer.press(/^Оплатить/)) ?? '';
    await fetch(`${page}/pay`, { method: 'POST' });
    await buyer.see(/Доступ открыт до/, 60_000);
  });

  it('counts what waits, on a port of its own', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(metrics).toMatch(/^kiosk_quarantine_open 0$/m);
    expect(metrics).toMatch(/^kiosk_operations_open \d+$/m);
    expect((await fetch(`${apiUrl}/metrics`)).status).toBe(404);
  });

  it('refuses a second start on the same data, and says who has it', () => {
    const second = spawnSync(process.execPath, ['scripts/start.mjs'], {
      env: { ...environment, PORT: '0' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(/a shop runs on .* already \(process \d+\)/);
  });

  it('has a doctor who finds all well, and a panel’s trouble when there is one', async () => {
    // The doctor is a process of its own; its calls must not wait for this one, which is the sandbox.
    const ask = (): Promise<{ code: number | null; out: string }> =>
      new Promise((resolve) => {
        const doctor = spawn(process.execPath, ['scripts/shop.mjs', 'doctor'], { env: environment });
        let out = '';
        doctor.stdout.on('data', (text) => {
          out += String(text);
        });
        doctor.once('exit', (code) => resolve({ code, out }));
      });
    const well = await ask();
    expect(well.out).toMatch(/ok {7}Telegram: the bot is @start_bot/);
    expect(well.out).toMatch(/ok {7}Panel main: version 2\.7–2\.9, core running, 2 target\(s\) in use/);
    expect(well.out).toMatch(/ok {7}Payments yookassa: the credentials work/);
    expect(well.out).toMatch(/ok {7}Public address: answers/);
    expect(well).toMatchObject({ code: 0 });
    await fetch(`${sandbox.url}/sandbox/faults`, { method: 'POST', body: JSON.stringify({ target: 'panel:main', mode: 'html' }) });
    const ill = await ask();
    expect(ill.code).toBe(1);
    expect(ill.out).toMatch(/PROBLEM {2}Panel main: a web page answered in place of the panel/);
    expect(ill.out).toMatch(/1 problem\(s\)/);
  });

  it('has a command line that checks, applies, exports and lists', () => {
    expect(command('check', join(folder, 'shop.yaml'))).toMatchObject({ code: 0, out: expect.stringContaining('3 plan(s)') });
    expect(command('apply', join(folder, 'shop.yaml'))).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to change') });
    expect(command('export').out).toMatch(/password: \$\{PANEL_MAIN_PASSWORD\}/);
    expect(command('migrate').out).toMatch(/up to date/);
    expect(command('parked').out).toMatch(/Nothing is parked/);
    expect(command('quarantine').out).toMatch(/No money waits/);
    expect(command('retry-parked', 'itm_x')).toMatchObject({ code: 1, out: expect.stringContaining('nothing is parked under itm_x') });
    writeFileSync(join(folder, 'bad.yaml'), 'shop: {}\n');
    expect(command('check', join(folder, 'bad.yaml'))).toMatchObject({ code: 1, out: expect.stringMatching(/bad\.yaml:1:7 shop\.name/) });
  });
});
