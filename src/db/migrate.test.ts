import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { execute, silentLog, testDatabase, testServer } from '../../test/support/database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import type { ConnectionTarget } from './types.ts';

const { admin } = await testServer();
const made: string[] = [];
let target: ConnectionTarget;

beforeEach(async () => {
  const database = `patchbay_${randomBytes(6).toString('hex')}`;
  await execute(admin, `create database ${database}`);
  made.push(database);
  target = { ...admin, database };
});
afterAll(async () => {
  for (const name of made) await execute(admin, `drop database ${name} with (force)`);
});

async function tables(): Promise<string[]> {
  const client = new pg.Client(target);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'patchbay' order by 1",
  );
  await client.end();
  return rows.map((row) => row.name);
}

const step = (id: number, sql: string) => ({ id, name: `step${id}`, sql });

describe('migrations', () => {
  test('have ids without gaps, in order', () => {
    expect(migrations.map(({ id }) => id)).toEqual(migrations.map((_, index) => index + 1));
  });

  test('run once, also when several nodes start at the same time', async () => {
    await Promise.all(Array.from({ length: 4 }, () => migrate(target, silentLog)));
    await migrate(target, silentLog);
    expect(await tables()).toEqual([
      'api_keys',
      'attempts',
      'attempts_default',
      'connectors',
      'executions',
      'executions_default',
      'idempotency_keys',
      'logged_connectors',
      'meta',
      'migrations',
      'nodes',
      'queue',
      'sessions',
      'users',
    ]);
  });

  test('add what is new', async () => {
    await migrate(target, silentLog, [step(1, 'create table patchbay.a ()')]);
    await migrate(target, silentLog, [step(1, 'never run again'), step(2, 'create table patchbay.b ()')]);
    expect(await tables()).toEqual(['a', 'b', 'migrations']);
  });

  test('that fail change nothing', async () => {
    const steps = [step(1, 'create table patchbay.a ()'), step(2, 'create nonsense')];
    await expect(migrate(target, silentLog, steps)).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(/could not be brought up to date, nothing was changed: syntax error/),
    });
    expect(await tables()).toEqual([]);
  });

  test('of a newer Patchbay are respected', async () => {
    await migrate(target, silentLog, [step(1, 'select 1'), step(2, 'select 1')]);
    await expect(migrate(target, silentLog, [step(1, 'select 1')])).rejects.toMatchObject({
      code: 'database_setup_failed',
      message:
        'The database was changed by a newer Patchbay (migration 2, "step2", which this one does not know). Start that version, or restore a backup made before it.',
    });
  });

  test('of something else are respected', async () => {
    await migrate(target, silentLog, [{ id: 1, name: 'other', sql: 'select 1' }]);
    await expect(migrate(target, silentLog)).rejects.toThrow(/migration 1 is "other", this Patchbay's is "foundation"/);
  });
});

test('a database of a test has the whole schema', async () => {
  const { db } = await testDatabase();
  expect(await db.kysely.selectFrom('connectors').selectAll().execute()).toEqual([]);
  await db.stop();
});
