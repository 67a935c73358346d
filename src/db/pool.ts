import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { toDatabaseError } from './errors.ts';
import type { Schema } from './schema.ts';

/** Longest time a statement may take. */
export const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** For a server that vanished without a word; longer than the server's own limit, whose answer says more. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;
/** A backend at rest costs some megabytes, a new one some milliseconds. */
const IDLE_MS = 10_000;

const INT8_OID = 20;
const TEXT_ARRAY_OID = 1009;
// pg's types name only the scalar types.
const parseTextArray = (pg.types.getTypeParser as (oid: number) => (value: string) => string[])(TEXT_ARRAY_OID);

/** A list of 10,000 connectors has 20,000 of them, nearly all empty or of plain words, which need no real parser. */
function parsePlainTextArray(value: string): string[] {
  if (value === '{}') return [];
  return /^\{[\w.-]+(,[\w.-]+)*\}$/.test(value) && !/\bnull\b/i.test(value)
    ? value.slice(1, -1).split(',')
    : parseTextArray(value);
}

const TIMESTAMPTZ_OID = 1184;
const parseTimestamp = pg.types.getTypeParser(TIMESTAMPTZ_OID, 'text') as (value: string) => Date;

/** Sessions are in UTC, so nearly every time looks the same; what does not (`infinity`, BC) goes to pg's own parser. */
function parseUtcTimestamp(value: string): Date {
  return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00$/.test(value)
    ? new Date(`${value.slice(0, 10)}T${value.slice(11, -3)}Z`)
    : parseTimestamp(value);
}

const OWN_PARSERS = new Map<number, (value: string) => unknown>([
  // pg gives 64-bit integers as text, as they may exceed 2^53; counts and versions of ours never do.
  [INT8_OID, Number],
  [TEXT_ARRAY_OID, parsePlainTextArray],
  [TIMESTAMPTZ_OID, parseUtcTimestamp],
]);
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    OWN_PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig;

/** Settings of every session. `options` of the URL come last, so an operator may override them. */
export function sessionConfig(config: pg.ClientConfig): pg.ClientConfig {
  const own = [
    `statement_timeout=${STATEMENT_TIMEOUT_MS}`,
    'lock_timeout=10000',
    'idle_in_transaction_session_timeout=60000',
    'timezone=UTC',
    // Compiling a statement pays off after seconds; ours take milliseconds.
    'jit=off',
  ];
  return {
    application_name: 'patchbay',
    ...config,
    options: [...own.map((setting) => `-c ${setting}`), config.options ?? ''].join(' ').trim(),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
}

/** A pool whose broken idle connections are dropped and reported, never thrown. */
export function createPool(
  config: pg.ClientConfig,
  max: number,
  onError: (error: Error) => void,
  queryTimeoutMs = QUERY_TIMEOUT_MS,
): pg.Pool {
  const pool = new pg.Pool({
    ...sessionConfig(config),
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    max,
  });
  pool.on('error', onError);
  // A connection that breaks while it is borrowed says so on the client; its query fails as well, which is enough.
  pool.on('connect', (client) => void client.on('error', onError));
  return pool;
}

/** Kysely over the pool, with errors as {@link toDatabaseError} makes them. `onError` sees each of them first. */
export function createKysely(pool: pg.Pool, onError: (error: unknown) => void): Kysely<Schema> {
  const translate = (error: unknown): never => {
    onError(error);
    throw toDatabaseError(error);
  };
  // One wrapper a client: Kysely keeps what it knows of a connection by the object's identity.
  const wrappers = new WeakMap<pg.PoolClient, Wrapper>();
  const wrap = (client: pg.PoolClient): Wrapper => {
    const wrapper: Wrapper = {
      // The server's process id (protocol, BackendKeyData), which pg's types leave out.
      processID: (client as { processID?: number }).processID,
      query: (sql: string, values: unknown[]) => client.query(sql, values).catch(translate),
      release: (destroy?: boolean) => client.release(destroy),
    };
    wrappers.set(client, wrapper);
    return wrapper;
  };
  const guarded = {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect().catch(translate);
      return wrappers.get(client) ?? wrap(client);
    },
    end: () => pool.end(),
  };
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: guarded as unknown as PostgresPool }) }).withSchema(
    'patchbay',
  );
}

interface Wrapper {
  processID: number | undefined;
  query(sql: string, values: unknown[]): Promise<pg.QueryResult>;
  release(destroy?: boolean): void;
}
