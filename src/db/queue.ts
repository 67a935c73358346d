import type { AttemptRow } from './executions.ts';
import type { Statements } from './statements.ts';
import { recordable } from './text.ts';

/** Tells every node which connectors have new work: a JSON array of their ids, or `*` when it would be too long. */
export const QUEUE_CHANNEL = 'patchbay_queue';

/** What describes an action from its acceptance to its end. */
interface ActionRow {
  /** The execution's: a UUID of version 7. */
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly username?: string;
  /** JSON text. */
  readonly params: string;
  readonly deliverBy?: Date;
  readonly retryOf?: string;
  readonly traceparent?: string;
}

export interface NewQueueRow extends ActionRow {
  /** Left out: now, by the database's clock. */
  readonly dueAt?: Date;
  readonly idempotencyKey?: string;
  /** Stored as claimed by the node that accepts it. */
  readonly isClaimed: boolean;
}

/** A row that this node has claimed. */
export interface ClaimedRow extends ActionRow {
  readonly dueAt: Date;
  /** That have ended. */
  readonly attempts: number;
  /** Of these, the ones that ended with the death of their node. */
  readonly interrupted: number;
}

/** A row as it was taken out of the queue without an attempt. */
export interface RemovedRow {
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly message?: string;
}

/** How a claimed row goes on after an attempt, or instead of one. */
export type Settled = {
  readonly id: string;
  /** {@link ClaimedRow.attempts}: a statement whose answer was lost is repeated, and must not count twice. */
  readonly before: number;
  readonly attempts: readonly AttemptRow[];
} & (
  | {
      readonly status: string;
      readonly finishedAt: Date;
      /** Does not keep the params although it did not succeed. */
      readonly dropParams?: boolean;
      readonly code?: string;
      readonly message?: string;
    }
  | {
      readonly status: 'again';
      /** How many have ended, this one included. */
      readonly ended: number;
      readonly delayMs: number;
      readonly code?: string;
      readonly message?: string;
    }
);

/** A connector that has rows which nobody has claimed. */
export interface Lane {
  readonly connectorId: string;
  readonly connectorTypeId: string;
  /** Of its first row. */
  readonly dueAt: Date;
  readonly isDue: boolean;
}

export interface QueueCounts {
  /** By the database's clock. */
  readonly at: Date;
  readonly byType: readonly {
    readonly connectorTypeId: string;
    readonly waiting: number;
    readonly due: number;
    readonly claimed: number;
    readonly retrying: number;
  }[];
  readonly nodes: number;
  readonly lastAttemptAt?: Date;
}

export interface QueueRows {
  /**
   * Stores actions in one statement.
   *
   * @param rows no two with the same key for the same connector
   * @param notify the payload for {@link QUEUE_CHANNEL}, if other nodes should know
   * @returns whether this node is registered, and so really has the rows it wanted to claim; and, of rows whose key was
   * used before, the execution that it belongs to
   */
  insert(
    node: string,
    rows: readonly NewQueueRow[],
    notify: string | undefined,
  ): Promise<{ isRegistered: boolean; known: ReadonlyMap<string, string> }>;
  /** No more than `limit`, which bounds the work. */
  countUpTo(limit: number): Promise<number>;
  /** Due rows of each connector, at most `wanted` of it, oldest first; never those that were interrupted. */
  claim(node: string, wanted: readonly { connectorId: string; wanted: number }[]): Promise<ClaimedRow[]>;
  /** Due rows that were interrupted at least `least` and at most `most` times, of any connector but `except`. */
  claimInterrupted(
    node: string,
    bounds: { least: number; most: number; limit: number; except: readonly string[] },
  ): Promise<ClaimedRow[]>;
  /** Ends rows of this node or puts them back with a later time, and stores their attempts. @returns how many were this node's */
  settle(node: string, settled: readonly Settled[]): Promise<number>;
  /** Gives rows back untouched. */
  release(node: string, ids: readonly string[]): Promise<void>;
  /** Gives back all rows of this node but the given ones. @returns how many */
  releaseOthers(node: string, kept: readonly string[]): Promise<number>;
  /** Ends rows that nobody has claimed. */
  remove(
    spaceId: string,
    ids: readonly string[],
    end: { status: string; code?: string; message: string },
  ): Promise<RemovedRow[]>;
  /** Ends rows whose `deliver_by` has passed, some at a time. */
  removeExpired(limit: number): Promise<RemovedRow[]>;
  /** Every connector with rows that nobody has claimed, at most `limit`. */
  lanes(limit: number): Promise<Lane[]>;
  register(node: string, name: string): Promise<void>;
  /** The heartbeat. @returns the number of nodes, or 0 when this one was declared dead */
  beat(node: string, lastAttemptAt: Date | undefined): Promise<number>;
  unregister(node: string): Promise<void>;
  /** Whether another node gave no sign for a while. */
  hasDead(node: string, silentMs: number): Promise<boolean>;
  /** Frees the rows of such nodes, and of nodes that nobody knows. Reads the whole queue. @returns how many */
  takeOver(node: string, silentMs: number): Promise<number>;
  counts(): Promise<QueueCounts>;
  /** Removes dead row versions now; at thousands of actions a second autovacuum's minute is too long. */
  vacuum(): Promise<void>;
}

