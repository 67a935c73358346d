import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figure.ts';
import { paced } from './latency.ts';
import { median } from './load.ts';
import { runRound, startBench } from './queue.ts';
import { bulkBodies, createWebhooks } from './work.ts';

const ROUNDS = 3;
const BACKLOG = 5_000;
const LIMIT_MS = 50;
const WARM_UP = 10_000;
const STREAM = { count: 2_000, perRequest: 10, perSecond: 200 };
/** The target's time-out; all that is measured lies within the first call to it, while its lane is full. */
const SETTINGS = { XPACK_ACTIONS_RESPONSETIMEOUT: '30s' };

/**
 * What a target that takes connections and never answers costs the actions of others: a steady stream, first without it,
 * then beside it and its own backlog. A new server for each round, since a circuit would open on such a target.
 */
export async function benchDead(dataDir: string): Promise<Figure[]> {
  const rounds: { without: number; beside: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(`${dataDir}-${round}`));
  const value = median(rounds.map(({ without, beside }) => beside - without));
  const p99 = (key: 'without' | 'beside') => median(rounds.map((round) => round[key])).toFixed(1);
  return [
    {
      name: 'a target that hangs delays others, 99th percentile',
      value,
      unit: 'ms',
      reference: `${p99('beside')} ms, ${p99('without')} ms without it`,
      limit: `at most ${LIMIT_MS} ms`,
      holds: value <= LIMIT_MS,
    },
  ];
}

async function measure(dataDir: string): Promise<{ without: number; beside: number }> {
  const bench = await startBench(dataDir, SETTINGS);
  try {
    await runRound(bench, WARM_UP);
    await paced(bench, { ...STREAM, count: 500 });
    const without = (await paced(bench, STREAM)).p99;
    const dead = await createWebhooks(bench.server.url, `${bench.sink.url}never`, 1, 'dead');
    await bench.enqueuer.all(bulkBodies({ connectorIds: dead, first: 0, count: BACKLOG, perRequest: 1_000 }), 1);
    // What storing them has set off is over, and the lane is full.
    await sleep(2_000);
    const beside = (await paced(bench, STREAM)).p99;
    const { all } = await bench.stored.queued();
    if (all < BACKLOG) throw new Error(`only ${all} of the dead target's ${BACKLOG} actions are left: it did not hang`);
    return { without, beside };
  } finally {
    await bench.stop();
  }
}
