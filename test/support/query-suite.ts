import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ConnectorRows, connectorRows, type NewConnectorRow } from '../../src/db/connectors.ts';
import {
  type AttemptRow,
  type ExecutionFilter,
  type ExecutionRow,
  type ExecutionRows,
  executionRows,
  TOTAL_MAX,
} from '../../src/db/executions.ts';
import type { Database } from '../../src/db/index.ts';
import { type MetaRows, metaRows } from '../../src/db/meta.ts';
import { type SessionRows, sessionRows } from '../../src/db/sessions.ts';
import { type UserRows, userRows } from '../../src/db/users.ts';
import { createdAtOf, newExecutionId } from '../../src/runs/execution-id.ts';

/**
 * Every query of `src/db/`, against the database that `open` gives. Run against each kind of server that Patchbay
 * supports, so that none can behave differently unnoticed.
 */
export function querySuite(open: () => Database): void {
  connectorSuite(open);
  executionSuite(open);
  accountSuite(open);
}

function newConnector(changes: Partial<NewConnectorRow> = {}): NewConnectorRow {
  return {
    id: randomUUID(),
    spaceId: 'default',
    typeId: '.webhook',
    name: 'Hook',
    config: { url: 'https://example.com' },
    secrets: 'pb1.key.sealed',
    secretNames: ['password'],
    isMissingSecrets: false,
    tags: [],
    ...changes,
  };
}

function connectorSuite(open: () => Database): void {
  describe('connectors', () => {
    let rows: ConnectorRows;
    beforeAll(() => {
      rows = connectorRows(open().kysely);
    });

    test('come back as they were stored', async () => {
      const config = { z: 1, a: { list: [1, 'two', null] }, '10': 'ten', text: 'NUL \0, half \ud800, 𝄞' };
      const connector = newConnector({ config, name: 'Ünï𝄞', tags: ['a,b', '{"', 'NULL', ''], secrets: null });
      const inserted = await rows.insert(connector);
      expect(inserted).toEqual({
        ...connector,
        version: 1,
        createdAt: expect.any(Date),
        updatedAt: inserted.createdAt,
      });
      const found = await rows.find('default', connector.id);
      expect(found).toEqual(inserted);
      expect(JSON.stringify(found?.config)).toBe(JSON.stringify(config));
    });

    test.each([[['ops', 'on-call', 'v1.2_x']], [['null']], [['a b', 'Ü', '{}']], [[]]])(
      'keep the tags %j',
      async (tags) => {
        const connector = newConnector({ tags });
        await rows.insert(connector);
        expect((await rows.find(connector.spaceId, connector.id))?.tags).toEqual(tags);
      },
    );

    test('keep a key named __proto__ as a key', async () => {
      const connector = newConnector({ config: JSON.parse('{"__proto__":{"admin":true},"constructor":1}') });
      await rows.insert(connector);
      const found = await rows.find('default', connector.id);
      expect(Object.keys(found!.config)).toEqual(['__proto__', 'constructor']);
      expect((found!.config as { admin?: boolean }).admin).toBeUndefined();
    });

    test('may have a name of 1 MB', async () => {
      const connector = newConnector({ name: 'x'.repeat(1_000_000) });
      await rows.insert(connector);
      expect((await rows.find('default', connector.id))?.name).toHaveLength(1_000_000);
    });

    test('of one id exist once over all spaces, also when inserted in parallel', async () => {
      const connector = newConnector();
      const results = await Promise.allSettled(
        ['default', 'other', 'default', 'third'].map((spaceId) => rows.insert({ ...connector, spaceId })),
      );
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toMatchObject({
          code: 'conflict',
          message: `Saved object [action/${connector.id}] conflict`,
        });
      }
    });

    test('are seen in their own space only', async () => {
      const connector = newConnector({ spaceId: `space-${randomUUID()}` });
      const inserted = await rows.insert(connector);
      expect(await rows.find('default', connector.id)).toBeUndefined();
      expect(await rows.update('default', connector.id, 1, connector)).toBeUndefined();
      expect(await rows.remove('default', connector.id)).toBeUndefined();
      const { secrets: _, ...listed } = inserted;
      expect(await rows.list(connector.spaceId)).toEqual([listed]);
    });

    test('are updated only from the version that was read', async () => {
      const inserted = await rows.insert(newConnector());
      const [first, second] = await Promise.all([
        rows.update('default', inserted.id, 1, { ...inserted, name: 'first' }),
        rows.update('default', inserted.id, 1, { ...inserted, name: 'second' }),
      ]);
      const winner = first ?? second;
      expect([first, second].filter((row) => row !== undefined)).toHaveLength(1);
      expect(winner).toMatchObject({ version: 2, createdAt: inserted.createdAt });
      expect(winner!.updatedAt.getTime()).toBeGreaterThanOrEqual(inserted.updatedAt.getTime());
      expect(await rows.find('default', inserted.id)).toEqual(winner);
    });

    test('are removed once', async () => {
      const inserted = await rows.insert(newConnector());
      expect(await rows.remove('default', inserted.id)).toEqual(inserted);
      expect(await rows.remove('default', inserted.id)).toBeUndefined();
      expect(await rows.find('default', inserted.id)).toBeUndefined();
    });

    test.each([
      ['name', newConnector({ name: 'a\0b' }), /^The connector name contains the character U\+0000/],
      ['name', newConnector({ name: 'a\ud800' }), /^The connector name contains half of a surrogate pair/],
      ['tag', newConnector({ tags: ['\0'] }), /^A tag contains/],
      ['id', newConnector({ id: 'i\0d' }), /^The connector id contains/],
      ['id', newConnector({ id: 'x'.repeat(1_001) }), /^The connector id is longer than 1000 bytes/],
    ])('with a %s that cannot be stored are refused', async (_what, connector, message) => {
      await expect(rows.insert(connector)).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(message),
      });
    });

    test.each(['a\0b', '\ud800', 'x'.repeat(100_000), "'; drop table connectors; --", '../..', 'ö/𝄞'])(
      'are not found under the strange id %#',
      async (id) => {
        expect(await rows.find('default', id)).toBeUndefined();
        expect(await rows.find(id, 'x')).toBeUndefined();
        expect(await rows.remove('default', id)).toBeUndefined();
        expect(await rows.list(id)).toEqual([]);
      },
    );

    test('are paged by id over all spaces', async () => {
      const ids: string[] = [];
      for (let after = ''; ; after = ids.at(-1)!) {
        const page = await rows.page(after, 3);
        if (page.length === 0) break;
        ids.push(...page.map((row) => row.id));
      }
      expect(ids).toHaveLength(await rows.count());
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('get new seals unless they were changed meanwhile', async () => {
      const [changed, kept] = [await rows.insert(newConnector()), await rows.insert(newConnector())];
      const withoutSecrets = await rows.insert(newConnector({ secrets: null, secretNames: [] }));
      const sealed = (await rows.pageSealed('', 1_000)).filter(({ id }) => id === changed.id || id === kept.id);
      expect(sealed).toHaveLength(2);
      expect((await rows.pageSealed('', 1_000)).map(({ id }) => id)).not.toContain(withoutSecrets.id);
      await rows.update('default', changed.id, 1, { ...changed, secrets: 'newer' });
      const written = await rows.reseal(sealed.map((row) => ({ ...row, secrets: `re-${row.secrets}` })));
      expect(written).toEqual([kept.id]);
      expect(await rows.find('default', kept.id)).toMatchObject({ secrets: 're-pb1.key.sealed', version: 2 });
      expect(await rows.find('default', changed.id)).toMatchObject({ secrets: 'newer', version: 2 });
    });
  });
}

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