const NEW_ITEMS = `
  select * from json_to_recordset($2::json) as r(id uuid, space_id text, connector_id text, connector_type_id text,
    connector_name text, source text, username text, params text, due_at timestamptz, deliver_by timestamptz,
    retry_of uuid, traceparent text, key text, is_claimed boolean)`;
const INSERT_COLUMNS = `
  id, space_id, connector_id, connector_type_id, connector_name, source, username, params, due_at, deliver_by, retry_of,
  traceparent, node`;
const INSERT_VALUES = `
  r.id, r.space_id, r.connector_id, r.connector_type_id, r.connector_name, r.source, r.username, r.params,
  coalesce(r.due_at, now()), r.deliver_by, r.retry_of, r.traceparent,
  case when r.is_claimed then (select id from me) end`;

// A volatile function in a select list that nobody reads would not run, so what it gives is part of the answer.
const INSERT_ANSWER = `(select count(*) from me)::int as registered, pg_notify('${QUEUE_CHANNEL}', $3) is null as notified`;
const INSERT_ANSWER_QUIET = '(select count(*) from me)::int as registered, $3::text is null as notified';

const insertPlain = (answer: string) => `
with me as (select id from patchbay.nodes where id = $1),
new_rows as (insert into patchbay.queue (${INSERT_COLUMNS}) select ${INSERT_VALUES} from (${NEW_ITEMS}) as r)
select ${answer}`;

// A key that is older than a day counts as new. The order keeps two nodes from waiting for each other.
const insertKeyed = (answer: string) => `
with me as (select id from patchbay.nodes where id = $1),
items as materialized (${NEW_ITEMS}),
keys as (
  insert into patchbay.idempotency_keys as k (space_id, connector_id, key, execution_id)
  select space_id, connector_id, key, id from items where key is not null order by space_id, connector_id, key
  on conflict (space_id, connector_id, key) do update set execution_id = excluded.execution_id, created_at = now()
    where k.created_at < now() - interval '24 hours'
  returning execution_id
),
new_rows as (
  insert into patchbay.queue (${INSERT_COLUMNS})
  select ${INSERT_VALUES} from items as r where r.key is null or r.id in (select execution_id from keys)
)
select ${answer}, (select json_agg(execution_id) from keys) as fresh`;

const KNOWN_KEYS = `
select r.id, found.execution_id
from json_to_recordset($1::json) as r(id uuid, space_id text, connector_id text, key text)
cross join lateral (
  select k.execution_id from patchbay.idempotency_keys k
  where k.space_id = r.space_id and k.connector_id = r.connector_id and k.key = r.key limit 1
) as found`;

const CLAIMED_COLUMNS = `
  q.id, q.space_id, q.connector_id, q.connector_type_id, q.connector_name, q.source, q.username, q.params, q.due_at,
  q.deliver_by, q.retry_of, q.traceparent, q.attempts, q.interrupted`;
