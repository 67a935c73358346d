/**
 * The queue, its nodes, idempotency keys; executions and attempts by day.
 *
 * The queue holds what is not finished and nothing else, so it stays small: an action is one row here from its
 * acceptance to its end, then one row of `executions`. What changes most often is not indexed or is in a partial index, so
 * that accepting, claiming and finishing an action cost as few index entries as possible (docs/performance.md).
 *
 * Execution ids are UUIDs of version 7, which begin with the time of creation in milliseconds. `created_at` is always that
 * time, so a partition can be found by the id alone, and the order of ids is the order of creation.
 */
export const sql = `
create table patchbay.nodes (
  id uuid primary key, -- new at each start
  name text not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(), -- the heartbeat, by the database's clock
  last_attempt_at timestamptz
);

create table patchbay.queue (
  id uuid primary key, -- the execution's
  space_id text not null,
  connector_id text collate "C" not null,
  connector_type_id text not null,
  connector_name text not null, -- as it was when accepted
  source text not null,
  username text,
  params text not null, -- JSON
  due_at timestamptz not null,
  deliver_by timestamptz, -- no attempt begins later
  node uuid, -- who has it in hand; null: nobody. No foreign key: it costs a look-up for every claim
  attempts integer not null default 0, -- that ended, one way or another
  interrupted integer not null default 0, -- of those, the ones that ended with the death of their node
  code text, -- of the last attempt
  message text,
  retry_of uuid,
  traceparent text -- https://www.w3.org/TR/trace-context/
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
create index queue_due on patchbay.queue (connector_id, due_at) where node is null;
create index queue_deadlines on patchbay.queue (deliver_by) where deliver_by is not null and node is null;
create index queue_suspects on patchbay.queue (interrupted) where interrupted > 0 and node is null;

create table patchbay.idempotency_keys (
  space_id text not null,
  connector_id text not null,
  key text not null,
  execution_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (space_id, connector_id, key)
);
create index idempotency_keys_age on patchbay.idempotency_keys (created_at);

-- PostgreSQL 18 reads the time of version 7 itself, twelve times faster.
do $$
declare bits text := $b$to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)$b$;
begin
  execute format('create function patchbay.uuid_time(id uuid) returns timestamptz
    language sql immutable strict parallel safe as $f$ select %s $f$',
    case when current_setting('server_version_num')::int >= 180000
      then format('coalesce(uuid_extract_timestamp(id), %s)', bits) else bits end);
end $$;

alter table patchbay.executions rename to executions_before_queue;
alter table patchbay.attempts rename to attempts_before_queue;
drop index patchbay.executions_newest, patchbay.executions_by_connector, patchbay.executions_by_status;

create table patchbay.executions (
  id uuid not null,
  created_at timestamptz not null, -- patchbay.uuid_time(id)
  finished_at timestamptz not null,
  space_id text not null,
  connector_id text not null,
  connector_type_id text not null,
  connector_name text not null,
  source text not null,
  status text not null,
  code text,
  message text,
  username text,
  deliver_by timestamptz,
  retry_of uuid,
  params text -- JSON; of those that did not succeed, so that they can be run again
) partition by range (created_at);
-- No primary key: an id is logged by whoever takes it out of the queue, so once; and one index less is one write less.
create index executions_newest on patchbay.executions (space_id, id);
create index executions_by_connector on patchbay.executions (space_id, connector_id, id);
-- Nearly all are 'succeeded', and an index of those would be the one above again.
create index executions_by_status on patchbay.executions (space_id, status, id) include (source, connector_type_id)
  where status <> 'succeeded';
create table patchbay.executions_default partition of patchbay.executions default;

create table patchbay.attempts (
  execution_id uuid not null,
  created_at timestamptz not null, -- of the execution
  attempt integer not null, -- from 1
  due_at timestamptz, -- null: not queued
  started_at timestamptz not null,
  duration_ms double precision not null,
  outcome text not null,
  code text,
  message text,
  service_message text,
  requests json not null, -- redacted and capped
  reference json, -- what was created at the vendor: {"id", "url"}
  next_attempt_at timestamptz
) partition by range (created_at);
create index attempts_by_execution on patchbay.attempts (execution_id, attempt);
create table patchbay.attempts_default partition of patchbay.attempts default;

insert into patchbay.executions (id, created_at, finished_at, space_id, connector_id, connector_type_id, connector_name,
  source, status, code, message, username)
select id, patchbay.uuid_time(id), coalesce(finished_at, created_at), space_id, connector_id, connector_type_id,
  connector_name, source, status, code, message, username
from patchbay.executions_before_queue;
insert into patchbay.attempts (execution_id, created_at, attempt, started_at, duration_ms, outcome, code, message,
  service_message, requests, next_attempt_at)
select execution_id, patchbay.uuid_time(execution_id), attempt, started_at, duration_ms, outcome, code, message,
  service_message, requests, next_attempt_at
from patchbay.attempts_before_queue;
drop table patchbay.executions_before_queue, patchbay.attempts_before_queue;
`;
