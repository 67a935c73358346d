/**
 * `npm run bench`: measures what the product promises, each figure beside its reference from the same run, since
 * machines differ and ratios do not. Prints a table and writes `build/bench.json`. Loopback only; takes about a minute.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchExecute } from './execute.ts';
import type { Figure } from './figure.ts';
import { benchList } from './list.ts';
import { root } from './processes.ts';
import { benchStart } from './start.ts';

const only = process.argv[2];
const folder = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
const figures: Figure[] = [];
try {
  for (const [name, bench] of Object.entries({ start: benchStart, execute: benchExecute, list: benchList })) {
    if (only === undefined || only === name) figures.push(...(await bench(join(folder, name))));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const row = (cells: readonly string[]) =>
  `${cells[0]!.padEnd(54)}${cells[1]!.padStart(14)}  ${cells[2]!.padEnd(34)}${cells[3]}\n`;
process.stdout.write(row(['figure', 'measured', 'reference in the same run', 'limit']));
for (const { name, value, unit, reference = '', limit = '', holds } of figures) {
  const verdict = holds === undefined ? limit : `${limit} ${holds ? '✓' : '✗'}`;
  process.stdout.write(row([name, `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`, reference, verdict]));
}
mkdirSync(join(root, 'build'), { recursive: true });
writeFileSync(
  join(root, 'build', 'bench.json'),
  `${JSON.stringify({ node: process.version, cores: cpus().length, cpu: cpus()[0]?.model, figures }, null, 2)}\n`,
);
