/**
 * What makes the execution log searchable within a fraction of a second.
 *
 * Nearly all executions succeed and have no text of their own, so what costs an index entry is only for the others. The
 * names, types and sources that connectors were logged with are few, however many executions there are; a trigger keeps
 * them, once a statement, so whoever writes executions need not think of it.
 */
export const sql = `
-- Code and status are in it so that codes are searched without the table. One that is too long for an index is none of ours.
create index executions_with_text on patchbay.executions (space_id, id) include (code, status)
  where (message is not null or code is not null) and length(coalesce(code, '')) <= 100;
create index queue_retrying on patchbay.queue (connector_id, id) where attempts > 0;

create table patchbay.logged_connectors (
  key bytea primary key, -- SHA-256 of the rest, which may be too long for an index
  space_id text not null,
  connector_id text not null,
  connector_type_id text not null,
  connector_name text not null,
  source text not null
);
create index logged_connectors_by_id on patchbay.logged_connectors (space_id, connector_id);

-- The order keeps two writers from waiting for each other.
create function patchbay.log_connectors() returns trigger language plpgsql as $$
begin
  insert into patchbay.logged_connectors (key, space_id, connector_id, connector_type_id, connector_name, source)
  select sha256(convert_to(concat_ws(chr(31), space_id, connector_id, connector_type_id, connector_name, source), 'UTF8'))
    as key, seen.*
  from (select distinct space_id, connector_id, connector_type_id, connector_name, source from inserted) as seen
  order by key
  on conflict do nothing;
  return null;
end $$;
create trigger executions_logged after insert on patchbay.executions referencing new table as inserted
  for each statement execute function patchbay.log_connectors();

insert into patchbay.logged_connectors (key, space_id, connector_id, connector_type_id, connector_name, source)
select sha256(convert_to(concat_ws(chr(31), space_id, connector_id, connector_type_id, connector_name, source), 'UTF8')),
  seen.*
from (select distinct space_id, connector_id, connector_type_id, connector_name, source from patchbay.executions) as seen;

-- Trigrams find a rare word among very many failures. The extension comes with PostgreSQL and is trusted, but a server may
-- lack it or forbid it; searches are right without it, only slower.
do $$
declare place text;
begin
  create extension if not exists pg_trgm schema patchbay;
  select nspname into place from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
  where extname = 'pg_trgm';
  execute format('create index executions_words on patchbay.executions
    using gin (message %I.gin_trgm_ops) where message is not null', place);
exception when others then
  raise notice 'no trigram index: %', sqlerrm;
end $$;
`;
