import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { runSlowly } from './run.mjs';
import { say, SetupProblem } from './say.mjs';

export const version = '1.5.1';

const ways = `There are three ways to get one:
  1. install Go 1.25 or newer and try again: the server is then built once into your cache folder (about 5 minutes);
  2. install the Temporal CLI (docs.temporal.io/cli) so that "temporal" is on PATH, or set TEMPORAL_CLI_PATH to it;
  3. set TEMPORAL_ADDRESS to a Temporal server that runs already ("npm start" only).`;

export function cacheFolder(environment = process.env) {
  const base = environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache');
  return join(base, 'vless-kiosk', `temporal-${version}`);
}

export function works(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 && /temporal/i.test(stdout);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Takes a lock file; waits for its owner while that lives, takes it over when it died. */
export async function withLock(file, work, onWait = () => undefined) {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(existsSync(file) ? readFileSync(file, 'utf8') : 0);
      if (owner > 0 && isAlive(owner)) {
        onWait(owner);
        await wait(1_000);
      } else rmSync(file, { force: true });
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function checkGo() {
  const { status, stdout } = spawnSync('go', ['version'], { encoding: 'utf8' });
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  if (status !== 0) throw new SetupProblem(`No Temporal server was found, and there is no Go to build one with.\n${ways}`);
  if (Number(major) < 2 && Number(minor) < 25)
    throw new SetupProblem(`Go ${major}.${minor} is too old to build the Temporal server: 1.25 is needed.\n${ways}`);
}

async function build(folder, program) {
  const temporary = join(folder, `build-${process.pid}`);
  say(`Building the Temporal server ${version} into ${folder} (once, usually 3 to 6 minutes)…`);
  const { code, tail } = await runSlowly({
    program: 'go',
    args: ['install', `github.com/temporalio/cli/cmd/temporal@v${version}`],
    options: { env: { ...process.env, GOBIN: temporary, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' } },
    what: 'building the Temporal server',
    usually: 'usually 3 to 6 minutes, the first time only',
  });
  try {
    if (code !== 0)
      throw new SetupProblem(`The Temporal server could not be built. Go said:\n${tail.split('\n').slice(-8).join('\n')}\n${ways}`);
    renameSync(join(temporary, 'temporal'), program);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Path of a `temporal` program: the given one, the one on PATH, or one built once into the user's cache folder. */
export async function ensureTemporalProgram(environment = process.env) {
  const given = environment.TEMPORAL_CLI_PATH;
  if (given) {
    if (works(given)) return given;
    throw new SetupProblem('TEMPORAL_CLI_PATH does not lead to a Temporal CLI that runs. Correct it or remove it.');
  }
  if (works('temporal')) return 'temporal';
  const folder = cacheFolder(environment);
  const program = join(folder, 'temporal');
  if (existsSync(program) && works(program)) return program;
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch {
    throw new SetupProblem(
      `The folder ${folder} cannot be written to, so the Temporal server cannot be kept there. Set XDG_CACHE_HOME to a folder that can.\n${ways}`,
    );
  }
  checkGo();
  let told = false;
  await withLock(
    join(folder, 'build.lock'),
    async () => {
      if (!(existsSync(program) && works(program))) await build(folder, program);
    },
    (owner) => {
      if (!told) say(`Another start (process ${owner}) is building the Temporal server; waiting for it…`);
      told = true;
    },
  );
  return program;
}