function executionSuite(open: () => Database): void {
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

    test('are counted up to a limit', async () => {
      const spaceId = `many-${randomUUID()}`;
      for (let batch = 0; batch < 3; batch += 1) {
        await rows.insertMany(Array.from({ length: TOTAL_MAX / 2 }, () => execution({ spaceId })));
      }
      expect((await rows.search(spaceId, {}, { ...newestFirst, perPage: 1 })).total).toBe(TOTAL_MAX);
    });
  });
}

function accountSuite(open: () => Database): void {
  describe('users and sessions', () => {
    let users: UserRows;
    let sessions: SessionRows;
    beforeAll(() => {
      users = userRows(open().kysely);
      sessions = sessionRows(open().kysely);
    });
    const user = (username: string) => ({ username, passwordHash: 'hash', roles: ['admin', 'a,b'] });

    test('the first user is made once, by one of several nodes', async () => {
      const made = await Promise.all(['one', 'two', 'three'].map((name) => users.insertFirst(user(name))));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await users.list()).toHaveLength(1);
    });

    test('a user is stored, changed, and removed', async () => {
      const inserted = await users.insert({ ...user('Zoë'), email: 'z@example.com' });
      expect(inserted).toMatchObject({ ...user('Zoë'), email: 'z@example.com', fullName: null });
      expect(await users.findUser('Zoë')).toEqual(inserted);
      expect(await users.setPasswordHash('Zoë', 'other')).toBe(true);
      expect((await users.findUser('Zoë'))?.passwordHash).toBe('other');
      expect(await users.remove('Zoë')).toBe(true);
      expect(await users.remove('Zoë')).toBe(false);
      expect(await users.setPasswordHash('Zoë', 'x')).toBe(false);
    });

    test('names are unique, and strange ones are refused or not found', async () => {
      await users.insert(user('twin'));
      await expect(users.insert(user('twin'))).rejects.toMatchObject({ code: 'conflict' });
      await expect(users.insert(user('a\0'))).rejects.toMatchObject({ code: 'bad_request' });
      expect(await users.findUser('a\0')).toBeUndefined();
      expect(await users.findUser('x'.repeat(1_000_000))).toBeUndefined();
    });

    test('a session ends by time, by sign-out, and with its user', async () => {
      await users.insert(user('sam'));
      const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(`${text}${randomUUID()}`)) as [
        Buffer,
        Buffer,
        Buffer,
      ];
      const now = new Date();
      const later = new Date(now.getTime() + 3_600_000);
      for (const hash of [a, b, c]) await sessions.create(hash, 'sam', later);
      expect(await sessions.find(a, now)).toEqual({ username: 'sam', roles: ['admin', 'a,b'] });
      expect(await sessions.find(a, later)).toBeUndefined();
      await sessions.remove(a);
      expect(await sessions.find(a, now)).toBeUndefined();
      await sessions.removeExpired(now);
      expect(await sessions.find(b, now)).toBeDefined();
      await sessions.removeExpired(later);
      expect(await sessions.find(b, now)).toBeUndefined();
      await sessions.create(c, 'sam', later);
      await users.remove('sam');
      expect(await sessions.find(c, now)).toBeUndefined();
    });
  });

  describe('facts about the installation', () => {
    let meta: MetaRows;
    beforeAll(() => {
      meta = metaRows(open().kysely);
    });

    test('are set, replaced, and set once', async () => {
      expect(await meta.get('uuid')).toBeUndefined();
      expect(await meta.setOnce('uuid', 'first')).toBe('first');
      expect(await meta.setOnce('uuid', 'second')).toBe('first');
      await meta.set('uuid', { list: [1, 2] });
      expect(await meta.get('uuid')).toEqual({ list: [1, 2] });
    });
  });
}
