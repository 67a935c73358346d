import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AttemptRow,
  type ExecutionFilter,
  type ExecutionRow,
  type ExecutionRows,
  executionRows,
  TOTAL_MAX,
} from '../../src/db/executions.ts';
import type { Database } from '../../src/db/index.ts';
import { createdAtOf, newExecutionId } from '../../src/runs/execution-id.ts';

/** Created at the given time; its id begins with it. */
function execution(changes: Partial<ExecutionRow> = {}): ExecutionRow {
  const createdAt = changes.createdAt ?? new Date('2026-01-01T00:00:00.000Z');
  return {
    id: newExecutionId(createdAt.getTime()),
    spaceId: 'default',
    connectorId: 'c1',
    connectorTypeId: '.webhook',
    connectorName: 'Hook',
    source: 'http_request',
    status: 'succeeded',
    createdAt,
    finishedAt: createdAt,
    attempts: [],
    ...changes,
  };
}

function unfinished(changes: Partial<ExecutionRow>): ExecutionRow {
  const { finishedAt: _, ...record } = execution({
    source: 'queue',
    connectorName: 'Waiting',
    params: { n: 1 },
    ...changes,
  });
  return record;
}

function attempt(number: number): AttemptRow {
  return {
    attempt: number,
    startedAt: new Date('2026-01-01T00:00:01Z'),
    durationMs: 1,
    outcome: 'failed',
    requests: [],
  };
}

/** Puts an unfinished execution into the queue, as a worker would find or leave it there. */
async function enqueue(
  db: Database,
  row: ExecutionRow,
  state: { node?: string; attempts?: number } = {},
): Promise<void> {
  await db.kysely
    .insertInto('queue')
    .values({
      id: row.id,
      space_id: row.spaceId,
      connector_id: row.connectorId,
      connector_type_id: row.connectorTypeId,
      connector_name: row.connectorName,
      source: row.source,
      params: JSON.stringify(row.params ?? {}),
      due_at: row.dueAt ?? row.createdAt,
      node: state.node,
      attempts: state.attempts ?? 0,
      message: row.message,
    })
    .execute();
}

