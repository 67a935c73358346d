import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import { executionRows } from './executions.ts';
import { partitions } from './partitions.ts';

const { db } = await testDatabase();
const rows = executionRows(db.kysely);
const days = partitions(db.kysely);
const DAY_MS = 86_400_000;
const RETENTION_MS = 90 * DAY_MS;

beforeEach(async () => {
  for (const name of (await tables()).filter((table) => /\d{8}$/.test(table))) {
    await sql`drop table ${sql.table(`patchbay.${name}`)}`.execute(db.kysely);
  }
  await sql`truncate patchbay.executions, patchbay.attempts, patchbay.idempotency_keys, patchbay.logged_connectors`.execute(
    db.kysely,
  );
});

async function tables(): Promise<string[]> {
  const { rows: found } = await sql<{ name: string }>`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent in ('patchbay.executions'::regclass, 'patchbay.attempts'::regclass) order by 1`.execute(db.kysely);
  return found.map(({ name }) => name);
}

/** Which table each execution and each attempt is in. */
async function places(id: string): Promise<string[]> {
  const { rows: found } = await sql<{ place: string }>`
    select tableoid::regclass::text as place from patchbay.executions where id = ${id}
    union all select tableoid::regclass::text from patchbay.attempts where execution_id = ${id}`.execute(db.kysely);
  return found.map(({ place }) => place.replace('patchbay.', ''));
}

async function run(createdAt: number, finishedAt = createdAt, connectorId = 'c'): Promise<string> {
  const id = newExecutionId(createdAt);
  await rows.insertMany([
    {
      id,
      spaceId: 'default',
      connectorId,
      connectorTypeId: '.webhook',
      connectorName: 'Hook',
      source: 'queue',
      status: 'succeeded',
      createdAt: new Date(createdAt),
      finishedAt: new Date(finishedAt),
      attempts: [{ attempt: 1, startedAt: new Date(finishedAt), durationMs: 1, outcome: 'delivered', requests: [] }],
    },
  ]);
  return id;
}

async function makeDay(time: number): Promise<string> {
  const day = name(time);
  const from = sql.lit(new Date(Math.floor(time / DAY_MS) * DAY_MS).toISOString());
  const to = sql.lit(new Date((Math.floor(time / DAY_MS) + 1) * DAY_MS).toISOString());
  for (const table of ['executions', 'attempts']) {
    await sql`create table ${sql.table(`patchbay.${table}_${day}`)} partition of ${sql.table(`patchbay.${table}`)}
      for values from (${from}) to (${to})`.execute(db.kysely);
  }
  return day;
}

const name = (time: number) => new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
const now = Date.now();
const ahead = (daysAhead: number) => name(now + daysAhead * DAY_MS);

