import type { ColumnType, Generated } from 'kysely';

/** The tables of the PostgreSQL schema `patchbay`, as `migrations/` leaves them. Columns are explained there. */
export interface Schema {
  connectors: ConnectorsTable;
  nodes: NodesTable;
  queue: QueueTable;
  idempotency_keys: IdempotencyKeysTable;
  executions: ExecutionsTable;
  attempts: AttemptsTable;
  users: UsersTable;
  sessions: SessionsTable;
  api_keys: ApiKeysTable;
  meta: MetaTable;
}

/** Read as a value, written as JSON text: pg would write an array as a PostgreSQL array. */
type Json<T> = ColumnType<T, string, string>;

interface ConnectorsTable {
  id: string;
  space_id: string;
  connector_type_id: string;
  name: string;
  config: Json<Record<string, unknown>>;
  secrets: string | null;
  secret_names: string[];
  is_missing_secrets: boolean;
  tags: string[];
  version: Generated<number>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  origin_id: string | null;
}

interface NodesTable {
  id: string;
  name: string;
  started_at: Generated<Date>;
  seen_at: Generated<Date>;
  last_attempt_at: Date | null;
}

interface QueueTable {
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
  node: string | null;
  attempts: Generated<number>;
  interrupted: Generated<number>;
  code: string | null;
  message: string | null;
  retry_of: string | null;
  traceparent: string | null;
}

interface IdempotencyKeysTable {
  space_id: string;
  connector_id: string;
  key: string;
  execution_id: string;
  created_at: Generated<Date>;
}

interface ExecutionsTable {
  id: string;
  created_at: Date;
  finished_at: Date;
  space_id: string;
  connector_id: string;
  connector_type_id: string;
  connector_name: string;
  source: string;
  status: string;
  code: string | null;
  message: string | null;
  username: string | null;
  deliver_by: Date | null;
  retry_of: string | null;
  params: string | null;
}

interface AttemptsTable {
  execution_id: string;
  created_at: Date;
  attempt: number;
  due_at: Date | null;
  started_at: Date;
  duration_ms: number;
  outcome: string;
  code: string | null;
  message: string | null;
  service_message: string | null;
  requests: Json<unknown[]>;
  reference: Json<unknown> | null;
  next_attempt_at: Date | null;
}

interface UsersTable {
  username: string;
  password_hash: string;
  roles: string[];
  full_name: string | null;
  email: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

interface SessionsTable {
  token_hash: Buffer;
  username: string;
  created_at: Generated<Date>;
  last_seen_at: Generated<Date>;
  expires_at: Date;
}

interface ApiKeysTable {
  id: string;
  secret_hash: Buffer;
  name: string;
  username: string;
  roles: string[] | null;
  created_at: Generated<Date>;
  expires_at: Date | null;
  last_used_at: Date | null;
}

interface MetaTable {
  key: string;
  value: Json<unknown>;
}
