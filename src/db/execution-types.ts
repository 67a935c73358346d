/**
 * One attempt. Requests are any JSON values. The unions of `events/`, which this folder may not know, narrow the
 * `string`s: what is read is what was written with that type.
 */
export interface AttemptRow {
  /** From 1. */
  readonly attempt: number;
  /** When it was to begin; left out when it was not queued. */
  readonly dueAt?: Date;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: string;
  readonly code?: string;
  readonly message?: string;
  readonly serviceMessage?: string;
  readonly requests: readonly unknown[];
  /** What was created at the vendor; any JSON value. */
  readonly reference?: unknown;
  readonly nextAttemptAt?: Date;
}

/** One execution with its attempts, finished or not. */
export interface ExecutionRow {
  /** A UUID of version 7. */
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly status: string;
  /** The time in the id; when storing, the id decides. */
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly username?: string;
  readonly code?: string;
  readonly message?: string;
  /** No attempt begins later. */
  readonly deliverBy?: Date;
  /** The execution that this one repeats. */
  readonly retryOf?: string;
  /** Of unfinished ones: when the next attempt is due, or was when it is running. */
  readonly dueAt?: Date;
  /** JSON. Kept of those that did not succeed. */
  readonly params?: unknown;
  readonly attempts: readonly AttemptRow[];
}

/** An execution without what it was asked to do and what it did. */
export type SummaryOf<Row extends ExecutionRow> = Omit<Row, 'attempts' | 'params'>;
/** What a list shows of an execution. */
export type ListedOf<Row extends ExecutionRow> = SummaryOf<Row> & {
  /** How many attempts have ended. */
  readonly attemptCount: number;
};

export interface ExecutionFilter {
  readonly connectorId?: string;
  readonly connectorTypeId?: string;
  /** One or any of several. */
  readonly status?: string | readonly string[];
  readonly source?: string;
  /** Created at or after. */
  readonly from?: Date;
  /** Created before. */
  readonly to?: Date;
  /** Part of the connector's name, the message, or the code; case does not matter. */
  readonly text?: string;
}

export type ExecutionSort = 'newest' | 'oldest';

export interface ExecutionPage {
  /** From 1. Behind the first {@link TOTAL_MAX} matches there is nothing. */
  readonly page: number;
  readonly perPage: number;
  readonly sort: ExecutionSort;
}

/** A stretch of ids: the first `limit` of those that match, or those that follow `after` in the order. */
export interface IdRange {
  /** Up to {@link TOTAL_MAX}. */
  readonly limit: number;
  readonly sort: ExecutionSort;
  readonly after?: string;
}

export interface ExecutionRows<Row extends ExecutionRow = ExecutionRow> {
  /** Stores finished ones, all of them or none, in one statement. */
  insertMany(records: readonly Row[]): Promise<void>;
  find(spaceId: string, id: string): Promise<Row | undefined>;
  /** Those that exist, in the order of the ids given; without their params. */
  findMany(spaceId: string, ids: readonly string[]): Promise<Row[]>;
  /** What those that exist were asked to do, in the order of the ids given, with the params as far as they are kept. */
  findParams(
    spaceId: string,
    ids: readonly string[],
  ): Promise<{ readonly id: string; readonly connectorId: string; readonly params?: unknown }[]>;
  /** `total` counts no further than {@link TOTAL_MAX}. */
  search(
    spaceId: string,
    filter: ExecutionFilter,
    page: ExecutionPage,
  ): Promise<{ total: number; records: ListedOf<Row>[] }>;
  /** Ids of finished and unfinished ones that match, in order. */
  findIds(spaceId: string, filter: ExecutionFilter, range: IdRange): Promise<string[]>;
  /** The newest execution of each connector that has any, not counting those that were not attempted yet. */
  lastOf(
    spaceId: string,
    connectorIds: readonly string[],
  ): Promise<Map<string, { at: string; outcome: Row['status']; message?: string }>>;
}

/** Counting every row of a large table takes seconds; nobody reads page 200. Kibana stops at the same number. */
export const TOTAL_MAX = 10_000;
