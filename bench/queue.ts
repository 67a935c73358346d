import { PASSWORD } from './client.ts';
import { clockMs } from './clock.ts';
import type { Figure } from './figure.ts';
import { load, median } from './load.ts';
import { UNMARKED_BODY } from './marker.ts';
import { type Server, startServer } from './processes.ts';
import { type Sink, startSink } from './sink-client.ts';
import { openStored, type Stored } from './stored.ts';
import { processCpuUs, treeCpu, watchMemory } from './usage.ts';
import {
  type BulkOptions,
  bulkBodies,
  createEnqueuer,
  createWebhooks,
  type Enqueuer,
  expectSucceeded,
} from './work.ts';

const ROUNDS = 3;
const ACTIONS = 60_000;
const WARM_UP = 10_000;
export const CONNECTORS = 8;
/** What undici sends at once in the reference. */
const CONNECTIONS = 64;
export const MEMORY_LIMIT_MB = 400;
const ROUND_MS = 300_000;

/** A server, a sink, and connectors that lead from one to the other. */
export interface Bench {
  readonly server: Server;
  readonly sink: Sink;
  readonly connectorIds: readonly string[];
  readonly enqueuer: Enqueuer;
  readonly stored: Stored;
  stop(): Promise<void>;
}

export async function startBench(dataDir: string, env: Record<string, string> = {}): Promise<Bench> {
  const sink = await startSink();
  try {
    const server = await startServer(dataDir, PASSWORD, env);
    try {
      const connectorIds = await createWebhooks(server.url, sink.hookUrl, CONNECTORS);
      const enqueuer = createEnqueuer(server.url);
      const stored = await openStored(dataDir);
      return {
        server,
        sink,
        connectorIds,
        enqueuer,
        stored,
        async stop() {
          await stored.close();
          await enqueuer.close();
          await server.child.stop();
          await sink.child.stop();
        },
      };
    } catch (error) {
      await server.child.stop();
      throw error;
    }
  } catch (error) {
    await sink.child.stop();
    throw error;
  }
}

/** Actions from enqueue to delivery. CPU times are in µs for each action. */
export interface Round {
  readonly perSecond: number;
  readonly cpu: { readonly server: number; readonly postgres: number; readonly sink: number };
}

/**
 * Enqueues actions by the thousand, and waits until each has arrived, exactly once. Clears the sink's count.
 *
 * @param kind other connectors than the bench's webhooks, and what they take
 */
export async function runRound(
  { server, sink, connectorIds, enqueuer }: Bench,
  actions: number,
  kind: Partial<Pick<BulkOptions, 'connectorIds' | 'paramsOf'>> = {},
): Promise<Round> {
  const bodies = bulkBodies({ connectorIds, first: 0, count: actions, perRequest: 1_000, ...kind });
  await sink.reset();
  const before = { ...treeCpu(server.child.pid), sinkUs: processCpuUs(sink.child.pid) };
  const started = clockMs();
  // Three at a time: one on its way, one in the making, one being stored. More would only wait.
  await enqueuer.all(bodies, 3);
  await sink.reached(actions, ROUND_MS);
  const { arrivals, lastMs } = await sink.report();
  const after = { ...treeCpu(server.child.pid), sinkUs: processCpuUs(sink.child.pid) };
  if (arrivals !== actions) throw new Error(`${actions} actions arrived ${arrivals} times`);
  return {
    perSecond: actions / ((lastMs - started) / 1000),
    cpu: {
      server: (after.serverUs - before.serverUs) / actions,
      postgres: (after.postgresUs - before.postgresUs) / actions,
      sink: (after.sinkUs - before.sinkUs) / actions,
    },
  };
}

/** What undici alone sends to the same target, in requests per second, and the CPU that takes, in µs for each. */
async function sendDirect(sink: Sink, seconds: number): Promise<Direct> {
  const target = { url: sink.hookUrl, headers: { 'content-type': 'application/json' }, body: UNMARKED_BODY };
  const isRight = (status: number, body: string) => status === 200 && body === 'ok';
  const cpuBefore = [processCpuUs(process.pid), processCpuUs(sink.child.pid)] as const;
  const { perSecond, requests } = await load(target, { connections: CONNECTIONS, seconds, isRight });
  return {
    perSecond,
    cpu: {
      undici: (processCpuUs(process.pid) - cpuBefore[0]) / requests,
      sink: (processCpuUs(sink.child.pid) - cpuBefore[1]) / requests,
    },
  };
}

interface Direct {
  readonly perSecond: number;
  readonly cpu: { readonly undici: number; readonly sink: number };
}

/** Durable actions per second, enqueue to delivery, in turns with undici alone; and what it takes. */
export async function benchQueue(dataDir: string): Promise<Figure[]> {
  const bench = await startBench(dataDir);
  try {
    await sendDirect(bench.sink, 1);
    await runRound(bench, WARM_UP);
    const memory = watchMemory(bench.server.child.pid);
    const pairs: { reference: Direct; ours: Round }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      pairs.push({ reference: await sendDirect(bench.sink, 3), ours: await runRound(bench, ACTIONS) });
    }
    const mostMb = memory.stop();
    await expectSucceeded(bench.stored, WARM_UP + ROUNDS * ACTIONS);

    const rate = median(pairs.map(({ ours }) => ours.perSecond));
    const reference = median(pairs.map((pair) => pair.reference.perSecond));
    const share = median(pairs.map((pair) => pair.ours.perSecond / pair.reference.perSecond));
    const cpu = (of: keyof Round['cpu']) => median(pairs.map(({ ours }) => ours.cpu[of]));
    const cpuDirect = (of: keyof Direct['cpu']) =>
      `undici ${median(pairs.map((pair) => pair.reference.cpu[of])).toFixed(0)} µs`;
    return [
      {
        name: 'durable actions, enqueue to delivery',
        value: rate,
        unit: '/s',
        reference: `undici ${reference.toFixed(0)}/s`,
        limit: 'at least 5,000/s',
        holds: rate >= 5_000,
      },
      {
        name: '… share of the rate of undici',
        value: share,
        unit: '×',
        reference: `${CONNECTORS} connectors, 3 rounds`,
        limit: 'at least 0.5',
        holds: share >= 0.5,
      },
      {
        name: '… CPU of the server for an action',
        value: cpu('server'),
        unit: 'µs',
        reference: `${cpuDirect('undici')} a request`,
      },
      { name: '… CPU of PostgreSQL for an action', value: cpu('postgres'), unit: 'µs' },
      {
        name: '… CPU of the target for an action',
        value: cpu('sink'),
        unit: 'µs',
        reference: `with ${cpuDirect('sink')}`,
      },
      memoryFigure('… most memory of the process tree (PSS)', mostMb),
    ];
  } finally {
    await bench.stop();
  }
}

export function memoryFigure(name: string, mostMb: number): Figure {
  const limit = `at most ${MEMORY_LIMIT_MB} MB`;
  return { name, value: mostMb, unit: 'MB', limit, holds: mostMb <= MEMORY_LIMIT_MB };
}
