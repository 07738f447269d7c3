import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { freePort } from '../../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../../src/main/embedded/postgres';
import { until } from '../support/until';

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  return spawnSync('kill', ['-0', String(pid)]).status === 0;
}

function serverPid(folder: string): number {
  return Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

describe('the Postgres that comes along', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiosk-pg-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const start = async (): ReturnType<typeof startEmbeddedPostgres> =>
    startEmbeddedPostgres({ folder, port: await freePort(45_000 + Math.floor(Math.random() * 5_000)) });

  it('finds its data again, and leaves no process', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select 1 as one');
    const pid = serverPid(folder);
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'select one from kept')).toEqual([{ one: 1 }]);
    expect(
      await query(second.url, "select current_setting('server_encoding') as encoding, current_setting('listen_addresses') as listens"),
    ).toEqual([{ encoding: 'UTF8', listens: '127.0.0.1' }]);
    await second.stop();
  });

  it('refuses the data folder of another major version with a sentence', async () => {
    await (await start()).stop();
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '12\n');
    await expect(start()).rejects.toThrow(/made by Postgres 12; this shop brings Postgres 17/);
  });

  it('says which folder its own user may not pass through, where it cannot run as root', async () => {
    const inner = join(folder, 'closed', 'data');
    mkdirSync(inner, { recursive: true });
    chmodSync(join(folder, 'closed'), 0o700);
    const outcome = await startEmbeddedPostgres({ folder: inner, port: await freePort(47_000) }).then(
      async (started) => {
        await started.stop();
        return 'started';
      },
      (error: unknown) => String(error),
    );
    expect(outcome).toMatch(process.getuid?.() === 0 ? /may not pass through .*closed\. Allow it/ : /started/);
  });

  it('never deletes a folder that it did not leave half-made', async () => {
    mkdirSync(join(folder, 'postgres'));
    writeFileSync(join(folder, 'postgres', 'precious'), 'data');
    await expect(start()).rejects.toThrow(/holds no Postgres data \(no PG_VERSION\)\. Move it away/);
    expect(readFileSync(join(folder, 'postgres', 'precious'), 'utf8')).toBe('data');
  });

  it('makes a half-made data folder anew', async () => {
    await (await start()).stop();
    writeFileSync(join(folder, 'postgres.making'), '');
    rmSync(join(folder, 'postgres', 'global'), { recursive: true });
    const again = await start();
    expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await again.stop();
  });

  it('ends with its owner, even by kill -9, and starts again', async () => {
    const call = `require('./src/main/embedded/postgres.ts').startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, port: ${await freePort(52_000)} })`;
    const code = `void ${call}.then(() => setInterval(() => 0, 1000))`;
    const owner = spawn(process.execPath, ['--import', 'tsx', '-e', code], { stdio: 'ignore' });
    await until('its server runs', () =>
      Promise.resolve(existsSync(join(folder, 'postgres', 'postmaster.pid')) && !existsSync(join(folder, 'postgres.making'))),
    );
    const pid = serverPid(folder);
    owner.kill('SIGKILL');
    await until('its server is gone', () => Promise.resolve(!isAlive(pid)));
    const again = await start();
    expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await again.stop();
  });

  it('ends the orphan of a killed keeper, and takes over', async () => {
    const first = await start();
    const pid = serverPid(folder);
    const keepers = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes('keeper.mjs') && line.includes(folder));
    expect(keepers).toHaveLength(1);
    process.kill(Number(keepers[0]?.trim().split(' ')[0]), 'SIGKILL');
    expect(isAlive(pid)).toBe(true);
    const second = await start();
    expect(isAlive(pid)).toBe(false);
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.stop();
    await first.stop();
  });
});

describe('npm run demo', () => {
  it('leaves no process behind on Ctrl-C, and a second start finds its data', async () => {
    const root = process.cwd();
    const data = join(root, '.data', 'demo', 'postgres', 'postmaster.pid');
    const play = async (): Promise<{ pid: number; code: number | null }> => {
      const child = spawn(process.execPath, ['scripts/demo.mjs'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TEMPORAL_CLI_PATH: process.env['KIOSK_TEMPORAL_CLI'] ?? '' },
      });
      let out = '';
      child.stdout.on('data', (text) => {
        out += String(text);
      });
      await until('the table is printed', () => Promise.resolve(out.includes('Ctrl-C ends everything')), 80_000);
      const pid = Number(readFileSync(data, 'utf8').split('\n')[0]);
      child.kill('SIGINT');
      const code = await new Promise<number | null>((resolve) => {
        child.once('exit', resolve);
      });
      return { pid, code };
    };
    const first = await play();
    expect(first.code).toBe(0);
    expect(isAlive(first.pid)).toBe(false);
    const left = spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((line) => line.includes(join(process.cwd(), '.data', 'demo')));
    expect(left).toEqual([]);
    const second = await play();
    expect(second.code).toBe(0);
  });
});
