import type { Partitions } from '../db/partitions.ts';
import { errorText } from '../errors.ts';

export interface RetentionParts {
  readonly partitions: Partitions;
  /** How long finished executions are kept; the setting `patchbay.executions.retention`. */
  readonly retentionMs: number;
  readonly log: { info(message: string): void; warn(message: string): void };
}

/** Keeps the execution log in days: makes those to come and drops those that are over. */
export interface Retention {
  /** Makes the days that are needed now, before any work begins; then looks every hour. Never throws: what is missing is
   * caught by the default partitions, and moved when it can be. */
  start(): Promise<void>;
  /** Looks no more; what is under way ends first. */
  stop(): Promise<void>;
}

const EVERY_MS = 3_600_000;
/** When a lock was not to be had, or the database was away. */
const AGAIN_MS = 60_000;

export function createRetention({ partitions, retentionMs, log }: RetentionParts): Retention {
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function tidy(): Promise<void> {
    let isComplete = false;
    try {
      const done = await partitions.tidy(retentionMs);
      isComplete = done.isComplete;
      if (done.dropped.length > 0) {
        log.info(
          `The records of executions of ${done.dropped.length} day(s) were dropped, up to ${done.dropped.at(-1)}.`,
        );
      }
    } catch (error) {
      log.warn(`The tables of the execution log could not be looked after: ${errorText(error)}`);
    }
    if (isStopped) return;
    timer = setTimeout(run, isComplete ? EVERY_MS : AGAIN_MS);
    timer.unref();
  }

  function run(): void {
    underWay = tidy();
  }

  return {
    async start() {
      run();
      await underWay;
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
