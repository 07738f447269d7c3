import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runSlowly } from './run.mjs';
import { say, SetupProblem } from './say.mjs';

/** Digest of what the lock file says has to be installed. */
export function lockDigest(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether everything the lock file names was installed to the end: the stamp is written last. */
export function isInstalled(root) {
  const stamp = join(root, 'node_modules', '.kiosk-stamp');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest(root);
}

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupProblem(
    `Node ${process.versions.node} is too old: this project needs 20.19 or newer. Install it from nodejs.org and try again.`,
  );
}

/** Installs the dependencies where they are missing, half installed, or not those of the lock file. */
export async function ensureDependencies(root) {
  checkNode();
  if (isInstalled(root)) return;
  say('Installing the dependencies (about half a minute the first time)…');
  const { code, tail } = await runSlowly({
    program: process.platform === 'win32' ? 'npm.cmd' : 'npm',
    args: ['ci', '--no-fund', '--no-audit'],
    options: { cwd: root },
    what: 'npm ci',
    usually: 'usually under a minute',
  });
  if (code !== 0) {
    throw new SetupProblem(
      `The dependencies could not be installed. npm said:\n${tail.split('\n').slice(-8).join('\n')}\nCheck the connection to the npm registry and that ${root} can be written to, then try again.`,
    );
  }
  writeFileSync(join(root, 'node_modules', '.kiosk-stamp'), lockDigest(root));
}
