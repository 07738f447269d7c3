import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that apps are built on, and how it is asked whether it would start with a configuration. */
export interface Program {
  readonly name: 'xray' | 'mihomo' | 'sing-box';
  readonly versionArgs: readonly string[];
  readonly version: RegExp;
  readonly file: string;
  readonly checkArgs: (file: string, folder: string) => readonly string[];
  readonly runArgs: (file: string, folder: string) => readonly string[];
}

export const programs: readonly Program[] = [
  {
    name: 'xray',
    versionArgs: ['version'],
    version: /Xray (\d+\.\d+\.\d+)/,
    file: 'configuration.json',
    checkArgs: (file) => ['run', '-test', '-config', file],
    runArgs: (file) => ['run', '-config', file],
  },
  {
    name: 'mihomo',
    versionArgs: ['-v'],
    version: /v?(\d+\.\d+\.\d+)/,
    file: 'configuration.yaml',
    checkArgs: (file, folder) => ['-t', '-d', folder, '-f', file],
    runArgs: (file, folder) => ['-d', folder, '-f', file],
  },
  {
    name: 'sing-box',
    versionArgs: ['version'],
    version: /version (\d+\.\d+\.\d+)/,
    file: 'configuration.json',
    checkArgs: (file) => ['check', '-c', file],
    runArgs: (file) => ['run', '-c', file],
  },
];

function run(program: Program, args: readonly string[]): { readonly found: boolean; readonly ok: boolean; readonly output: string } {
  const { error, status, stdout, stderr } = spawnSync(program.name, args, { encoding: 'utf8', timeout: 60_000 });
  return { found: error === undefined, ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}`.trim() };
}

/** The program's version, `unknown` where it does not tell, or undefined where it is not on PATH. */
export function findProgram(program: Program): string | undefined {
  const { found, output } = run(program, program.versionArgs);
  return found ? (program.version.exec(output)?.[1] ?? 'unknown') : undefined;
}

/** Undefined where the program would start with this configuration, else the end of what it says. */
export function refusal(program: Program, body: string, folder: string): string | undefined {
  const file = join(folder, program.file);
  writeFileSync(file, body);
  const { ok, output } = run(program, program.checkArgs(file, folder));
  return ok ? undefined : output.split('\n').slice(-3).join('\n').slice(-600);
}
