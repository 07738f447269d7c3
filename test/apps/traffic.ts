import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { until } from '../support/until';
import { clientFor, type Client } from './clients';
import type { Program } from './programs';
import { makeCertificate, portOf, servedNodes, startBorrowedSite, trusting, type Served } from './server';

const answer = 'through the server';
const patienceMs = 15_000;

interface Running {
  readonly child: ChildProcess;
  /** The end of what the program said. */
  readonly said: () => string;
}

function start(program: Program, body: string, folder: string): Running {
  const file = join(folder, `running-${program.file}`);
  writeFileSync(file, body);
  const child = spawn(program.name, [...program.runArgs(file, folder)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  const note = (part: string): void => {
    tail = `${tail}${part}`.slice(-1_000);
  };
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  return { child, said: () => tail };
}

/** Waits until every port is open; a program that ends before says why. */
async function untilListening(running: Running, ports: readonly number[]): Promise<void> {
  await until('a program listens', async () => {
    if (running.child.exitCode !== null) throw new Error(`a program ended: ${running.said()}`);
    return (await Promise.all(ports.map((port) => isOpen(port)))).every(Boolean);
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** One page through a tunnel of a proxy port; undefined where it came, else why not. */
function fetchThrough(proxyPort: number, targetPort: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(proxyPort, '127.0.0.1');
    const host = `127.0.0.1:${targetPort}`;
    let text = '';
    const end = (why: string | undefined): void => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(patienceMs, () => end('no answer'));
    socket.once('error', (error) => end(error.message));
    socket.once('close', () => end(`closed after ${JSON.stringify(text.slice(0, 60))}`));
    socket.setEncoding('utf8').on('data', (part: string) => {
      const isTunnel = text.includes('\r\n\r\n');
      text += part;
      if (!isTunnel && text.includes('\r\n\r\n')) {
        if (!/^HTTP\/1\.[01] 200/.test(text)) end(text.split('\r\n')[0] ?? 'refused');
        else socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      }
      if (text.includes(answer)) end(undefined);
    });
    socket.write(`CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}

async function failuresOf(client: Client, targetPort: number): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const [name, port] of client.ports) {
    const why = await fetchThrough(port, targetPort);
    if (why !== undefined) failures.push(`  no traffic: ${name} (${why})`);
  }
  return failures;
}

async function tryProgram(
  found: { readonly program: Program; readonly version: string },
  served: readonly Served[],
  around: { readonly folder: string; readonly targetPort: number; readonly pin: string },
): Promise<number> {
  const { program, version } = found;
  const trust = program.name === 'sing-box' ? 'insecure' : { pin: around.pin };
  const nodes = served.map(({ node }) => trusting(node, trust));
  const client = clientFor(program, nodes, version);
  const running = start(program, client.body, around.folder);
  try {
    await until(
      `${program.name} listens`,
      async () => (await Promise.all([...client.ports.values()].map((port) => isOpen(port)))).every(Boolean),
      patienceMs,
    );
    const failures = await failuresOf(client, around.targetPort);
    for (const line of failures) process.stdout.write(`${line}\n`);
    process.stdout.write(
      `${program.name} ${version}: traffic through ${client.ports.size - failures.length} of ${client.ports.size} kinds of servers\n`,
    );
    return failures.length;
  } finally {
    running.child.kill('SIGKILL');
  }
}

async function startTarget(): Promise<Server> {
  const target = createServer((_request, response) => response.end(answer));
  await new Promise<void>((resolve) => {
    target.listen(0, '127.0.0.1', resolve);
  });
  return target;
}

/**
 * Sends a page through every kind of server of the feed: an Xray of this machine serves them, each program found is the app. Returns how many
 * did not work.
 */
export async function tryTraffic(
  found: readonly { readonly program: Program; readonly version: string }[],
  folder: string,
): Promise<number> {
  const server = found.find(({ program }) => program.name === 'xray')?.program;
  if (server === undefined) {
    process.stdout.write('no xray to be the server: no traffic was tried\n');
    return 0;
  }
  const certificate = makeCertificate();
  const borrowed = await startBorrowedSite(certificate);
  const target = await startTarget();
  const served = servedNodes({ certificate, borrowedPort: portOf(borrowed) });
  const inbounds = served.map(({ inbound }) => inbound);
  const running = start(server, JSON.stringify({ log: { loglevel: 'warning' }, inbounds, outbounds: [{ protocol: 'freedom' }] }), folder);
  try {
    await untilListening(running, [served[0]?.node.port ?? 0]);
    let failures = 0;
    for (const one of found) failures += await tryProgram(one, served, { folder, targetPort: portOf(target), pin: certificate.pin });
    return failures;
  } finally {
    running.child.kill('SIGKILL');
    target.close();
    borrowed.close();
  }
}