// A node that was declared dead while it slept must not claim: nobody would take its rows over again.
const CLAIM_PICKED = `
update patchbay.queue q set node = $1
where q.ctid = any(array(select tid from picked)) and exists (select from patchbay.nodes where id = $1)
returning ${CLAIMED_COLUMNS}`;

const CLAIM = `
with picked as materialized (
  select found.tid from unnest($2::text[], $3::int[]) as w(connector_id, wanted)
  cross join lateral (
    select q.ctid as tid from patchbay.queue q
    where q.node is null and q.connector_id = w.connector_id collate "C" and q.due_at <= now() and q.interrupted = 0
      and (q.deliver_by is null or q.deliver_by > now())
    order by q.due_at limit w.wanted for update skip locked
  ) as found
)${CLAIM_PICKED}`;

const CLAIM_INTERRUPTED = `
with picked as materialized (
  select q.ctid as tid from patchbay.queue q
  where q.node is null and q.interrupted > 0 and q.interrupted between $2 and $3 and q.due_at <= now()
    and not q.connector_id = any($5::text[] collate "C")
  order by q.interrupted, q.due_at limit $4 for update skip locked
)${CLAIM_PICKED}`;

const LOG_COLUMNS = `
  id, created_at, finished_at, space_id, connector_id, connector_type_id, connector_name, source, status, code, message,
  username, deliver_by, retry_of, params`;

// One statement, so one round trip, one commit and one fsync for hundreds of results. Rows that are no longer this
// node's were taken over: whoever has them now will log them.
//
// Rows are looked up one by one (`limit 1` keeps the look-up from becoming a join) and changed by their place (`ctid`),
// which their lock keeps. A join would be planned by what the statistics say, and they are often of a moment when the
// queue was empty: then the whole queue is read for each row of the batch, a thousand times as long.
const SETTLE = `
with ended as materialized (
  select found.*, r.finished_at, r.status, r.code, r.message,
    case when r.status <> 'succeeded' and r.drop_params is not true then found.all_params end as params
  from json_to_recordset($2::json) as r(id uuid, before int, status text, finished_at timestamptz, code text,
    message text, drop_params boolean)
  cross join lateral (
    select q.ctid as tid, q.id, q.space_id, q.connector_id, q.connector_type_id, q.connector_name, q.source, q.username,
      q.deliver_by, q.retry_of, q.params as all_params
    from patchbay.queue q where q.id = r.id and q.node = $1 and q.attempts = r.before limit 1 for update
  ) as found
),
gone as (delete from patchbay.queue q where q.ctid = any(array(select tid from ended))),
again as materialized (
  select found.tid, r.id, r.ended, now() + r.delay_ms * interval '1 millisecond' as due_at, r.code, r.message
  from json_to_recordset($3::json) as r(id uuid, before int, ended int, delay_ms float8, code text, message text)
  cross join lateral (
    select q.ctid as tid from patchbay.queue q
    where q.id = r.id and q.node = $1 and q.attempts = r.before limit 1 for update
  ) as found
),
put_back as (
  update patchbay.queue q
  set node = null, (attempts, due_at, code, message) =
    (select a.ended, a.due_at, a.code, a.message from again a where a.tid = q.ctid)
  where q.ctid = any(array(select tid from again))
),
logged as (
  insert into patchbay.executions (${LOG_COLUMNS})
  select id, patchbay.uuid_time(id), finished_at, space_id, connector_id, connector_type_id, connector_name, source,
    status, code, message, username, deliver_by, retry_of, params
  from ended
),
tried as (
  insert into patchbay.attempts (execution_id, created_at, attempt, due_at, started_at, duration_ms, outcome, code,
    message, service_message, requests, reference, next_attempt_at)
  select execution_id, patchbay.uuid_time(execution_id), attempt, due_at, started_at, duration_ms, outcome, code, message,
    service_message, requests::json, reference, next_attempt_at
  from json_to_recordset($4::json) as r(execution_id uuid, attempt int, due_at timestamptz, started_at timestamptz,
    duration_ms float8, outcome text, code text, message text, service_message text, requests text,
    reference json, next_attempt_at timestamptz)
  where execution_id in (select id from ended union all select id from again)
)
select (select count(*) from ended) + (select count(*) from again) as settled`;

