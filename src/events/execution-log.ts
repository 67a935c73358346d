import type { ExecutionSource } from '../connectors/define.ts';
import type { Reference } from '../connectors/verdict.ts';
import type { ExecutionRows, SummaryOf } from '../db/executions.ts';
import type { RequestRecord } from '../egress/types.ts';
import { type ErrorCode, errorText, isPatchbayError } from '../errors.ts';

export type { ExecutionFilter } from '../db/executions.ts';

/** Where an execution stands. A synchronous one is only ever seen `succeeded` or `failed`. */
export type ExecutionStatus = 'queued' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'expired' | 'cancelled';

/** One attempt: what was sent, what came back, what it meant. Texts and requests are redacted and capped already. */
export interface AttemptRecord {
  /** From 1. */
  readonly attempt: number;
  /** When it was to begin; queued actions only. */
  readonly dueAt?: Date;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'failed';
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly serviceMessage?: string;
  readonly requests: readonly RequestRecord[];
  readonly reference?: Reference;
  readonly nextAttemptAt?: Date;
}

/** One execution of one connector. An action whose params were refused has no attempt. */
export interface ExecutionRecord {
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: ExecutionSource;
  readonly status: ExecutionStatus;
  /** The time in the id. */
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly username?: string;
  readonly code?: ErrorCode;
  readonly message?: string;
  /** No attempt begins later; the execution ends `expired`. */
  readonly deliverBy?: Date;
  /** The execution that this one repeats. */
  readonly retryOf?: string;
  /** Of unfinished ones: when the next attempt is due, or was when it is running. */
  readonly dueAt?: Date;
  /** Kept of those that did not succeed, so that they can be run again. */
  readonly params?: unknown;
  readonly attempts: readonly AttemptRecord[];
}

/** An execution as lists show it. */
export type ExecutionSummary = SummaryOf<ExecutionRecord>;

/** What the log asks of the database. */
export type ExecutionStore = ExecutionRows<ExecutionRecord>;

export interface ExecutionLog extends Omit<ExecutionStore, 'insertMany'> {
  /** Notes an execution; it is stored within {@link FLUSH_MS}, together with others. Never fails and never waits. */
  add(record: ExecutionRecord): void;
  /** Stores what was noted so far. */
  flush(): Promise<void>;
}

/**
 * A caller of `_execute` has its answer already, so its record may follow: collecting records for some milliseconds
 * makes one round trip and one fsync of hundreds, which is what lets a small machine run thousands a second.
 */
const FLUSH_MS = 25;
const BATCH_MAX = 500;
/** About 100 MB at the very worst; reached only when the database is gone while runs go on. */
const WAITING_MAX = 5_000;
const RETRY_MS = 500;

/** @param warn told when records are lost, once per loss */
export function createExecutionLog(rows: ExecutionStore, warn: (message: string) => void): ExecutionLog {
  let waiting: ExecutionRecord[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let lost = 0;

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      writing = writing.then(writeAll);
    }, delayMs);
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_MAX);
      try {
        await rows.insertMany(batch);
        waiting = waiting.slice(batch.length);
      } catch (error) {
        if (isPatchbayError(error, 'database_unavailable')) {
          schedule(RETRY_MS);
          warn(`${waiting.length} execution records wait for the database: ${error.message}`);
          return;
        }
        await writeOneByOne(batch);
        waiting = waiting.slice(batch.length);
      }
    }
    if (lost > 0) {
      warn(`${lost} execution records were dropped while the database was away.`);
      lost = 0;
    }
  }

  // One record that the database refuses must not hold up the others for ever.
  async function writeOneByOne(batch: readonly ExecutionRecord[]): Promise<void> {
    for (const record of batch) {
      try {
        await rows.insertMany([record]);
      } catch (error) {
        warn(`The record of execution ${record.id} could not be stored: ${errorText(error)}`);
      }
    }
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(writeAll);
    await writing;
  }

  // Who reads must see what he just did, so reading stores first.
  async function settled(): Promise<void> {
    if (waiting.length > 0) await flush();
    else await writing;
  }

  return {
    add(record) {
      if (waiting.length >= WAITING_MAX) {
        lost += 1;
        return;
      }
      waiting.push(record);
      schedule(FLUSH_MS);
    },
    flush,
    async find(spaceId, id) {
      await settled();
      return rows.find(spaceId, id);
    },
    async findMany(spaceId, ids) {
      await settled();
      return rows.findMany(spaceId, ids);
    },
    async findParams(spaceId, ids) {
      await settled();
      return rows.findParams(spaceId, ids);
    },
    async findIds(spaceId, filter, range) {
      await settled();
      return rows.findIds(spaceId, filter, range);
    },
    async search(spaceId, filter, page) {
      await settled();
      return rows.search(spaceId, filter, page);
    },
    async lastOf(spaceId, connectorIds) {
      await settled();
      return rows.lastOf(spaceId, connectorIds);
    },
  };
}
