import { CompiledQuery, type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import type { Schema } from './schema.ts';
import { canBeKey, containsPattern, isUuid, recordable } from './text.ts';

/**
 * One attempt. Requests are any JSON values. The unions of `events/`, which this folder may not know, narrow the
 * `string`s: what is read is what was written with that type.
 */
export interface AttemptRow {
  /** From 1. */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: string;
  readonly code?: string;
  readonly message?: string;
  readonly serviceMessage?: string;
  readonly requests: readonly unknown[];
  readonly nextAttemptAt?: Date;
}

/** One execution with its attempts. */
export interface ExecutionRow {
  /** A UUID. */
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly finishedAt?: Date;
  readonly username?: string;
  readonly code?: string;
  readonly message?: string;
  readonly attempts: readonly AttemptRow[];
}

export interface ExecutionFilter {
  readonly connectorId?: string;
  readonly connectorTypeId?: string;
  readonly status?: string;
  readonly source?: string;
  /** Created at or after. */
  readonly from?: Date;
  /** Created before. */
  readonly to?: Date;
  /** Part of the connector's name, the message, or the code; case does not matter. */
  readonly text?: string;
}

export interface ExecutionPage {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
  readonly sort: 'newest' | 'oldest';
}

export interface ExecutionRows<Row extends ExecutionRow = ExecutionRow> {
  /** All of them or none, in one statement. */
  insertMany(records: readonly Row[]): Promise<void>;
  find(spaceId: string, id: string): Promise<Row | undefined>;
  /** `total` counts no further than {@link TOTAL_MAX}. Records come with their attempts. */
  search(spaceId: string, filter: ExecutionFilter, page: ExecutionPage): Promise<{ total: number; records: Row[] }>;
  /** The newest execution of each connector that has any. */
  lastOf(
    spaceId: string,
    connectorIds: readonly string[],
  ): Promise<Map<string, { at: string; outcome: Row['status']; message?: string }>>;
}

/** Counting every row of a large table takes seconds; nobody reads page 200. Kibana stops at the same number. */
export const TOTAL_MAX = 10_000;
/** Characters; what a record is for is said by then. */
const NAME_MAX = 1_000;
const MESSAGE_MAX = 20_000;

// One JSON text a table costs the server's process half of what arrays of each column do (docs/performance.md). The
// requests travel as text within it: their escapes of NUL and lone surrogates, which `json` keeps as they are, would be
// decoded on the way otherwise, and fail.
const INSERT = `
with new_executions as (
  insert into patchbay.executions (id, created_at, finished_at, space_id, connector_id, connector_type_id,
    connector_name, source, status, code, message, username)
  select * from json_to_recordset($1::json) as r(id uuid, created_at timestamptz, finished_at timestamptz,
    space_id text, connector_id text, connector_type_id text, connector_name text, source text, status text, code text,
    message text, username text)
)
insert into patchbay.attempts (execution_id, attempt, started_at, duration_ms, outcome, code, message,
  service_message, requests, next_attempt_at)
select execution_id, attempt, started_at, duration_ms, outcome, code, message, service_message, requests::json,
  next_attempt_at
from json_to_recordset($2::json) as r(execution_id uuid, attempt int, started_at timestamptz, duration_ms float8,
  outcome text, code text, message text, service_message text, requests text, next_attempt_at timestamptz)`;

export function executionRows<Row extends ExecutionRow = ExecutionRow>(db: Kysely<Schema>): ExecutionRows<Row> {
  async function withAttempts(executions: StoredExecution[]): Promise<Row[]> {
    if (executions.length === 0) return [];
    const ids = executions.map((execution) => execution.id);
    const attempts = await db
      .selectFrom('attempts')
      .selectAll()
      .where('execution_id', 'in', ids)
      .orderBy('attempt')
      .execute();
    const byExecution = Map.groupBy(attempts, (attempt) => attempt.execution_id);
    return executions.map((execution) => toRow(execution, byExecution.get(execution.id) ?? []) as Row);
  }

  return {
    async insertMany(records) {
      if (records.length > 0) await db.executeQuery(CompiledQuery.raw(INSERT, insertValues(records)));
    },

    async find(spaceId, id) {
      if (!isUuid(id) || !canBeKey(spaceId)) return undefined;
      const found = await db
        .selectFrom('executions')
        .selectAll()
        .where('id', '=', id)
        .where('space_id', '=', spaceId)
        .execute();
      return (await withAttempts(found))[0];
    },

    async search(spaceId, filter, { page, perPage, sort }) {
      const keys = [spaceId, filter.connectorId, filter.connectorTypeId, filter.status, filter.source];
      if (!keys.every((key) => key === undefined || canBeKey(key)) || filter.text?.includes('\0')) {
        return { total: 0, records: [] };
      }
      const matching = db.selectFrom('executions').where((eb) => matches(eb, spaceId, filter));
      const direction = sort === 'newest' ? 'desc' : 'asc';
      const [found, counted] = await Promise.all([
        matching
          .selectAll()
          .orderBy('created_at', direction)
          .orderBy('id', direction)
          .limit(perPage)
          .offset((page - 1) * perPage)
          .execute(),
        db
          .selectFrom(matching.select('id').limit(TOTAL_MAX).as('capped'))
          .select(({ fn }) => fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow(),
      ]);
      return { total: counted.total, records: await withAttempts(found) };
    },

    async lastOf(spaceId, connectorIds) {
      const { rows } = await sql<{ id: string; created_at: Date; status: string; message: string | null }>`
        select wanted.id, last.created_at, last.status, last.message
        from unnest(${connectorIds.filter(canBeKey)}::text[]) as wanted(id)
        cross join lateral (
          select created_at, status, message from patchbay.executions
          where space_id = ${spaceId} and connector_id = wanted.id order by created_at desc limit 1
        ) as last`.execute(db);
      return new Map(
        rows.map((row) => [
          row.id,
          { at: row.created_at.toISOString(), outcome: row.status, ...present({ message: row.message }) },
        ]),
      );
    },
  };
}

function matches(eb: ExpressionBuilder<Schema, 'executions'>, spaceId: string, filter: ExecutionFilter) {
  const conditions = [eb('space_id', '=', spaceId)];
  if (filter.connectorId !== undefined) conditions.push(eb('connector_id', '=', filter.connectorId));
  if (filter.connectorTypeId !== undefined) conditions.push(eb('connector_type_id', '=', filter.connectorTypeId));
  if (filter.status !== undefined) conditions.push(eb('status', '=', filter.status));
  if (filter.source !== undefined) conditions.push(eb('source', '=', filter.source));
  if (filter.from !== undefined) conditions.push(eb('created_at', '>=', filter.from));
  if (filter.to !== undefined) conditions.push(eb('created_at', '<', filter.to));
  if (filter.text !== undefined) {
    const pattern = containsPattern(filter.text);
    const anywhere = (['connector_name', 'message', 'code'] as const).map((column) => eb(column, 'ilike', pattern));
    conditions.push(eb.or(anywhere));
  }
  return eb.and(conditions);
}

/** What is absent is left out of the JSON, and null in the table. */
function insertValues(records: readonly ExecutionRow[]): [executions: string, attempts: string] {
  const text = (value: string | undefined, max = MESSAGE_MAX) => (value === undefined ? value : recordable(value, max));
  const executions = records.map((record) => ({
    id: record.id,
    created_at: record.createdAt,
    finished_at: record.finishedAt,
    space_id: text(record.spaceId, NAME_MAX),
    connector_id: text(record.connectorId, NAME_MAX),
    connector_type_id: text(record.connectorTypeId, NAME_MAX),
    connector_name: text(record.connectorName, NAME_MAX),
    source: record.source,
    status: record.status,
    code: text(record.code),
    message: text(record.message),
    username: text(record.username, NAME_MAX),
  }));
  const attempts = records.flatMap((record) =>
    record.attempts.map((attempt) => ({
      execution_id: record.id,
      attempt: attempt.attempt,
      started_at: attempt.startedAt,
      duration_ms: attempt.durationMs,
      outcome: attempt.outcome,
      code: text(attempt.code),
      message: text(attempt.message),
      service_message: text(attempt.serviceMessage),
      requests: JSON.stringify(attempt.requests),
      next_attempt_at: attempt.nextAttemptAt,
    })),
  );
  return [JSON.stringify(executions), JSON.stringify(attempts)];
}

type StoredExecution = Selectable<Schema['executions']>;
type StoredAttempt = Selectable<Schema['attempts']>;

function toRow(stored: StoredExecution, attempts: readonly StoredAttempt[]): ExecutionRow {
  return {
    id: stored.id,
    spaceId: stored.space_id,
    connectorId: stored.connector_id,
    connectorTypeId: stored.connector_type_id,
    connectorName: stored.connector_name,
    source: stored.source,
    status: stored.status,
    createdAt: stored.created_at,
    ...present({
      finishedAt: stored.finished_at,
      username: stored.username,
      code: stored.code,
      message: stored.message,
    }),
    attempts: attempts.map((attempt) => ({
      attempt: attempt.attempt,
      startedAt: attempt.started_at,
      durationMs: attempt.duration_ms,
      outcome: attempt.outcome,
      ...present({
        code: attempt.code,
        message: attempt.message,
        serviceMessage: attempt.service_message,
        nextAttemptAt: attempt.next_attempt_at,
      }),
      requests: attempt.requests,
    })),
  };
}

/** Leaves out what is null, as the records of the application have no nulls. */
function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
