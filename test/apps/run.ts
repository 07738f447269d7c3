import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { App } from '../../src/domain/app';
import type { FeedRecord } from '../../src/domain/feedRecord';
import { renderFeed } from '../../src/feed/render';
import { bodyFor, everyNode, record } from '../unit/feed/nodes';
import { findProgram, programs, refusal, type Program } from './programs';
import { tryTraffic } from './traffic';

/** One configuration as a program of its own would get it. */
interface Sample {
  readonly what: string;
  readonly body: string;
}

const lapsed: FeedRecord = { ...record, status: 'lapsed' };

/** A whole configuration each: Xray gets its array apart, one item at a time. */
function xraySamples(body: string): readonly Sample[] {
  const items: readonly { readonly remarks: string }[] = JSON.parse(body);
  return items.map((item) => ({ what: item.remarks, body: JSON.stringify(item) }));
}

function both(what: string, app: App): readonly Sample[] {
  return [
    { what, body: bodyFor(app) },
    { what: `${what}, lapsed`, body: renderFeed(lapsed, app).body },
  ];
}

function samplesFor(program: Program, version: string): readonly Sample[] {
  const told = version === 'unknown' ? {} : { version };
  switch (program.name) {
    case 'xray': {
      const app: App = { family: 'xray', format: 'xray' };
      return [...xraySamples(bodyFor(app)), ...xraySamples(renderFeed(lapsed, app).body)];
    }
    case 'mihomo':
      return [
        ...both('mihomo', { family: 'mihomo', format: 'mihomo', ...told }),
        ...both('stash', { family: 'stash', format: 'stash' }),
        ...both('clash', { family: 'clash', format: 'clash' }),
        ...both('karing', { family: 'karing', format: 'clash' }),
      ];
    case 'sing-box':
      return [
        ...both('sing-box of its own version', { family: 'singbox', format: 'singbox', ...told }),
        ...both('sing-box too old for the feed', { family: 'singbox', format: 'singbox', version: '1.9.0' }),
      ];
  }
}

/** Spoiled bodies: a program that takes these checks nothing. */
function spoiled(program: Program): string {
  const [sample] = samplesFor(program, 'unknown');
  const body = sample?.body ?? '';
  return program.name === 'mihomo' ? body.replaceAll('type: "vless"', 'type: "nothing"') : body.replaceAll('"vless"', '"nothing"');
}

function check(program: Program, version: string, folder: string): number {
  const samples = samplesFor(program, version);
  const refused = samples.flatMap(({ what, body }) => {
    const why = refusal(program, body, folder);
    return why === undefined ? [] : [`  refused: ${what}\n${why}`];
  });
  if (refusal(program, spoiled(program), folder) === undefined) refused.push('  took a spoiled configuration: it checks nothing');
  for (const line of refused) process.stdout.write(`${line}\n`);
  process.stdout.write(`${program.name} ${version}: ${samples.length - refused.length} of ${samples.length} configurations accepted\n`);
  return refused.length;
}

/** Lets the programs that apps are built on judge the feed's bodies: each protocol, transport and security in each format. */
async function main(): Promise<number> {
  const found = programs.flatMap((program) => {
    const version = findProgram(program);
    process.stdout.write(version === undefined ? `${program.name}: not on PATH, skipped\n` : '');
    return version === undefined ? [] : [{ program, version }];
  });
  process.stdout.write(
    `${everyNode.length} kinds of nodes; found: ${found.map(({ program }) => program.name).join(', ') || 'no program'}\n`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'kiosk-apps-'));
  try {
    const refused = found.reduce((sum, { program, version }) => sum + check(program, version, folder), 0);
    return refused + (await tryTraffic(found, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (failures) => {
    process.exitCode = failures === 0 ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  },
);
