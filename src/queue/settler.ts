import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueRows, Settled } from '../db/queue.ts';
import { errorText, isPatchbayError } from '../errors.ts';

/** Stores how attempts ended, many at a time. */
export interface Settler {
  /** @returns resolves when it is stored, or when it cannot be; never rejects */
  add(settled: Settled): Promise<void>;
  /** How many wait to be stored. */
  waiting(): number;
  /** Resolves when everything is stored, or after `limitMs`. */
  drained(limitMs: number): Promise<void>;
}

const BATCH_MAX = 500;
/** While the database is away. */
const RETRY_MS = 500;

interface Entry {
  readonly settled: Settled;
  readonly done: () => void;
}

/**
 * While one batch is being stored, the next one collects: a lone result is stored at once, and under load hundreds share
 * a round trip and an fsync. Two batches may be under way, so that the database does not wait for us between them.
 */
export function createSettler(
  rows: Pick<QueueRows, 'settle'>,
  node: () => string,
  warn: (message: string) => void,
): Settler {
  let waiting: Entry[] = [];
  let underWay = 0;
  let storing = 0;

  async function store(batch: readonly Entry[]): Promise<void> {
    try {
      const settled = await rows.settle(
        node(),
        batch.map((entry) => entry.settled),
      );
      const lost = batch.length - settled;
      if (lost > 0) warn(`${lost} results came too late: their actions had been taken over by another server.`);
    } catch (error) {
      if (isPatchbayError(error, 'database_unavailable')) {
        await sleep(RETRY_MS);
        return store(batch);
      }
      if (batch.length === 1) {
        warn(`The result of execution ${batch[0]!.settled.id} could not be stored: ${errorText(error)}`);
        return;
      }
      // One result that the database refuses must not hold up the others.
      for (const entry of batch) await store([entry]);
    }
  }

  function pump(): void {
    while (waiting.length > 0 && underWay < 2 && (underWay === 0 || waiting.length >= BATCH_MAX / 4)) {
      const batch = waiting.slice(0, BATCH_MAX);
      waiting = waiting.slice(batch.length);
      underWay += 1;
      storing += batch.length;
      void store(batch).finally(() => {
        underWay -= 1;
        storing -= batch.length;
        for (const entry of batch) entry.done();
        pump();
      });
    }
  }

  return {
    add(settled) {
      return new Promise((resolve) => {
        waiting.push({ settled, done: resolve });
        // Results of the same turn of the event loop go together.
        if (waiting.length === 1) setImmediate(pump);
      });
    },
    waiting: () => waiting.length + storing,
    async drained(limitMs) {
      const end = performance.now() + limitMs;
      while (waiting.length + storing > 0 && performance.now() < end) await sleep(5);
    },
  };
}