const removal = (picked: string, status: string, code: string, message: string) => `
with gone as (
  delete from patchbay.queue q where q.ctid = any(array(${picked}))
  returning q.*, ${message} as why
),
logged as (
  insert into patchbay.executions (${LOG_COLUMNS})
  select id, patchbay.uuid_time(id), now(), space_id, connector_id, connector_type_id, connector_name, source, ${status},
    ${code}, why, username, deliver_by, retry_of, params
  from gone
)
select id, space_id, connector_id, connector_type_id, connector_name, source, why as message from gone`;

const RELEASE_OTHERS = `
with given as (
  update patchbay.queue set node = null where node = $1 and not id = any($2::uuid[]) returning id
)
select count(*) as count from given`;

const REMOVE = removal(
  `select ctid from patchbay.queue where id = any($1::uuid[]) and space_id = $2 and node is null for update skip locked`,
  '$3::text',
  '$4::text',
  '$5::text',
);
const REMOVE_EXPIRED = removal(
  `select ctid from patchbay.queue where node is null and deliver_by < now() limit $1 for update skip locked`,
  `'expired'`,
  `'expired'`,
  `'It could not be delivered by ' || to_char(q.deliver_by at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    || coalesce('; its last attempt said: ' || q.message, ' and was not attempted')`,
);

// A loose index scan: one step for each connector, however many rows it has.
const LANES = `
with recursive lanes as (
  (select connector_id, connector_type_id, due_at from patchbay.queue where node is null
   order by connector_id, due_at limit 1)
  union all
  select next.connector_id, next.connector_type_id, next.due_at from lanes
  cross join lateral (
    select q.connector_id, q.connector_type_id, q.due_at from patchbay.queue q
    where q.node is null and q.connector_id > lanes.connector_id order by q.connector_id, q.due_at limit 1
  ) as next
)
select connector_id, connector_type_id, due_at, due_at <= now() as is_due from lanes limit $1`;

const TAKE_OVER = `
with dead as (
  delete from patchbay.nodes where id <> $1 and seen_at < now() - $2 * interval '1 millisecond' returning id
),
freed as (
  update patchbay.queue q
  set node = null, attempts = attempts + 1, interrupted = interrupted + 1, due_at = now(), code = 'interrupted',
    message = $3
  where node is not null and node <> $1
    and (node in (select id from dead) or not exists (select from patchbay.nodes n where n.id = q.node))
  returning q.id, q.attempts
),
tried as (
  insert into patchbay.attempts (execution_id, created_at, attempt, due_at, started_at, duration_ms, outcome, code,
    message, requests, next_attempt_at)
  select id, patchbay.uuid_time(id), attempts, now(), now(), 0, 'failed', 'interrupted', $3, '[]', now() from freed
)
select count(*) as freed from freed`;

const HAS_DEAD = `
select exists (
  select from patchbay.nodes where id <> $1 and seen_at < now() - $2 * interval '1 millisecond'
) as dead`;

const INTERRUPTED =
  'The server ended while this attempt was under way or about to begin; whether the target was reached is not known.';

const COUNTS = `
select connector_type_id, count(*) filter (where node is null) as waiting,
  count(*) filter (where node is null and due_at <= now()) as due, count(*) filter (where node is not null) as claimed,
  count(*) filter (where node is null and attempts > 0) as retrying
from patchbay.queue group by connector_type_id`;

