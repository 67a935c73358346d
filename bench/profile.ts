import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Figure } from './figure.ts';
import { root } from './processes.ts';
import { type Round, runRound, startBench } from './queue.ts';

const WARM_UP = 10_000;
const ACTIONS = 60_000;
const HOTTEST = 25;

/** https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile; times in µs. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/**
 * One round of `queue` with V8's profiler in the server. The profile is in `build/profile/`, for a browser's developer tools;
 * its hottest functions are printed. The profiler itself slows the server down, so these figures have no limits.
 */
export async function benchProfile(dataDir: string): Promise<Figure[]> {
  const folder = join(root, 'build', 'profile');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const bench = await startBench(dataDir, { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` });
  let round: Round;
  try {
    await runRound(bench, WARM_UP);
    round = await runRound(bench, ACTIONS);
  } finally {
    await bench.stop();
  }
  const files = readdirSync(folder).map((name) => join(folder, name));
  // The launcher's own set-up leaves a small one.
  const [largest] = files.sort((a, b) => statSync(b).size - statSync(a).size);
  printHottest(JSON.parse(readFileSync(largest!, 'utf8')) as CpuProfile, WARM_UP + ACTIONS);
  return [
    { name: 'profiled: actions, enqueue to delivery', value: round.perSecond, unit: '/s' },
    { name: '… CPU of the server for an action', value: round.cpu.server, unit: 'µs' },
    { name: '… CPU of PostgreSQL for an action', value: round.cpu.postgres, unit: 'µs' },
    { name: '… CPU of the target for an action', value: round.cpu.sink, unit: 'µs' },
  ];
}

/** Self time by part and by function, in µs for an action; the start of the server is in it. */
function printHottest({ nodes, samples, timeDeltas }: CpuProfile, actions: number): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPart = new Map<string, number>();
  const byFunction = new Map<string, number>();
  const add = (sums: Map<string, number>, name: string, us: number) => sums.set(name, (sums.get(name) ?? 0) + us);
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!;
    if (functionName === '(idle)') continue;
    const file = url.startsWith('file:') ? relative(root, new URL(url).pathname) : url;
    add(byPart, partOf(file, functionName), timeDeltas[index]!);
    add(
      byFunction,
      `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`,
      timeDeltas[index]!,
    );
  }
  for (const sums of [byPart, byFunction]) {
    const hottest = [...sums].sort(([, a], [, b]) => b - a).slice(0, HOTTEST);
    for (const [name, us] of hottest) process.stdout.write(`${(us / actions).toFixed(1).padStart(8)} µs  ${name}\n`);
    process.stdout.write('\n');
  }
}

/** `src/runs`, `undici`, `node:internal/streams`, …; what is native counts by its own name. */
function partOf(file: string, functionName: string): string {
  const parts = file.split('/');
  if (file === '') return functionName;
  if (parts[0] === 'node_modules') return parts.slice(1, parts[1]!.startsWith('@') ? 3 : 2).join('/');
  return parts.slice(0, 2).join('/');
}
