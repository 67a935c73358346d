import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '../src/db/embedded.ts';
import { PASSWORD } from './client.ts';
import { clockMs } from './clock.ts';
import type { Figure } from './figure.ts';
import { MARKER_AT, MARKERS_MAX } from './marker.ts';
import { startServer } from './processes.ts';
import { runRound, startBench } from './queue.ts';
import { openStored, silentLog } from './stored.ts';
import { bulkBodies } from './work.ts';

const ACTIONS = 40_000;
const PER_REQUEST = 1_000;
/** Killed once so many have been delivered. */
const DELIVERED = 5_000;
const RESUME_LIMIT_MS = 15_000;
const DRAIN_MS = 120_000;

/** `kill -9` of the server under load: when it works again, what was lost, what was sent twice. */
export async function benchKill(dataDir: string): Promise<Figure[]> {
  const bench = await startBench(dataDir);
  const { sink, connectorIds, enqueuer, server } = bench;
  let restarted: Awaited<ReturnType<typeof startServer>> | undefined;
  try {
    await runRound(bench, PER_REQUEST);
    await sink.reset();
    const bodies = bulkBodies({ connectorIds, first: 0, count: ACTIONS, perRequest: PER_REQUEST });
    const accepted = new Set<number>();
    // What was not answered when the server died may or may not have been stored.
    const enqueuing = enqueuer.all(bodies, 3, (index) => accepted.add(index)).catch(() => {});
    await sink.reached(DELIVERED, DRAIN_MS);
    await server.child.kill();
    await enqueuing;
    const { all, inHand, markersInHand } = await leftBehind(dataDir);
    const before = await sink.report();
    await sink.lap();

    restarted = await startServer(dataDir, PASSWORD);
    const ready = clockMs();
    const expected = [...accepted].flatMap((index) =>
      Array.from({ length: PER_REQUEST }, (_, offset) => index * PER_REQUEST + offset),
    );
    const lost = await missing(() => sink.times(0, ACTIONS), expected);
    const after = await openStored(dataDir);
    const end = performance.now() + DRAIN_MS;
    while (!(await after.isEmpty()) && performance.now() < end) await sleep(100);
    await after.close();
    const { arrivals, unique, firstMs } = await sink.report();
    const times = await sink.times(0, MARKERS_MAX);
    const again = markersInHand.map((marker) => times[marker]! - ready);
    const retried = Math.max(0, ...again);
    const twice = before.arrivals + arrivals - unique;
    const resumed = Math.max(0, firstMs - ready);
    return [
      {
        name: 'kill -9: from ready to the first new delivery',
        value: resumed,
        unit: 'ms',
        reference: `${all.toLocaleString('en')} were queued`,
        limit: `at most ${RESUME_LIMIT_MS} ms`,
        holds: resumed <= RESUME_LIMIT_MS && arrivals > 0,
      },
      {
        name: '… from ready until all that was in flight was tried again',
        value: retried,
        unit: 'ms',
        reference: `${inHand} were in flight`,
        limit: `at most ${RESUME_LIMIT_MS} ms`,
        holds: retried <= RESUME_LIMIT_MS,
      },
      {
        name: '… accepted actions that were lost',
        value: lost,
        unit: '',
        reference: `of ${expected.length.toLocaleString('en')}`,
        limit: 'none',
        holds: lost === 0,
      },
      {
        name: '… actions that were sent twice',
        value: twice,
        unit: '',
        reference: `${inHand} were in flight`,
        limit: `at most ${inHand}`,
        holds: twice <= inHand,
      },
    ];
  } finally {
    await bench.stop();
    await (restarted ?? (await startServer(dataDir, PASSWORD))).child.stop();
  }
}

/** What the database holds after the crash. */
async function leftBehind(dataDir: string): Promise<{ all: number; inHand: number; markersInHand: number[] }> {
  const database = await startEmbedded({ dataDir: join(dataDir, 'database'), log: silentLog });
  try {
    const stored = await openStored(dataDir);
    const markersInHand = (await stored.paramsInHand()).map(markerOf);
    const found = { ...(await stored.queued()), markersInHand };
    await stored.close();
    return found;
  } finally {
    await database.stop();
  }
}

function markerOf(params: string): number {
  const { body } = JSON.parse(params) as { body: string };
  return Number(body.slice(MARKER_AT.start, MARKER_AT.end));
}

/** Waits until all of the markers have arrived; how many have not after a while. */
async function missing(times: () => Promise<number[]>, markers: readonly number[]): Promise<number> {
  const end = performance.now() + DRAIN_MS;
  for (;;) {
    const arrived = await times();
    const left = markers.filter((marker) => arrived[marker] === 0).length;
    if (left === 0 || performance.now() > end) return left;
    await sleep(500);
  }
}
