import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import { executionCountRows } from './execution-counts.ts';
import { type ExecutionFilter, type ExecutionRow, executionRows, TOTAL_MAX } from './executions.ts';
import { partitions } from './partitions.ts';

const { db } = await testDatabase();
const rows = executionRows(db.kysely);
const counts = executionCountRows(db.kysely);

const DAY_MS = 86_400_000;
const START = Date.now() - 3 * DAY_MS;
const STATUSES = ['succeeded', 'succeeded', 'succeeded', 'failed', 'expired', 'cancelled'];
const CODES = ['target_unavailable', 'egress_timeout'] as const;

/** Spread over three days, every kind of everything. */
function record(n: number, spaceId = 'default'): ExecutionRow {
  const id = newExecutionId(START + n * 500_000);
  const status = STATUSES[n % STATUSES.length]!;
  const isBad = status !== 'succeeded';
  return {
    id,
    spaceId,
    connectorId: `c${n % 7}`,
    connectorTypeId: n % 7 < 2 ? '.slack' : '.webhook',
    connectorName: `Connector ${n % 7}${n % 7 === 3 ? ' of the pager' : ''}`,
    source: n % 5 === 0 ? 'rule' : 'queue',
    status,
    createdAt: new Date(),
    finishedAt: new Date(START + n * 500_000 + 100),
    ...(isBad ? { code: CODES[n % 2], message: n % 11 === 0 ? 'the pager is silent' : answer(n) } : {}),
    attempts: [],
  };
}

/** Some are too long for an index. */
function answer(n: number): string {
  return n % 4 === 0 ? `it answered 503: ${Array.from({ length: 150 }, () => randomUUID()).join()}` : 'it answered 503';
}

async function wait(n: number, attempts: number): Promise<void> {
  const id = newExecutionId(START + n * 500_000);
  await sql`insert into patchbay.queue (id, space_id, connector_id, connector_type_id, connector_name, source, params,
    due_at, attempts) values (${id}, 'default', ${`c${n % 7}`}, '.webhook', 'Waiting', 'queue', '{}', now(), ${attempts})`.execute(
    db.kysely,
  );
}

beforeAll(async () => {
  await partitions(db.kysely).tidy(30 * DAY_MS);
  await rows.insertMany(Array.from({ length: 500 }, (_, n) => record(n)));
  await rows.insertMany([record(3, 'other')]);
  for (let n = 0; n < 20; n += 1) await wait(n * 9, n % 3);
});

/** Ends within the records on both sides, and at no round time. */
const bounds = Array.from({ length: 13 }, (_, n) => new Date(START + 1_234_567 + n * 17_000_000));
const within = { from: bounds[0]!, to: bounds.at(-1)! };

describe('counts by bucket are those of the search', () => {
  test.each<[string, ExecutionFilter]>([
    ['everything', {}],
    ['a connector', { connectorId: 'c3' }],
    ['an unknown connector', { connectorId: 'nobody' }],
    ['a type', { connectorTypeId: '.slack' }],
    ['an unknown type', { connectorTypeId: '.nope' }],
    ['a source that every connector has', { source: 'queue' }],
    ['a source', { source: 'rule' }],
    ['what succeeded', { status: 'succeeded' }],
    ['what failed', { status: 'failed' }],
    ['several statuses', { status: ['succeeded', 'expired', 'retrying'] }],
    ['no status', { status: [] }],
    ['what waits', { status: ['queued', 'running', 'retrying'] }],
    ['what succeeded of a type', { status: 'succeeded', connectorTypeId: '.slack' }],
    ['a text of names and messages', { text: 'PAGER' }],
    ['a text of all names', { text: 'connector' }],
    ['a text of messages', { text: 'answered 503' }],
    ['a text of a code', { text: 'egress_timeout' }],
    ['a text of the queue', { text: 'waiting' }],
    ['a text of nothing', { text: 'no such words' }],
    ['a wildcard, literally', { text: '%' }],
    ['much at once', { text: 'pager', status: ['failed', 'succeeded'], connectorTypeId: '.webhook', source: 'queue' }],
    ['a text that cannot be stored', { text: 'a\0' }],
    ['a connector that cannot be stored', { connectorId: '\ud800' }],
  ])('%s', async (_what, filter) => {
    const page = { page: 1, perPage: TOTAL_MAX, sort: 'oldest' } as const;
    const { records } = await rows.search('default', { ...filter, ...within }, page);
    const expected = new Map<string, number>();
    for (const { createdAt, status } of records) {
      const bucket = bounds.findLastIndex((bound) => bound <= createdAt);
      expected.set(`${bucket} ${status}`, (expected.get(`${bucket} ${status}`) ?? 0) + 1);
    }
    const found = await counts.byBucket('default', filter, bounds);
    expect(new Map(found.map(({ bucket, status, count }) => [`${bucket} ${status}`, count]))).toEqual(expected);
  });
});

describe('failing connectors', () => {
  const failing = (filter: ExecutionFilter, limit = 10) => counts.failing('default', filter, bounds, limit);

  test('have the most failures first, with their names and all that ended', async () => {
    const found = await failing({});
    const { records } = await rows.search('default', within, { page: 1, perPage: TOTAL_MAX, sort: 'oldest' });
    const finished = records.filter(({ finishedAt }) => finishedAt !== undefined);
    expect(found).toHaveLength(7);
    expect(found.map(({ failed }) => failed)).toEqual(found.map(({ failed }) => failed).sort((a, b) => b - a));
    for (const { connectorId, connectorName, connectorTypeId, failed, total } of found) {
      const own = finished.filter((one) => one.connectorId === connectorId);
      expect(total).toBe(own.length);
      expect(failed).toBe(own.filter(({ status }) => status === 'failed' || status === 'expired').length);
      expect([connectorName, connectorTypeId]).toEqual([own[0]!.connectorName, own[0]!.connectorTypeId]);
    }
  });

  test('are as many as asked for, of those that match', async () => {
    expect(await failing({}, 2)).toHaveLength(2);
    expect((await failing({ connectorTypeId: '.slack' })).map(({ connectorId }) => connectorId).sort()).toEqual([
      'c0',
      'c1',
    ]);
    expect(await failing({ status: ['succeeded', 'cancelled'] })).toEqual([]);
    expect(await failing({ connectorId: 'nobody' })).toEqual([]);
  });
});

test('activity counts what succeeded and what failed of each connector', async () => {
  const found = await counts.activity('default', bounds);
  const { records } = await rows.search('default', within, { page: 1, perPage: TOTAL_MAX, sort: 'oldest' });
  expect(found.map(({ connectorId }) => connectorId).sort()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  for (const { connectorId, buckets } of found) {
    for (const { bucket, succeeded, failed } of buckets) {
      const own = records.filter(
        (one) =>
          one.connectorId === connectorId && one.createdAt >= bounds[bucket]! && one.createdAt < bounds[bucket + 1]!,
      );
      expect(succeeded).toBe(own.filter(({ status }) => status === 'succeeded').length);
      expect(failed).toBe(own.filter(({ status }) => status === 'failed' || status === 'expired').length);
    }
  }
  expect(await counts.activity('nowhere', bounds)).toEqual([]);
  expect(await counts.activity('a\0', bounds)).toEqual([]);
});
