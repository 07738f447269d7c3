import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../../src/main/embedded/ports';

const scripts = join(process.cwd(), 'scripts', 'lib');

/** Runs a piece of the set-up as plain Node does, where nothing is installed. */
function runModule(code: string, environment: Readonly<Record<string, string>> = {}): { readonly out: string; readonly error: string } {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    cwd: scripts,
    env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...environment },
  });
  return { out: stdout.trim(), error: stderr.trim() };
}

describe('the set-up', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-setup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes the next free port when one is busy', async () => {
    const server = createServer();
    const busy = await freePort(30_000 + Math.floor(Math.random() * 5_000));
    await new Promise<void>((resolve) => {
      server.listen(busy, '127.0.0.1', resolve);
    });
    expect(await freePort(busy)).toBeGreaterThan(busy);
    await new Promise((resolve) => void server.close(resolve));
  });

  it('installs anew after an interrupted install, and not when the lock file’s packages are there', () => {
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    mkdirSync(join(folder, 'node_modules', 'half'), { recursive: true });
    const code = (): string =>
      `import { isInstalled, lockDigest } from './dependencies.mjs'; console.log(isInstalled(${JSON.stringify(folder)}), lockDigest(${JSON.stringify(folder)}))`;
    const [before, digest = ''] = runModule(code()).out.split(' ');
    expect(before).toBe('false');
    writeFileSync(join(folder, 'node_modules', '.kiosk-stamp'), digest);
    expect(runModule(code()).out).toMatch(/^true/);
    writeFileSync(join(folder, 'package-lock.json'), '{"other":1}');
    expect(runModule(code()).out).toMatch(/^false/);
  });

  it('says what to do where there is neither a Temporal server nor Go', () => {
    const code = `import { ensureTemporalProgram } from './temporalProgram.mjs'; await ensureTemporalProgram().catch((e) => console.log(e.message))`;
    const { out } = runModule(code, { PATH: folder, XDG_CACHE_HOME: folder });
    expect(out).toMatch(/no Go to build one with/);
    expect(out).toMatch(/install Go 1\.25 or newer/);
    expect(out).toMatch(/TEMPORAL_CLI_PATH/);
  });

  it('says so when Go is too old, when the given program does not run, and when the cache folder cannot be made', () => {
    writeFileSync(join(folder, 'go'), '#!/bin/sh\necho go version go1.21.0 linux/amd64\n', { mode: 0o755 });
    const code = `import { ensureTemporalProgram } from './temporalProgram.mjs'; await ensureTemporalProgram().catch((e) => console.log(e.message))`;
    const path = `${folder}:/bin:/usr/bin`;
    expect(runModule(code, { PATH: path, XDG_CACHE_HOME: folder }).out).toMatch(/Go 1\.21 is too old.*1\.25 is needed/);
    expect(runModule(code, { PATH: path, TEMPORAL_CLI_PATH: join(folder, 'go') }).out).toMatch(/TEMPORAL_CLI_PATH does not lead to/);
    writeFileSync(join(folder, 'file'), '');
    expect(runModule(code, { PATH: path, XDG_CACHE_HOME: join(folder, 'file') }).out).toMatch(/cannot be written to.*Set XDG_CACHE_HOME/s);
  });

  it('takes over the lock of a start that died', () => {
    const lock = join(folder, 'build.lock');
    writeFileSync(lock, '999999999');
    const code = `import { withLock } from './temporalProgram.mjs'; import { readFileSync } from 'node:fs';
      console.log(await withLock(${JSON.stringify(lock)}, () => Number(readFileSync(${JSON.stringify(lock)}, 'utf8')) === process.pid))`;
    expect(runModule(code).out).toBe('true');
  });

  it('keeps what belongs to a real shop away from demo and tests', () => {
    const code = `import { withoutShop } from './environment.mjs'; console.log(JSON.stringify(withoutShop({ BOT_TOKEN: 'x', DATABASE_URL: 'x', KEPT: '1' })))`;
    expect(JSON.parse(runModule(code).out)).toEqual({ KEPT: '1' });
  });

  it('sets aside every variable that the shop reads', () => {
    const kept = readFileSync(join(scripts, 'environment.mjs'), 'utf8');
    const config = readFileSync(join(process.cwd(), 'src', 'config.ts'), 'utf8');
    const names = [...config.matchAll(/^ {2}([A-Z_]+): /gm)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(kept).toContain(`'${name}'`);
  });
});