/** Every query on executions. */
export function executionSuite(open: () => Database): void {
  describe('executions', () => {
    let rows: ExecutionRows;
    beforeAll(() => {
      rows = executionRows(open().kysely);
    });
    const newestFirst = { page: 1, perPage: 10, sort: 'newest' } as const;

    test('come back with their attempts', async () => {
      const attempt = { startedAt: new Date('2026-01-01T00:00:00.001Z'), durationMs: 12.25, requests: [] };
      const record = execution({
        finishedAt: new Date('2026-01-01T00:00:01Z'),
        username: 'elastic "{,}\\',
        code: 'target_unavailable',
        message: 'line 1\nline 2',
        status: 'failed',
        deliverBy: new Date('2026-01-01T01:00:00Z'),
        retryOf: randomUUID(),
        params: { text: 'NUL \0 half \udc00' },
        attempts: [
          {
            ...attempt,
            attempt: 1,
            dueAt: new Date('2026-01-01T00:00:00Z'),
            outcome: 'failed',
            code: 'target_unavailable',
            message: 'm',
            serviceMessage: 's',
            nextAttemptAt: new Date('2026-01-01T00:00:30Z'),
            requests: [{ method: 'POST', url: 'https://example.com/ü', body: 'NUL \0 half \udc00', status: 503 }],
          },
          { ...attempt, attempt: 2, outcome: 'delivered' },
        ],
      });
      await rows.insertMany([record, execution()]);
      expect(await rows.find('default', record.id)).toEqual(record);
      expect(await rows.find('default', record.id.toUpperCase())).toEqual(record);
      expect(await rows.find('other', record.id)).toBeUndefined();
      const { params: _, ...listed } = record;
      expect(await rows.findMany('default', [randomUUID(), record.id])).toEqual([listed]);
    });

    test('keep their params only if they did not succeed', async () => {
      const [good, bad] = [execution({ params: { a: 1 } }), execution({ params: { a: 1 }, status: 'cancelled' })];
      await rows.insertMany([good, bad]);
      expect(await rows.find('default', good.id)).not.toHaveProperty('params');
      expect(await rows.find('default', bad.id)).toEqual(bad);
    });

    test('were created at the time in their id, whatever the record says', async () => {
      const record = execution();
      await rows.insertMany([{ ...record, createdAt: new Date() }]);
      expect((await rows.find('default', record.id))?.createdAt).toEqual(createdAtOf(record.id));
    });

    test('are all stored or none', async () => {
      const good = execution();
      const bad = execution({ attempts: [{ ...attempt(1), durationMs: 'long' as unknown as number }] });
      await expect(rows.insertMany([good, bad])).rejects.toMatchObject({ code: '22P02' });
      expect(await rows.find('default', good.id)).toBeUndefined();
      await expect(rows.insertMany([])).resolves.toBeUndefined();
    });

    test('with characters that cannot be stored are mended rather than lost', async () => {
      const record = execution({ message: 'a\0b\ud800', connectorName: 'n'.repeat(1_000_000) });
      await rows.insertMany([record]);
      const found = await rows.find('default', record.id);
      expect(found?.message).toBe('a\ufffdb\ufffd');
      expect(found?.connectorName).toHaveLength(1_000);
    });

    test.each(['', 'x', 'a\0b', '00000000-0000-0000-0000-00000000000g'])(
      'are not found under the id %j',
      async (id) => {
        expect(await rows.find('default', id)).toBeUndefined();
      },
    );

    describe('search', () => {
      const spaceId = `search-${randomUUID()}`;
      const at = (minute: number) => new Date(Date.UTC(2026, 0, 2, 0, minute));
      const records = [
        execution({ spaceId, createdAt: at(0), connectorId: 'a', status: 'failed', message: '100% of_it \\ failed' }),
        execution({ spaceId, createdAt: at(1), connectorId: 'a', connectorTypeId: '.slack' }),
        execution({ spaceId, createdAt: at(2), connectorId: 'b', source: 'test', connectorName: 'Größe' }),
        execution({ spaceId, createdAt: at(3), connectorId: 'b', status: 'failed', code: 'egress_timeout' }),
        unfinished({ spaceId, createdAt: at(4), connectorId: 'c', status: 'retrying', dueAt: at(9) }),
        unfinished({ spaceId, createdAt: at(5), connectorId: 'c', status: 'running', dueAt: at(5) }),
        unfinished({ spaceId, createdAt: at(6), connectorId: 'd', status: 'queued', dueAt: at(8) }),
      ];
      beforeAll(async () => {
        await rows.insertMany(records.slice(0, 4));
        await enqueue(open(), records[4]!, { attempts: 1 });
        await enqueue(open(), records[5]!, { attempts: 1, node: randomUUID() });
        await enqueue(open(), records[6]!);
      });

      test.each([
        ['everything', {}, [6, 5, 4, 3, 2, 1, 0]],
        ['a connector', { connectorId: 'a' }, [1, 0]],
        ['a type', { connectorTypeId: '.slack' }, [1]],
        ['a connector of the queue', { connectorId: 'c' }, [5, 4]],
        ['a status', { status: 'failed' }, [3, 0]],
        ['waiting', { status: 'queued' }, [6]],
        ['waiting again', { status: 'retrying' }, [4]],
        ['under way', { status: 'running' }, [5]],
        ['statuses of both places', { status: ['succeeded', 'queued', 'retrying'] }, [6, 4, 2, 1]],
        ['no status', { status: [] }, []],
        ['a source of the queue', { source: 'queue' }, [6, 5, 4]],
        ['a type that nobody had', { connectorTypeId: '.jira' }, []],
        ['a text in all names', { connectorId: 'a', text: 'OO' }, [1, 0]],
        ['a text in the queue', { text: 'waiting' }, [6, 5, 4]],
        ['a text and a status', { text: 'hook', status: 'failed' }, [3, 0]],
        ['a text and a type', { text: 'hook', connectorTypeId: '.slack' }, [1]],
        ['half a character', { text: '\ud800' }, []],
        ['a time before 1970', { to: new Date(-1) }, []],
        ['a source', { source: 'test' }, [2]],
        ['a time, its end excluded', { from: at(1), to: at(3) }, [2, 1]],
        ['a text in the message, literally', { text: '% OF_IT \\' }, [0]],
        ['a wildcard, literally', { text: '%' }, [0]],
        ['a text in the name', { text: 'größe' }, [2]],
        ['a text in the code', { text: 'timeout' }, [3]],
        ['several at once', { connectorId: 'b', status: 'failed' }, [3]],
        ['an injection', { connectorId: "a' or '1'='1" }, []],
        ['a NUL', { text: 'a\0' }, []],
        ['a NUL in a key', { connectorId: 'a\0' }, []],
        ['a NUL in a status', { status: ['a\0'] }, []],
      ] as [string, ExecutionFilter, number[]][])('for %s', async (_what, filter, expected) => {
        const found = await rows.search(spaceId, filter, newestFirst);
        expect(found.records.map((record) => record.id)).toEqual(expected.map((index) => records[index]!.id));
        expect(found.total).toBe(expected.length);
      });

      test('in pages, oldest first', async () => {
        const found = await rows.search(spaceId, {}, { page: 2, perPage: 3, sort: 'oldest' });
        expect(found.total).toBe(7);
        const summary = ({ attempts, params: _, ...shown }: ExecutionRow) => ({
          ...shown,
          attemptCount: attempts.length,
        });
        expect(found.records).toEqual([records[3]!, records[4]!, records[5]!].map(summary));
      });

      test('gives ids in stretches, either way', async () => {
        const ids = records.map((record) => record.id);
        const next = (id: string | undefined, sort: 'newest' | 'oldest') =>
          rows.findIds(spaceId, {}, { sort, limit: 3, after: id });
        expect(await next(undefined, 'oldest')).toEqual(ids.slice(0, 3));
        expect(await next(ids[2], 'oldest')).toEqual(ids.slice(3, 6));
        expect(await next(ids[5], 'oldest')).toEqual(ids.slice(6));
        expect(await next(ids[2], 'newest')).toEqual([ids[1], ids[0]]);
        expect(await next('x', 'newest')).toEqual([]);
      });

      test('shows one of the queue with its params', async () => {
        expect(await rows.find(spaceId, records[6]!.id)).toEqual(records[6]);
      });

      test('finds the last execution of each connector', async () => {
        const last = await rows.lastOf(spaceId, ['a', 'b', 'c', 'd', 'never', 'a\0']);
        expect(Object.fromEntries(last)).toEqual({
          a: { at: at(1).toISOString(), outcome: 'succeeded' },
          b: { at: at(3).toISOString(), outcome: 'failed' },
          c: { at: at(5).toISOString(), outcome: 'running' },
        });
        expect((await rows.lastOf(spaceId, [])).size).toBe(0);
      });
    });

    test('are found by a text in their names, however many connectors have it', async () => {
      const spaceId = `names-${randomUUID()}`;
      const many = Array.from({ length: 250 }, (_, n) =>
        execution({ spaceId, connectorId: `${n}`, connectorName: `Team ${n}` }),
      );
      const other = execution({ spaceId, connectorId: 'other', connectorName: 'Other' });
      const failed = execution({ spaceId, connectorId: 'other', connectorName: 'Other', message: 'no team' });
      await rows.insertMany([...many, other, failed]);
      expect((await rows.search(spaceId, { text: 'team' }, newestFirst)).total).toBe(251);
      expect((await rows.search(spaceId, { text: 'team 24' }, newestFirst)).total).toBe(11);
      expect((await rows.search(spaceId, { text: 'team', source: 'http_request' }, newestFirst)).total).toBe(251);
    });

    test('are found by a rare text behind very many with another', async () => {
      const spaceId = `words-${randomUUID()}`;
      const failed = (message: string, minute: number) =>
        execution({ spaceId, message, status: 'failed', createdAt: new Date(Date.UTC(2026, 0, 3, 0, minute)) });
      const rare = failed('a needle in the hay', 0);
      await rows.insertMany([rare]);
      for (let batch = 0; batch < 4; batch += 1) {
        await rows.insertMany(Array.from({ length: 5_250 }, () => failed('only hay', 1)));
      }
      const ids = async (text: string) => rows.findIds(spaceId, { text }, { sort: 'newest', limit: TOTAL_MAX });
      expect(await ids('NEEDLE')).toEqual([rare.id]);
      expect(await ids('hay')).toHaveLength(TOTAL_MAX);
      expect(await ids('straw')).toEqual([]);
    });

    test('are found by a text within very long ones', async () => {
      const spaceId = `long-${randomUUID()}`;
      // Random, as what can be compressed would fit into any index.
      const noise = Array.from({ length: 150 }, () => randomUUID()).join(' ');
      const records = [
        { message: `${noise} needle` },
        { message: `${noise} needle`, status: 'failed', connectorTypeId: '.slack' },
        { message: 'short', code: `${noise} needle` },
        { message: noise },
        { message: 'a needle' },
      ].map((changes) => execution({ spaceId, ...changes }));
      await rows.insertMany(records);
      const found = async (filter: ExecutionFilter) => {
        const ids = await rows.findIds(spaceId, { text: 'Needle', ...filter }, { sort: 'oldest', limit: 10 });
        return ids.map((id) => records.findIndex((record) => record.id === id)).toSorted();
      };
      expect(await found({})).toEqual([0, 1, 2, 4]);
      expect(await found({ status: 'failed' })).toEqual([1]);
      expect(await found({ connectorTypeId: '.slack' })).toEqual([1]);
      expect(await found({ from: new Date('2026-01-01'), to: new Date('2026-01-02') })).toEqual([0, 1, 2, 4]);
      expect(await found({ to: new Date('2025-01-02') })).toEqual([]);
    });

    test('are counted up to a limit', async () => {
      const spaceId = `many-${randomUUID()}`;
      for (let batch = 0; batch < 3; batch += 1) {
        await rows.insertMany(Array.from({ length: TOTAL_MAX / 2 }, () => execution({ spaceId })));
      }
      expect((await rows.search(spaceId, {}, { ...newestFirst, perPage: 1 })).total).toBe(TOTAL_MAX);
    });
  });
}