describe('looking after the days', () => {
  test('makes today and three days ahead, and rows land in theirs', async () => {
    const done = await days.tidy(RETENTION_MS);
    const wanted = [0, 1, 2, 3].map(ahead);
    expect(done).toEqual({ made: wanted, dropped: [], isComplete: true });
    expect(await tables()).toEqual([
      ...wanted.map((day) => `attempts_${day}`),
      'attempts_default',
      ...wanted.map((day) => `executions_${day}`),
      'executions_default',
    ]);
    expect(await places(await run(now))).toEqual([`executions_${wanted[0]}`, `attempts_${wanted[0]}`]);
    const midnight = Math.floor(now / DAY_MS + 1) * DAY_MS;
    expect(await places(await run(midnight))).toContain(`executions_${wanted[1]}`);
    expect(await places(await run(midnight - 1))).toContain(`executions_${wanted[0]}`);
    expect(await days.tidy(RETENTION_MS)).toEqual({ made: [], dropped: [], isComplete: true });
  });

  test('moves what came before its day was there, and leaves the indexes complete', async () => {
    const [today, before] = [await run(now), await run(now - 5 * DAY_MS)];
    expect(await places(today)).toEqual(['executions_default', 'attempts_default']);
    const done = await days.tidy(RETENTION_MS);
    expect(done.made).toContain(name(now - 5 * DAY_MS));
    expect(await places(today)).toEqual([`executions_${name(now)}`, `attempts_${name(now)}`]);
    expect(await places(before)).toEqual([
      `executions_${name(now - 5 * DAY_MS)}`,
      `attempts_${name(now - 5 * DAY_MS)}`,
    ]);
    expect((await rows.find('default', before))?.attempts).toHaveLength(1);
    const { rows: invalid } = await sql`
      select from pg_index where not indisvalid and indexrelid::regclass::text like 'patchbay.%'`.execute(db.kysely);
    expect(invalid).toHaveLength(0);
  });

  test('drops days that are over, with their attempts, and no other', async () => {
    const old = now - RETENTION_MS - DAY_MS;
    const [over, last] = [await makeDay(old), await makeDay(now - RETENTION_MS)];
    const [gone, kept] = [await run(old, old, 'gone'), await run(now - RETENTION_MS)];
    expect(await days.tidy(RETENTION_MS)).toMatchObject({ dropped: [over], isComplete: true });
    expect(await places(gone)).toEqual([]);
    expect(await places(kept)).toEqual([`executions_${last}`, `attempts_${last}`]);
    const known = await sql<{ connector_id: string }>`select connector_id from patchbay.logged_connectors`.execute(
      db.kysely,
    );
    expect(known.rows).toEqual([{ connector_id: 'c' }]);
  });

  test('keeps in the default partition what ended lately or lies ahead, and deletes the rest', async () => {
    const old = now - RETENTION_MS - 2 * DAY_MS;
    const [gone, delayed, later] = [await run(old), await run(old, now), await run(now + 30 * DAY_MS)];
    await days.tidy(RETENTION_MS);
    expect(await places(gone)).toEqual([]);
    expect(await places(delayed)).toEqual(['executions_default', 'attempts_default']);
    expect(await places(later)).toEqual(['executions_default', 'attempts_default']);
    expect((await rows.find('default', delayed))?.attempts).toHaveLength(1);
  });

  test('deletes idempotency keys after a day', async () => {
    const key = { space_id: 's', connector_id: 'c', execution_id: newExecutionId() };
    await db.kysely
      .insertInto('idempotency_keys')
      .values([
        { ...key, key: 'old', created_at: new Date(now - DAY_MS - 60_000) },
        { ...key, key: 'new', created_at: new Date(now - DAY_MS + 3_600_000) },
      ])
      .execute();
    await days.tidy(RETENTION_MS);
    expect(await db.kysely.selectFrom('idempotency_keys').select('key').execute()).toEqual([{ key: 'new' }]);
  });

  test('is shared by several nodes at once', async () => {
    const over = await makeDay(now - 2 * RETENTION_MS);
    await run(now);
    const node = async () => {
      const results = [await partitions(db.kysely).tidy(RETENTION_MS)];
      while (!results.at(-1)!.isComplete) results.push(await partitions(db.kysely).tidy(RETENTION_MS));
      return results;
    };
    const done = (await Promise.all(Array.from({ length: 4 }, node))).flat();
    expect([...new Set(done.flatMap(({ made }) => made))].sort()).toEqual([0, 1, 2, 3].map(ahead));
    expect(new Set(done.flatMap(({ dropped }) => dropped))).toEqual(new Set([over]));
    expect(await tables()).toHaveLength(2 * 5);
  });

  test('goes on while executions are written', async () => {
    let isDone = false;
    const ids: string[] = [];
    const writing = (async () => {
      do ids.push(await run(now));
      while (!isDone);
    })();
    const done = await days.tidy(RETENTION_MS).finally(() => {
      isDone = true;
    });
    await writing;
    expect(done.isComplete).toBe(true);
    const found = await rows.findMany('default', ids);
    expect(found.map(({ id, attempts }) => [id, attempts.length])).toEqual(ids.map((id) => [id, 1]));
  });

  test('gives up soon when somebody holds a lock, and catches up later', async () => {
    await db.kysely.transaction().execute(async (trx) => {
      await sql`lock table patchbay.executions_default, patchbay.attempts_default in share mode`.execute(trx);
      expect(await days.tidy(RETENTION_MS)).toEqual({ made: [], dropped: [], isComplete: false });
    });
    expect(await days.tidy(RETENTION_MS)).toMatchObject({ made: [0, 1, 2, 3].map(ahead), isComplete: true });
  });
});
