import { CompiledQuery, type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { attemptJson, insertAttempts, LOGGED_NAME_MAX, loggedText } from './attempt-json.ts';
import { QUEUE_STATUS, searchIds } from './execution-search.ts';
import type { ExecutionRow, ExecutionRows, ListedOf, SummaryOf } from './execution-types.ts';
import type { Schema } from './schema.ts';
import { canBeKey, isUuid } from './text.ts';
import { timeOfUuid } from './uuid-time.ts';

export {
  type AttemptRow,
  type ExecutionFilter,
  type ExecutionPage,
  type ExecutionRow,
  type ExecutionRows,
  type ExecutionSort,
  type IdRange,
  type SummaryOf,
  TOTAL_MAX,
} from './execution-types.ts';

const DAY_MS = 86_400_000;

// One JSON text a table costs the server's process half of what arrays of each column do (docs/performance.md).
const INSERT = `
with new_executions as (
  insert into patchbay.executions (id, created_at, finished_at, space_id, connector_id, connector_type_id,
    connector_name, source, status, code, message, username, deliver_by, retry_of, params)
  select * from json_to_recordset($1::json) as r(id uuid, created_at timestamptz, finished_at timestamptz,
    space_id text, connector_id text, connector_type_id text, connector_name text, source text, status text, code text,
    message text, username text, deliver_by timestamptz, retry_of uuid, params text)
)
${insertAttempts('$2')}`;

const SHARED = sql`id, space_id, connector_id, connector_type_id, connector_name, source, code, message, username,
  deliver_by, retry_of`;

export function executionRows<Row extends ExecutionRow = ExecutionRow>(db: Kysely<Schema>): ExecutionRows<Row> {
  // One statement, so that an execution which ends meanwhile is seen in one of the two places.
  async function stored(spaceId: string, ids: readonly string[], params: boolean): Promise<StoredExecution[]> {
    if (ids.length === 0 || !canBeKey(spaceId)) return [];
    const kept = params ? sql`params` : sql`null::text as params`;
    const { rows } = await sql<StoredExecution>`
      select ${SHARED}, created_at, finished_at, status, null::timestamptz as due_at, ${kept}
      from patchbay.executions where space_id = ${spaceId} and id = any(${ids}::uuid[]) and ${daysOf(ids)}
      union all
      select ${SHARED}, patchbay.uuid_time(id), null::timestamptz, ${QUEUE_STATUS}, due_at, ${kept}
      from patchbay.queue where space_id = ${spaceId} and id = any(${ids}::uuid[])`.execute(db);
    return inOrder(rows, ids);
  }

  async function withAttempts(executions: readonly StoredExecution[]): Promise<Row[]> {
    if (executions.length === 0) return [];
    const ids = executions.map((execution) => execution.id);
    const { rows } = await sql<StoredAttempt>`
      select * from patchbay.attempts where execution_id = any(${ids}::uuid[]) and ${daysOf(ids)}
      order by attempt`.execute(db);
    const byExecution = Map.groupBy(rows, (attempt) => attempt.execution_id);
    return executions.map(
      (execution) =>
        ({
          ...toSummary(execution),
          ...paramsOf(execution),
          attempts: (byExecution.get(execution.id) ?? []).map(toAttempt),
        }) as ExecutionRow as Row,
    );
  }

  async function attemptCounts(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (ids.length === 0) return new Map();
    const { rows } = await sql<{ execution_id: string; count: number }>`
      select execution_id, count(*)::int as count from patchbay.attempts
      where execution_id = any(${ids}::uuid[]) and ${daysOf(ids)} group by execution_id`.execute(db);
    return new Map(rows.map(({ execution_id, count }) => [execution_id, count]));
  }

  return {
    async insertMany(records) {
      if (records.length > 0) await db.executeQuery(CompiledQuery.raw(INSERT, insertValues(records)));
    },

    async find(spaceId, id) {
      if (!isUuid(id)) return undefined;
      return (await withAttempts(await stored(spaceId, [id.toLowerCase()], true)))[0];
    },

    findMany: async (spaceId, ids) => withAttempts(await stored(spaceId, ids, false)),

    async findParams(spaceId, ids) {
      const found = await stored(spaceId, ids, true);
      return found.map((execution) => ({
        id: execution.id,
        connectorId: execution.connector_id,
        ...paramsOf(execution),
      }));
    },

    async search(spaceId, filter, { page, perPage, sort }) {
      const range = { sort, limit: perPage, offset: (page - 1) * perPage };
      const { total, ids } = await searchIds(db, spaceId, filter, range);
      const [found, attempts] = await Promise.all([stored(spaceId, ids, false), attemptCounts(ids)]);
      const records = found.map((execution) => ({
        ...toSummary(execution),
        attemptCount: attempts.get(execution.id) ?? 0,
      }));
      return { total, records: records as ListedOf<ExecutionRow>[] as ListedOf<Row>[] };
    },

    findIds: async (spaceId, filter, range) => (await searchIds(db, spaceId, filter, range)).ids,

    async lastOf(spaceId, connectorIds) {
      const last = new Map<string, LastRun>();
      const keys = connectorIds.filter(canBeKey);
      if (keys.length === 0 || !canBeKey(spaceId)) return new Map();
      const note = (runs: readonly LastRun[]) => {
        for (const run of runs) if ((last.get(run.connector_id)?.id ?? '') < run.id) last.set(run.connector_id, run);
      };
      // Most have run lately or never, so few are looked for in the many days before.
      let missing = await loggedOf(db, spaceId, keys);
      const today = Date.now();
      for (const [fromDays, toDays] of [
        [1, undefined],
        [8, 1],
        [undefined, 8],
      ] as const) {
        if (missing.length === 0) break;
        const from = fromDays === undefined ? undefined : new Date(today - fromDays * DAY_MS);
        const to = toDays === undefined ? undefined : new Date(today - toDays * DAY_MS);
        note(await lastFinished(db, spaceId, missing, from, to));
        missing = missing.filter((id) => !last.has(id));
      }
      note(await lastRetrying(db, spaceId, keys));
      return new Map(
        [...last].map(([connectorId, run]) => [
          connectorId,
          { at: timeOfUuid(run.id).toISOString(), outcome: run.status, ...present({ message: run.message }) },
        ]),
      );
    },
  };
}

/** Lets PostgreSQL leave out the days that none of the ids is of. */
function daysOf(ids: readonly string[]): RawBuilder<unknown> {
  const times = ids.map((id) => timeOfUuid(id).getTime());
  const [first, last] = times.reduce(([a, b], time) => [Math.min(a, time), Math.max(b, time)], [Infinity, 0]);
  return sql`created_at >= ${new Date(first)} and created_at <= ${new Date(last)}`;
}

function inOrder(rows: readonly StoredExecution[], ids: readonly string[]): StoredExecution[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

interface LastRun {
  readonly id: string;
  readonly connector_id: string;
  readonly status: string;
  readonly message: string | null;
}

async function loggedOf(db: Kysely<Schema>, spaceId: string, connectorIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ connector_id: string }>`
    select distinct connector_id from patchbay.logged_connectors
    where space_id = ${spaceId} and connector_id = any(${connectorIds}::text[])`.execute(db);
  return rows.map((row) => row.connector_id);
}

async function lastFinished(
  db: Kysely<Schema>,
  spaceId: string,
  connectorIds: readonly string[],
  from: Date | undefined,
  to: Date | undefined,
): Promise<LastRun[]> {
  const time = [
    ...(from === undefined ? [] : [sql`created_at >= ${from}`]),
    ...(to === undefined ? [] : [sql`created_at < ${to}`]),
  ];
  const { rows } = await sql<LastRun>`
    select last.id, wanted.connector_id, last.status, last.message
    from unnest(${connectorIds}::text[]) as wanted(connector_id)
    cross join lateral (
      select id, status, message from patchbay.executions
      where space_id = ${spaceId} and connector_id = wanted.connector_id and ${sql.join(time, sql` and `)}
      order by id desc limit 1
    ) as last`.execute(db);
  return rows;
}

async function lastRetrying(db: Kysely<Schema>, spaceId: string, connectorIds: readonly string[]): Promise<LastRun[]> {
  const { rows } = await sql<LastRun>`
    select distinct on (connector_id) id, connector_id, ${QUEUE_STATUS} as status, message from patchbay.queue
    where attempts > 0 and space_id = ${spaceId} and connector_id = any(${connectorIds}::text[])
    order by connector_id, id desc`.execute(db);
  return rows;
}

function insertValues(records: readonly ExecutionRow[]): [executions: string, attempts: string] {
  const executions = records.map((record) => ({
    id: record.id,
    created_at: timeOfUuid(record.id),
    finished_at: record.finishedAt ?? timeOfUuid(record.id),
    space_id: loggedText(record.spaceId, LOGGED_NAME_MAX),
    connector_id: loggedText(record.connectorId, LOGGED_NAME_MAX),
    connector_type_id: loggedText(record.connectorTypeId, LOGGED_NAME_MAX),
    connector_name: loggedText(record.connectorName, LOGGED_NAME_MAX),
    source: record.source,
    status: record.status,
    code: loggedText(record.code),
    message: loggedText(record.message),
    username: loggedText(record.username, LOGGED_NAME_MAX),
    deliver_by: record.deliverBy,
    retry_of: record.retryOf,
    // As text within the text, like an attempt's requests.
    params: record.status === 'succeeded' || record.params === undefined ? undefined : JSON.stringify(record.params),
  }));
  const attempts = records.flatMap((record) => record.attempts.map((attempt) => attemptJson(record.id, attempt)));
  return [JSON.stringify(executions), JSON.stringify(attempts)];
}

type StoredAttempt = Selectable<Schema['attempts']>;
type StoredExecution = Omit<Selectable<Schema['executions']>, 'finished_at'> & {
  finished_at: Date | null;
  due_at: Date | null;
};

function paramsOf({ params }: StoredExecution): { params?: unknown } {
  return params === null ? {} : { params: JSON.parse(params) };
}

function toSummary(stored: StoredExecution): SummaryOf<ExecutionRow> {
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
      deliverBy: stored.deliver_by,
      retryOf: stored.retry_of,
      dueAt: stored.due_at,
    }),
  };
}

function toAttempt(attempt: StoredAttempt): ExecutionRow['attempts'][number] {
  return {
    attempt: attempt.attempt,
    startedAt: attempt.started_at,
    durationMs: attempt.duration_ms,
    outcome: attempt.outcome,
    ...present({
      dueAt: attempt.due_at,
      code: attempt.code,
      message: attempt.message,
      serviceMessage: attempt.service_message,
      nextAttemptAt: attempt.next_attempt_at,
    }),
    ...present({ reference: attempt.reference }),
    requests: attempt.requests,
  };
}

/** Leaves out what is null, as the records of the application have no nulls. */
function present<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
