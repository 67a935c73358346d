/**
 * BullMQ, for `libraries.ts`. It is no dependency: who wants the comparison installs Redis and `npm install --no-save
 * bullmq ioredis`.
 */
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './processes.ts';
import { processCpuUs } from './usage.ts';

/** The parts of BullMQ 6 and ioredis that are used: https://docs.bullmq.io/guide/queues/adding-bulks, …/workers/concurrency. */
interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => { addBulk(jobs: readonly object[]): Promise<unknown> } & Closing;
  readonly Worker: new (
    name: string,
    work: () => Promise<void>,
    options: object,
  ) => { on(event: 'completed', listener: () => void): void } & Closing;
  readonly Redis: new (options: object) => { disconnect(): void };
}

interface Closing {
  close(): Promise<void>;
}

/** The modules, or why it cannot be measured here. */
export async function findBullMq(): Promise<BullMq | string> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return 'no redis-server in PATH';
  try {
    // Names that the type checker does not look up.
    const [bullmq, ioredis] = await Promise.all(['bullmq', 'ioredis'].map((name) => import(name)));
    return { Queue: bullmq.Queue, Worker: bullmq.Worker, Redis: ioredis.Redis };
  } catch {
    return 'bullmq and ioredis are not installed';
  }
}

/** Redis as durable as PostgreSQL is by default: every write reaches the disk before it is answered. */
const REDIS_SETTINGS = '--port 0 --appendonly yes --appendfsync always --maxmemory-policy noeviction --save ';

/** Jobs per second and CPU (this process and Redis) in µs a job. */
export async function runBullMq(
  { Queue, Worker, Redis }: BullMq,
  folder: string,
  batches: readonly (readonly object[])[],
): Promise<{ perSecond: number; cpuUs: number }> {
  await mkdir(folder, { recursive: true });
  const socket = join(folder, 'redis.sock');
  const redis = startChild('redis-server', [...REDIS_SETTINGS.split(' '), '--dir', folder, '--unixsocket', socket]);
  try {
    await redis.firstLine(/ready to accept connections/i);
    const connection = new Redis({ path: socket, maxRetriesPerRequest: null });
    const count = batches.reduce((sum, batch) => sum + batch.length, 0);
    const queue = new Queue('bench', { connection });
    const done = Promise.withResolvers<void>();
    let completed = 0;
    const cpu = () => {
      const { user, system } = process.cpuUsage();
      return user + system + processCpuUs(redis.pid);
    };
    const cpuBefore = cpu();
    const started = performance.now();
    const worker = new Worker('bench', async () => {}, {
      connection,
      concurrency: 100,
      removeOnComplete: { count: 0 },
    });
    worker.on('completed', () => {
      completed += 1;
      if (completed === count) done.resolve();
    });
    for (const batch of batches) await queue.addBulk(batch.map((data) => ({ name: 'job', data })));
    await done.promise;
    const result = {
      perSecond: count / ((performance.now() - started) / 1000),
      cpuUs: (cpu() - cpuBefore) / count,
    };
    await worker.close();
    await queue.close();
    connection.disconnect();
    return result;
  } finally {
    await redis.stop();
  }
}
