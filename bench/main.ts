/**
 * `npm run bench`: measures what the product promises, each figure beside its reference from the same run, since
 * machines differ and ratios do not. Prints a table and writes `build/bench.json`. Loopback only; takes about a quarter
 * of an hour. `npm run bench -- <name> …` runs only those parts.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchBacklog } from './backlog.ts';
import { benchConsole } from './console.ts';
import { benchDead } from './dead.ts';
import { benchExecute } from './execute.ts';
import type { Figure } from './figure.ts';
import { benchKill } from './kill.ts';
import { benchLatency } from './latency.ts';
import { benchLibraries } from './libraries.ts';
import { benchList } from './list.ts';
import { benchLog } from './log.ts';
import { root } from './processes.ts';
import { benchProfile } from './profile.ts';
import { benchQueue } from './queue.ts';
import { benchStart } from './start.ts';
import { benchTypes } from './types.ts';

const BENCHMARKS: Readonly<Record<string, (dataDir: string) => Promise<Figure[]>>> = {
  start: benchStart,
  execute: benchExecute,
  list: benchList,
  console: benchConsole,
  queue: benchQueue,
  latency: benchLatency,
  backlog: benchBacklog,
  dead: benchDead,
  kill: benchKill,
  libraries: benchLibraries,
  log: benchLog,
  types: benchTypes,
};
/** By name only. */
const TOOLS: typeof BENCHMARKS = { profile: benchProfile };
const all = { ...BENCHMARKS, ...TOOLS };

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => all[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(all).join(', ')}.\n`);
  process.exit(64);
}
// An end through `exit` stops what was started (processes.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const figures: Figure[] = [];
const failures: string[] = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(BENCHMARKS)) {
  process.stderr.write(`${name} …\n`);
  try {
    figures.push(...(await all[name]!(join(folder, name))));
  } catch (error) {
    // The others' figures are worth having all the same.
    failures.push(`${name}: ${error instanceof Error ? error.stack : error}`);
  }
}

const row = (cells: readonly string[]) =>
  `${cells[0]!.padEnd(54)}${cells[1]!.padStart(14)}  ${cells[2]!.padEnd(34)}${cells[3]}\n`;
process.stdout.write(row(['figure', 'measured', 'reference in the same run', 'limit']));
for (const figure of figures) process.stdout.write(row(cellsOf(figure)));
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(
  join(root, 'build', 'bench.json'),
  `${JSON.stringify({ node: process.version, cores: cpus().length, cpu: cpus()[0]?.model, figures, failures }, null, 2)}\n`,
);
for (const failure of failures) process.stderr.write(`\n${failure}\n`);
if (failures.length > 0) process.exitCode = 1;

function cellsOf(figure: Figure): string[] {
  if ('skipped' in figure) return [figure.name, 'skipped', figure.skipped, ''];
  const { name, value, unit, reference = '', limit = '', holds } = figure;
  const verdict = holds === undefined ? limit : `${limit} ${holds ? '✓' : '✗'}`;
  const digits = Number.isInteger(value) || Math.abs(value) >= 10 ? 0 : 2;
  return [name, `${value.toFixed(digits)} ${unit}`, reference, verdict];
}