export function queueRows({ query }: Statements): QueueRows {
  async function insert(
    node: string,
    rows: readonly NewQueueRow[],
    notify: string | undefined,
  ): Promise<{ isRegistered: boolean; known: ReadonlyMap<string, string> }> {
    const answer = notify === undefined ? INSERT_ANSWER_QUIET : INSERT_ANSWER;
    const values = [node, newRowsJson(rows), notify ?? null];
    const keyed = rows.filter((row) => row.idempotencyKey !== undefined);
    if (keyed.length === 0) {
      const [stored] = await query<{ registered: number }>(insertPlain(answer), values);
      return { isRegistered: stored?.registered === 1, known: new Map() };
    }
    const [stored] = await query<{ registered: number; fresh: string[] | null }>(insertKeyed(answer), values);
    const isRegistered = stored?.registered === 1;
    const fresh = new Set(stored?.fresh);
    const used = keyed.filter((row) => !fresh.has(row.id));
    if (used.length === 0) return { isRegistered, known: new Map() };
    // A second statement, as one that waited for another node's key does not see that node's row.
    const found = await query<{ id: string; execution_id: string }>(KNOWN_KEYS, [newRowsJson(used)]);
    const known = new Map(found.map((row) => [row.id, row.execution_id]));
    // Keys that grew old and were removed between the two statements are free again.
    const freed = used.filter((row) => !known.has(row.id));
    if (freed.length === 0) return { isRegistered, known };
    const again = await insert(node, freed, notify);
    return { isRegistered: isRegistered && again.isRegistered, known: new Map([...known, ...again.known]) };
  }

  return {
    insert,

    async countUpTo(limit) {
      const [row] = await query<{ count: number }>(
        'select count(*) as count from (select from patchbay.queue limit $1) as counted',
        [limit],
      );
      return row?.count ?? 0;
    },

    async claim(node, wanted) {
      const rows = await query<StoredRow>(CLAIM, [
        node,
        wanted.map((lane) => lane.connectorId),
        wanted.map((lane) => lane.wanted),
      ]);
      return rows.map(toClaimed);
    },

    async claimInterrupted(node, { least, most, limit, except }) {
      return (await query<StoredRow>(CLAIM_INTERRUPTED, [node, least, most, limit, except])).map(toClaimed);
    },

    async settle(node, settled) {
      const [row] = await query<{ settled: number }>(SETTLE, [node, ...settledJson(settled)]);
      return row?.settled ?? 0;
    },

    async release(node, ids) {
      await query('update patchbay.queue set node = null where node = $1 and id = any($2::uuid[])', [node, ids]);
    },

    async releaseOthers(node, kept) {
      const [row] = await query<{ count: number }>(RELEASE_OTHERS, [node, kept]);
      return row?.count ?? 0;
    },

    async remove(spaceId, ids, { status, code, message }) {
      return (await query<StoredRow>(REMOVE, [ids, spaceId, status, code ?? null, message])).map(toRemoved);
    },

    async removeExpired(limit) {
      return (await query<StoredRow>(REMOVE_EXPIRED, [limit])).map(toRemoved);
    },

    async lanes(limit) {
      const rows = await query<StoredRow & { is_due: boolean }>(LANES, [limit]);
      return rows.map((row) => ({
        connectorId: row.connector_id,
        connectorTypeId: row.connector_type_id,
        dueAt: row.due_at,
        isDue: row.is_due,
      }));
    },

    async register(node, name) {
      await query('insert into patchbay.nodes (id, name) values ($1, $2)', [node, recordable(name, 200)]);
    },

    async beat(node, lastAttemptAt) {
      const [row] = await query<{ nodes: number }>(
        `update patchbay.nodes set seen_at = now(), last_attempt_at = coalesce($2, last_attempt_at) where id = $1
         returning (select count(*) from patchbay.nodes) as nodes`,
        [node, lastAttemptAt ?? null],
      );
      return row?.nodes ?? 0;
    },

    async unregister(node) {
      await query('delete from patchbay.nodes where id = $1', [node]);
    },

    async hasDead(node, silentMs) {
      const [row] = await query<{ dead: boolean }>(HAS_DEAD, [node, silentMs]);
      return row?.dead === true;
    },

    async takeOver(node, silentMs) {
      const [row] = await query<{ freed: number }>(TAKE_OVER, [node, silentMs, INTERRUPTED]);
      return row?.freed ?? 0;
    },

    async counts() {
      const [byType, [nodes]] = await Promise.all([
        query<{ connector_type_id: string; waiting: number; due: number; claimed: number; retrying: number }>(
          COUNTS,
          [],
        ),
        query<{ at: Date; nodes: number; last: Date | null }>(
          'select now() as at, count(*) as nodes, max(last_attempt_at) as last from patchbay.nodes',
          [],
        ),
      ]);
      return {
        at: nodes!.at,
        byType: byType.map(({ connector_type_id, ...counts }) => ({ connectorTypeId: connector_type_id, ...counts })),
        nodes: nodes!.nodes,
        lastAttemptAt: nodes!.last ?? undefined,
      };
    },

    async vacuum() {
      await query('vacuum (skip_locked) patchbay.queue', []);
    },
  };
}

