import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePort } from '../../src/main/embedded/ports';
import { startEmbeddedPostgres } from '../../src/main/embedded/postgres';
import { startEmbeddedTemporal } from '../../src/main/embedded/temporal';
import { workflowBundle } from '../../src/main/bundle';

/** Namespaces made at start: one that is made later takes seconds to be known to the server. */
const namespaces = 60;

interface Summary {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTests: number;
}

function runJest(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join('node_modules', 'jest', 'bin', 'jest.js'), ...args], {
      stdio: 'inherit',
      env: environment,
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function summaryIn(file: string): Summary {
  try {
    // Jest's own report.
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numFailedTestSuites: 1, numPendingTests: 0 };
  }
}

async function main(): Promise<number> {
  const long = process.argv.includes('--long');
  const rest = process.argv.slice(2).filter((argument) => argument !== '--long');
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-test-'));
  const stops: (() => Promise<void>)[] = [];
  const report = join(folder, 'report.json');
  try {
    process.stdout.write('Starting Postgres and Temporal for the tests…\n');
    const postgres = await startEmbeddedPostgres({ folder, port: await freePort(54_430) });
    stops.push(postgres.stop);
    const temporal = await startEmbeddedTemporal({
      program: process.env['KIOSK_TEMPORAL_CLI'] ?? 'temporal',
      port: await freePort(7_380),
      uiPort: undefined,
      namespaces: Array.from({ length: namespaces }, (_, index) => `test-${index + 1}`),
      folder: undefined,
    });
    stops.push(temporal.stop);
    await workflowBundle(join('.data', 'test', 'bundle'));
    // Long tests start processes of their own and keep a machine busy each.
    const which = long ? ['--selectProjects', 'long', '--maxWorkers=1'] : ['--selectProjects', 'unit', 'db', 'e2e'];
    await runJest([...which, '--json', `--outputFile=${report}`, '--testLocationInResults=false', ...rest], {
      ...process.env,
      TEST_DATABASE_URL: postgres.url,
      TEST_TEMPORAL_ADDRESS: temporal.address,
    });
    const summary = summaryIn(report);
    // A suite that could not even be loaded is a failure too.
    const failed = summary.numFailedTests + (summary.numFailedTests === 0 ? summary.numFailedTestSuites : 0);
    const skipped = summary.numPendingTests === 0 ? '' : `, ${summary.numPendingTests} skipped`;
    process.stdout.write(`\n${summary.numPassedTests} passed, ${failed} failed${skipped}\n`);
    return failed === 0 && summary.numPassedTests > 0 ? 0 : 1;
  } finally {
    for (const stop of stops.toReversed()) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

void main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n\n0 passed, 1 failed\n`);
    process.exitCode = 1;
  },
);
