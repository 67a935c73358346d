import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { PgBoss } from 'pg-boss';
import { type EmbeddedServer, startEmbedded } from '../src/db/embedded.ts';
import { findBullMq, runBullMq } from './bullmq.ts';
import { call, PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { markedBody } from './marker.ts';
import { root, startServer } from './processes.ts';
import { openStored, silentLog } from './stored.ts';
import { treeCpu } from './usage.ts';
import { bulkBodies, createEnqueuer, expectSucceeded } from './work.ts';

const JOBS = 20_000;
const PER_BATCH = 1_000;
const ROUNDS = 3;
const CONNECTORS = 8;

/** Jobs from the first enqueue to the last completion; CPU in µs a job, of everything that took part. */
interface Round {
  readonly perSecond: number;
  readonly cpuUs: number;
}

const batches = Array.from({ length: JOBS / PER_BATCH }, (_, batch) =>
  Array.from({ length: PER_BATCH }, (_, index) => ({ body: markedBody(batch * PER_BATCH + index) })),
);

/**
 * Jobs that do nothing, with the same payload, on queue libraries in this process, and on Patchbay over HTTP with
 * everything it does besides: credentials, checks, and a searchable record of every attempt.
 */
export async function benchLibraries(dataDir: string): Promise<Figure[]> {
  const results: Record<'patchbay' | 'pgBoss' | 'graphile', Round[]> = { patchbay: [], pgBoss: [], graphile: [] };
  const patchbay = await startPatchbay(join(dataDir, 'patchbay'));
  try {
    const server = await startEmbedded({ dataDir: join(dataDir, 'libraries'), log: silentLog });
    try {
      // The first round of each warms up.
      for (let round = 0; round <= ROUNDS; round += 1) {
        results.pgBoss.push(await runPgBoss(server));
        results.graphile.push(await runGraphile(server));
        results.patchbay.push(await patchbay.run());
      }
    } finally {
      await server.stop();
    }
  } finally {
    await patchbay.stop();
  }
  const ofRounds = (rounds: readonly Round[], key: keyof Round) => median(rounds.slice(1).map((round) => round[key]));
  const figure = (name: string, rounds: readonly Round[]): Figure => ({
    name,
    value: ofRounds(rounds, 'perSecond'),
    unit: '/s',
    reference: `${ofRounds(rounds, 'cpuUs').toFixed(0)} µs of CPU a job`,
  });
  return [
    figure('no-op actions of Patchbay, over HTTP and recorded', results.patchbay),
    figure('no-op jobs of pg-boss 12', results.pgBoss),
    figure('no-op jobs of graphile-worker 0.18', results.graphile),
    await bullMq(join(dataDir, 'redis')),
  ];
}

async function bullMq(folder: string): Promise<Figure> {
  const name = 'no-op jobs of bullmq';
  const found = await findBullMq();
  if (typeof found === 'string') return { name, skipped: found };
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push(await runBullMq(found, join(folder, `${round}`), batches));
  const cpuUs = median(rounds.map((round) => round.cpuUs));
  const reference = `${cpuUs.toFixed(0)} µs of CPU a job`;
  return { name, value: median(rounds.map(({ perSecond }) => perSecond)), unit: '/s', reference };
}

/** Runs `work`, and takes the time and the CPU of this process and all below it: server, PostgreSQL. */
async function measure(work: () => Promise<void>): Promise<Round> {
  const before = treeCpu(process.pid);
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: JOBS / seconds, cpuUs: (treeCpu(process.pid).allUs - before.allUs) / JOBS };
}

/** `insert`, `fetch` and `complete` in batches (https://pgboss.io/api/jobs), two loops that never pause: its fastest way. */
async function runPgBoss({ connection }: EmbeddedServer): Promise<Round> {
  const boss = new PgBoss({ ...connection, max: 8, schedule: false, supervise: false });
  boss.on('error', () => {}); // what fails is thrown as well
  await boss.start();
  try {
    const queue = 'bench';
    await boss.createQueue(queue);
    let completed = 0;
    const worker = async () => {
      while (completed < JOBS) {
        const jobs = await boss.fetch(queue, { batchSize: 500 });
        if (jobs.length === 0) await sleep(1);
        else
          await boss.complete(
            queue,
            jobs.map(({ id }) => id),
          );
        completed += jobs.length;
      }
    };
    const enqueue = async () => {
      for (const batch of batches)
        await boss.insert(
          queue,
          batch.map((data) => ({ data })),
        );
    };
    const round = await measure(async () => void (await Promise.all([enqueue(), worker(), worker()])));
    await boss.deleteAllJobs(queue);
    return round;
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** With the settings of its own performance test (https://worker.graphile.org/docs/performance#batching). */
async function runGraphile({ connection }: EmbeddedServer): Promise<Round> {
  const { host, port, user, database } = connection;
  const connectionString = `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
  const logger = new Logger(() => () => {});
  const utils = await makeWorkerUtils({ connectionString, logger });
  await utils.migrate();
  try {
    let completed = 0;
    return await measure(async () => {
      const done = Promise.withResolvers<void>();
      const runner = await run({
        preset: {
          worker: {
            connectionString,
            logger,
            concurrentJobs: 24,
            maxPoolSize: 25,
            localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
        noHandleSignals: true,
        taskList: {
          job: () => {
            completed += 1;
            if (completed === JOBS) done.resolve();
          },
        },
      });
      for (const batch of batches) {
        await utils.addJobs(batch.map((payload) => ({ identifier: 'job', payload })));
      }
      await done.promise;
      await runner.stop();
    });
  } finally {
    await utils.release();
  }
}

async function startPatchbay(dataDir: string): Promise<{ run(): Promise<Round>; stop(): Promise<void> }> {
  const server = await startServer(dataDir, PASSWORD, {
    PATCHBAY_CONNECTORTYPES: JSON.stringify([join(root, 'bench', 'noop-type.ts')]),
  });
  const enqueuer = createEnqueuer(server.url);
  const connectorIds = Array.from({ length: CONNECTORS }, (_, index) => `noop-${index}`);
  for (const id of connectorIds) {
    await call(server.url, 'POST', `/api/actions/connector/${id}`, { name: id, connector_type_id: 'noop', config: {} });
  }
  const stored = await openStored(dataDir);
  let rounds = 0;
  return {
    async run() {
      const bodies = bulkBodies({ connectorIds, first: 0, count: JOBS, perRequest: PER_BATCH });
      const round = await measure(async () => {
        await enqueuer.all(bodies, 3);
        while (!(await stored.isEmpty())) await sleep(50);
      });
      rounds += 1;
      await expectSucceeded(stored, rounds * JOBS);
      return round;
    },
    async stop() {
      await stored.close();
      await enqueuer.close();
      await server.child.stop();
    },
  };
}
