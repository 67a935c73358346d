/** API keys, and word to all nodes when a user or a key changes: nodes remember for a minute whom they let in. */
export const sql = `
create table patchbay.api_keys (
  id text primary key,
  secret_hash bytea not null, -- SHA-256: the key has 256 random bits, so there is nothing to guess
  name text not null,
  username text not null references patchbay.users on delete cascade,
  roles text[], -- null: those of the user
  created_at timestamptz not null default now(),
  expires_at timestamptz, -- null: never
  last_used_at timestamptz
);
create index api_keys_user on patchbay.api_keys (username);

create function patchbay.notify_accounts() returns trigger language plpgsql as $$
begin
  perform pg_notify('patchbay_accounts', '');
  return null;
end $$;
create trigger users_changed after update or delete on patchbay.users
  for each statement execute function patchbay.notify_accounts();
create trigger api_keys_removed after delete on patchbay.api_keys
  for each statement execute function patchbay.notify_accounts();
`;
