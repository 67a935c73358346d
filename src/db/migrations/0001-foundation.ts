/**
 * Connectors, executions, users, sessions.
 *
 * `json`, not `jsonb`, wherever users' values are kept: jsonb re-orders keys and refuses \u0000. Names may be 1 MB long,
 * which no btree takes, so none is indexed. Executions and attempts have their time in the primary key, so that they
 * can be partitioned by day later without a new key.
 */
export const sql = `
create table patchbay.connectors (
  id text primary key, -- unique over all spaces, as in Kibana
  space_id text not null,
  connector_type_id text not null,
  name text not null,
  config json not null,
  secrets text, -- sealed by the vault; null: none
  secret_names text[] not null,
  is_missing_secrets boolean not null,
  tags text[] not null default '{}',
  version bigint not null default 1, -- grows with every change
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index connectors_space on patchbay.connectors (space_id);

-- Tells every Patchbay on this database, whoever made the change; sent when the transaction commits.
create function patchbay.notify_connector() returns trigger language plpgsql as $$
begin
  perform pg_notify('patchbay_connectors', coalesce(new.id, old.id));
  return null;
end $$;
create trigger connectors_changed after insert or update or delete on patchbay.connectors
  for each row execute function patchbay.notify_connector();

create table patchbay.executions (
  id uuid not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  space_id text not null,
  connector_id text not null,
  connector_type_id text not null,
  connector_name text not null, -- as it was then
  source text not null,
  status text not null,
  code text,
  message text,
  username text,
  primary key (id, created_at)
);
create index executions_newest on patchbay.executions (space_id, created_at desc);
create index executions_by_connector on patchbay.executions (space_id, connector_id, created_at desc);
-- Nearly all are 'succeeded', and an index of those would be the one above again.
create index executions_by_status on patchbay.executions (space_id, status, created_at desc) where status <> 'succeeded';

create table patchbay.attempts (
  execution_id uuid not null,
  attempt integer not null, -- from 1
  started_at timestamptz not null,
  duration_ms double precision not null,
  outcome text not null,
  code text,
  message text,
  service_message text,
  requests json not null, -- redacted and capped
  next_attempt_at timestamptz,
  primary key (execution_id, attempt, started_at)
);

create table patchbay.users (
  username text primary key,
  password_hash text not null,
  roles text[] not null,
  full_name text,
  email text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table patchbay.sessions (
  token_hash bytea primary key, -- the token itself is only in the cookie
  username text not null references patchbay.users on delete cascade,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_expiry on patchbay.sessions (expires_at);
create index sessions_user on patchbay.sessions (username);

create table patchbay.meta (
  key text primary key,
  value json not null
);
`;
