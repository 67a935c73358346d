import pg from 'pg';
import { errorText, isPatchbayError, PatchbayError } from '../errors.ts';
import { type Migration, migrations } from './migrations/index.ts';
import type { DatabaseLog } from './types.ts';

/** Any number that no other program on the database uses; the letters "patchbay" in ASCII. */
const LOCK_KEY = '8097879450866869625';

/**
 * Brings the schema up to date: all missing steps in one transaction, one Patchbay at a time.
 *
 * @param config where and as whom; without time limits, as a step may have to rewrite a table
 * @throws {PatchbayError} `database_setup_failed` when a newer or a different Patchbay has been here
 */
export async function migrate(
  config: pg.ClientConfig,
  log: DatabaseLog,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const client = new pg.Client({
    ...config,
    options: `${config.options ?? ''} -c statement_timeout=0 -c lock_timeout=0`,
  });
  client.on('error', () => {}); // the query under way reports it
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await createBookkeeping(client);
    const done = await client.query<{ id: number; name: string }>(
      'select id, name from patchbay.migrations order by id',
    );
    checkHistory(done.rows, steps);
    for (const step of steps.slice(done.rows.length)) {
      log.info(`Database: migration ${step.id} (${step.name}).`);
      await client.query(step.sql);
      await client.query('insert into patchbay.migrations (id, name) values ($1, $2)', [step.id, step.name]);
    }
    await client.query('commit');
  } catch (error) {
    if (isPatchbayError(error)) throw error;
    throw new PatchbayError(
      'database_setup_failed',
      `The schema of the database could not be brought up to date, nothing was changed: ${errorText(error)}. Mend that and start again.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => {}); // ends an open transaction as well
  }
}

/** Looks first: `create schema if not exists` needs the CREATE right even when the schema is there. */
async function createBookkeeping(client: pg.Client): Promise<void> {
  const found = await client.query<{ found: boolean }>(
    "select to_regclass('patchbay.migrations') is not null as found",
  );
  if (found.rows[0]?.found) return;
  await client.query('create schema if not exists patchbay');
  await client.query(
    'create table patchbay.migrations (id integer primary key, name text not null, applied_at timestamptz not null default now())',
  );
}

function checkHistory(done: readonly { id: number; name: string }[], steps: readonly Migration[]): void {
  const newer = done.at(steps.length);
  if (newer !== undefined) {
    throw new PatchbayError(
      'database_setup_failed',
      `The database was changed by a newer Patchbay (migration ${newer.id}, "${newer.name}", which this one does not know). Start that version, or restore a backup made before it.`,
    );
  }
  for (const [index, { id, name }] of done.entries()) {
    const step = steps[index];
    if (step?.id === id && step.name === name) continue;
    throw new PatchbayError(
      'database_setup_failed',
      `The database's migration ${id} is "${name}", this Patchbay's is "${step?.name}": its schema is not one of Patchbay's. Give Patchbay a database of its own with patchbay.database.url.`,
    );
  }
}
