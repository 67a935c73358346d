import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import { startEmbedded } from './embedded.ts';
import { isOutage, toDatabaseError } from './errors.ts';
import { checkServer, parseDatabaseUrl } from './external.ts';
import { createListener } from './listen.ts';
import { migrate } from './migrate.ts';
import { createKysely, createPool, sessionConfig } from './pool.ts';
import type { Schema } from './schema.ts';
import { createStatements, STATEMENT_QUERY_TIMEOUT_MS, STATEMENT_SETTINGS, type Statements } from './statements.ts';
import type { DatabaseLog } from './types.ts';

export type { Schema } from './schema.ts';
export type { DatabaseLog } from './types.ts';

/** The database, wherever it runs. Made once at start by {@link openDatabase}. */
export interface Database {
  /** For typed queries; fails with `database_unavailable` while the database is away. Already in schema `patchbay`. */
  readonly kysely: Kysely<Schema>;
  /** For what Kysely cannot do; its errors are pg's own, see {@link toDatabaseError}. */
  readonly pool: pg.Pool;
  /** For the queue, on connections of its own. */
  readonly statements: Statements;
  /** True when Patchbay runs the server itself. */
  readonly embedded: boolean;
  /** Whether the database answered when it was last asked; while it does not, it is asked every second. */
  available(): boolean;
  /** See {@link Listener.listen}. The connection is made at the first call. */
  listen(channel: string, onNotify: (payload: string) => void, onLost: () => void): Promise<() => Promise<void>>;
  /** False while notifications may be missed, so nothing that relies on them may be remembered. */
  listening(): boolean;
  /** Closes all connections and stops the embedded server. */
  stop(): Promise<void>;
}

export interface DatabaseOptions {
  /** The setting `patchbay.database.url`; without it an embedded server below `dataDir` is started. */
  url?: string;
  /** The setting `path.data`. */
  dataDir: string;
  log: DatabaseLog;
}

const PROBE_MS = 1_000;
/** For closing all connections; an idle one takes a millisecond. */
const CLOSE_MS = 3_000;
/** Ours; the embedded server allows 40 connections, the queue and operators need some of them too. */
const POOL_MAX = 16;
/** The queue stores and claims in batches, so a few go a long way. */
const STATEMENT_POOL_MAX = 5;

/**
 * Opens the database and brings its schema up to date.
 *
 * @throws {PatchbayError} `database_setup_failed` with what is in the way and what to do
 */
export async function openDatabase({ url, dataDir, log }: DatabaseOptions): Promise<Database> {
  if (url !== undefined) return connect(parseDatabaseUrl(url), log);
  const server = await startEmbedded({ dataDir: join(dataDir, 'database'), log });
  try {
    const database = await connect({ ...server.connection }, log);
    server.onExit(() => database.noteOutage());
    return {
      ...database,
      embedded: true,
      async stop() {
        await database.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function connect(target: pg.ClientConfig, log: DatabaseLog): Promise<Database & { noteOutage(): void }> {
  const config = sessionConfig(target);
  await checkServer(config, log);
  await migrate(config, log);

  let isAvailable = true;
  let isStopping = false;
  let probe: NodeJS.Timeout | undefined;
  const pool = createPool(target, POOL_MAX, note);
  const kysely = createKysely(pool, note);
  const statementPool = createPool(
    { ...target, options: `${STATEMENT_SETTINGS} ${target.options ?? ''}` },
    STATEMENT_POOL_MAX,
    note,
    STATEMENT_QUERY_TIMEOUT_MS,
  );
  const listener = createListener(config, log);

  function note(error: unknown): void {
    if (isOutage(error)) noteOutage();
  }

  function noteOutage(): void {
    if (!isAvailable || isStopping) return;
    isAvailable = false;
    log.error('The database does not answer; requests fail with status 503 until it does.');
    scheduleProbe();
  }

  function scheduleProbe(): void {
    probe = setTimeout(async () => {
      try {
        await sql`select 1`.execute(kysely);
      } catch {
        if (!isStopping) scheduleProbe();
        return;
      }
      isAvailable = true;
      log.info('The database answers again.');
    }, PROBE_MS);
    probe.unref();
  }

  return {
    kysely,
    pool,
    statements: createStatements(statementPool, note),
    embedded: false,
    available: () => isAvailable,
    listen: (channel, onNotify, onLost) => listener.listen(channel, onNotify, onLost).catch(rethrow),
    listening: listener.connected,
    noteOutage,
    async stop() {
      if (isStopping) return;
      isStopping = true;
      clearTimeout(probe);
      // A server that hangs takes no leave either, and must not keep us from stopping.
      await Promise.race([
        Promise.all([listener.stop(), kysely.destroy(), statementPool.end()]),
        sleep(CLOSE_MS, undefined, { ref: false }),
      ]);
    },
  };

  function rethrow(error: unknown): never {
    note(error);
    throw toDatabaseError(error);
  }
}
