import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from './clock.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { type Bench, memoryFigure, type Round, runRound, startBench } from './queue.ts';
import { treeCpu, watchMemory } from './usage.ts';
import { bulkBodies, createWebhooks } from './work.ts';

const BACKLOG = 100_000;
const ROUNDS = 5;
const ACTIONS = 20_000;
const DRAINS = 3;
/** Long enough to store the backlog on a slow machine. */
const LOADING_MS = 30_000;
/** What a drain takes until it runs evenly, and where lanes run empty. */
const EDGE = 1_000;
const LIMIT = 0.1;

/** The connector whose backlog does not move: one action a second. */
const HELD = 'held-0';
const SETTINGS = {
  PATCHBAY_QUEUE_CONNECTORS: JSON.stringify({ [HELD]: { rateLimit: { limit: 1, window: '1s' } } }),
};

/** What a hundred thousand queued actions cost those that run: of another connector, and of the same ones. */
export async function benchBacklog(dataDir: string): Promise<Figure[]> {
  return [...(await ofAnother(dataDir)), ...(await ofTheSame(`${dataDir}-same`))];
}

/** Two servers, one with a backlog on a connector of its own, one without, in turns. */
async function ofAnother(dataDir: string): Promise<Figure[]> {
  const without = await startBench(dataDir);
  try {
    const behind = await startBench(`${dataDir}-behind`, SETTINGS);
    try {
      await createWebhooks(behind.server.url, `${behind.sink.url}quiet`, 1, 'held');
      await behind.enqueuer.all(bulkBodies({ connectorIds: [HELD], first: 0, count: BACKLOG, perRequest: 1_000 }), 3);
      for (const bench of [without, behind]) await runRound(bench, ACTIONS);
      const memory = watchMemory(behind.server.child.pid);
      const pairs: Pair[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const light = await runRound(without, ACTIONS);
        pairs.push({ light: cost(light), heavy: cost(await runRound(behind, ACTIONS)) });
      }
      const mostMb = memory.stop();
      const { all } = await behind.stored.queued();
      if (all < BACKLOG * 0.9) throw new Error(`only ${all} actions of the backlog were left at the end`);
      return [
        slowDown('100,000 queued on another connector slow down by', pairs),
        memoryFigure('… most memory of the process tree (PSS)', mostMb),
      ];
    } finally {
      await behind.stop();
    }
  } finally {
    await without.stop();
  }
}

/** Stores a backlog that is due at one moment, and compares how fast it shrinks at its beginning and at its end. */
async function ofTheSame(dataDir: string): Promise<Figure[]> {
  const bench = await startBench(dataDir);
  try {
    await runRound(bench, ACTIONS);
    const drains: Pair[] = [];
    for (let round = 0; round < DRAINS; round += 1) drains.push(await drain(bench));
    return [slowDown('100,000 queued on the same connectors slow down by', drains)];
  } finally {
    await bench.stop();
  }
}

async function drain({ server, sink, enqueuer, connectorIds }: Bench): Promise<Pair> {
  await sink.reset();
  const startAt = new Date(Date.now() + LOADING_MS);
  await enqueuer.all(bulkBodies({ connectorIds, first: 0, count: BACKLOG, perRequest: 1_000, startAt }), 3);
  const left = startAt.getTime() - Date.now();
  if (left < 0) throw new Error(`storing ${BACKLOG} actions took more than ${LOADING_MS / 1000} s`);
  await sleep(left);

  const reach = async (count: number) => {
    await sink.reached(count, 300_000);
    const { serverUs, postgresUs } = treeCpu(server.child.pid);
    return { count, us: serverUs + postgresUs, at: clockMs() };
  };
  type Point = Awaited<ReturnType<typeof reach>>;
  const between = (from: Point, to: Point): Cost => ({
    perSecond: (to.count - from.count) / ((to.at - from.at) / 1000),
    cpuUs: (to.us - from.us) / (to.count - from.count),
  });
  const first = await reach(EDGE);
  const full = between(first, await reach(BACKLOG / 5));
  const fifthLeft = await reach(BACKLOG - BACKLOG / 5);
  const empty = between(fifthLeft, await reach(BACKLOG - EDGE));
  await sink.reached(BACKLOG, 60_000);
  return { light: empty, heavy: full };
}

/** What a stretch of work took; CPU of server and PostgreSQL for an action. */
interface Cost {
  readonly perSecond: number;
  readonly cpuUs: number;
}

const cost = ({ perSecond, cpu }: Round): Cost => ({ perSecond, cpuUs: cpu.server + cpu.postgres });

/** The same work with few and with many actions queued. */
interface Pair {
  readonly light: Cost;
  readonly heavy: Cost;
}

function slowDown(name: string, pairs: readonly Pair[]): Figure {
  const value = median(pairs.map(({ light, heavy }) => 1 - heavy.perSecond / light.perSecond)) * 100;
  const of = (side: keyof Pair, key: keyof Cost) => median(pairs.map((pair) => pair[side][key])).toFixed(0);
  const reference = `CPU ${of('heavy', 'cpuUs')} µs an action, else ${of('light', 'cpuUs')} µs`;
  return { name, value, unit: '%', reference, limit: `at most ${LIMIT * 100} %`, holds: value <= LIMIT * 100 };
}