const NAME_MAX = 1_000;
const MESSAGE_MAX = 20_000;

function newRowsJson(rows: readonly NewQueueRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      id: row.id,
      space_id: row.spaceId,
      connector_id: row.connectorId,
      connector_type_id: row.connectorTypeId,
      connector_name: recordable(row.connectorName, NAME_MAX),
      source: row.source,
      username: row.username,
      // Text within the JSON: its own escapes of NUL and lone surrogates, which PostgreSQL would refuse, stay escapes.
      params: row.params,
      due_at: row.dueAt,
      deliver_by: row.deliverBy,
      retry_of: row.retryOf,
      traceparent: row.traceparent,
      key: row.idempotencyKey,
      is_claimed: row.isClaimed,
    })),
  );
}

function settledJson(settled: readonly Settled[]): [ended: string, again: string, attempts: string] {
  const text = (value: string | undefined) => (value === undefined ? value : recordable(value, MESSAGE_MAX));
  const ended: unknown[] = [];
  const again: unknown[] = [];
  const attempts: unknown[] = [];
  for (const row of settled) {
    const why = { code: text(row.code), message: text(row.message) };
    if ('delayMs' in row)
      again.push({ id: row.id, before: row.before, ended: row.ended, delay_ms: row.delayMs, ...why });
    else
      ended.push({
        id: row.id,
        before: row.before,
        status: row.status,
        finished_at: row.finishedAt,
        drop_params: row.dropParams || undefined,
        ...why,
      });
    for (const attempt of row.attempts) {
      attempts.push({
        execution_id: row.id,
        attempt: attempt.attempt,
        due_at: attempt.dueAt,
        started_at: attempt.startedAt,
        duration_ms: attempt.durationMs,
        outcome: attempt.outcome,
        code: text(attempt.code),
        message: text(attempt.message),
        service_message: text(attempt.serviceMessage),
        requests: JSON.stringify(attempt.requests),
        reference: attempt.reference,
        next_attempt_at: attempt.nextAttemptAt,
      });
    }
  }
  return [JSON.stringify(ended), JSON.stringify(again), JSON.stringify(attempts)];
}

interface StoredRow {
  id: string;
  space_id: string;
  connector_id: string;
  connector_type_id: string;
  connector_name: string;
  source: string;
  username: string | null;
  params: string;
  due_at: Date;
  deliver_by: Date | null;
  retry_of: string | null;
  traceparent: string | null;
  attempts: number;
  interrupted: number;
  message: string | null;
}

function toClaimed(row: StoredRow): ClaimedRow {
  return {
    id: row.id,
    spaceId: row.space_id,
    connectorId: row.connector_id,
    connectorTypeId: row.connector_type_id,
    connectorName: row.connector_name,
    source: row.source,
    username: row.username ?? undefined,
    params: row.params,
    dueAt: row.due_at,
    deliverBy: row.deliver_by ?? undefined,
    retryOf: row.retry_of ?? undefined,
    traceparent: row.traceparent ?? undefined,
    attempts: row.attempts,
    interrupted: row.interrupted,
  };
}

function toRemoved(row: StoredRow): RemovedRow {
  return {
    id: row.id,
    spaceId: row.space_id,
    connectorId: row.connector_id,
    connectorTypeId: row.connector_type_id,
    connectorName: row.connector_name,
    source: row.source,
    message: row.message ?? undefined,
  };
}
