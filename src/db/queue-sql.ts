import { insertAttempts } from './attempt-json.ts';

/** Tells every node which connectors have new work: a JSON array of their ids, or `*` when it would be too long. */
export const QUEUE_CHANNEL = 'patchbay_queue';

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
export const INSERT_ANSWER = `(select count(*) from me)::int as registered, pg_notify('${QUEUE_CHANNEL}', $3) is null as notified`;
export const INSERT_ANSWER_QUIET = '(select count(*) from me)::int as registered, $3::text is null as notified';

export const insertPlain = (answer: string) => `
with me as (select id from patchbay.nodes where id = $1),
new_rows as (insert into patchbay.queue (${INSERT_COLUMNS}) select ${INSERT_VALUES} from (${NEW_ITEMS}) as r)
select ${answer}`;

// A key that is older than a day counts as new. The order keeps two nodes from waiting for each other.
export const insertKeyed = (answer: string) => `
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

export const KNOWN_KEYS = `
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

export const CLAIM = `
with picked as materialized (
  select found.tid from unnest($2::text[], $3::int[]) as w(connector_id, wanted)
  cross join lateral (
    select q.ctid as tid from patchbay.queue q
    where q.node is null and q.connector_id = w.connector_id collate "C" and q.due_at <= now() and q.interrupted = 0
      and (q.deliver_by is null or q.deliver_by > now())
    order by q.due_at limit w.wanted for update skip locked
  ) as found
)${CLAIM_PICKED}`;

export const CLAIM_INTERRUPTED = `
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
export const SETTLE = `
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
  ${insertAttempts('$4')}
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

export const RELEASE_OTHERS = `
with given as (
  update patchbay.queue set node = null where node = $1 and not id = any($2::uuid[]) returning id
)
select count(*) as count from given`;

export const REMOVE = removal(
  `select ctid from patchbay.queue where id = any($1::uuid[]) and space_id = $2 and node is null for update skip locked`,
  '$3::text',
  '$4::text',
  '$5::text',
);
export const REMOVE_EXPIRED = removal(
  `select ctid from patchbay.queue where node is null and deliver_by < now() limit $1 for update skip locked`,
  `'expired'`,
  `'expired'`,
  `'It could not be delivered by ' || to_char(q.deliver_by at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    || coalesce('; its last attempt said: ' || q.message, ' and was not attempted')`,
);

// A loose index scan: one step for each connector, however many rows it has.
export const LANES = `
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

export const TAKE_OVER = `
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

export const HAS_DEAD = `
select exists (
  select from patchbay.nodes where id <> $1 and seen_at < now() - $2 * interval '1 millisecond'
) as dead`;

export const INTERRUPTED =
  'The server ended while this attempt was under way or about to begin; whether the target was reached is not known.';

export const COUNTS = `
select connector_type_id, count(*) filter (where node is null) as waiting,
  count(*) filter (where node is null and due_at <= now()) as due, count(*) filter (where node is not null) as claimed,
  count(*) filter (where node is null and attempts > 0) as retrying
from patchbay.queue group by connector_type_id`;
