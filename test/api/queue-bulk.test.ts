import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { accepted, bulk, enqueue, executionOf, fromNow, HOUR_MS, inState } from './queue-support.ts';
import { create, expectError, startTarget, type Target, webhook } from './support.ts';

let app: TestApp;
let target: Target;
let id: string;
beforeAll(async () => {
  target = await startTarget();
  app = await startTestApp();
  id = await create(app, webhook({ config: { url: `${target.url}/hook`, hasAuth: false } }));
});
afterAll(() => app.stop());

const total = async () => (await app.call('GET', '/api/actions/executions')).body.total;
const good = (body: string) => ({ id, params: { body } });

describe('one bad item harms no other', () => {
  const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  const BAD: [what: string, item: Record<string, unknown>, response: string, message: RegExp][] = [
    [
      'an unknown connector',
      { id: 'nope', params: {} },
      'connectorNotFound',
      /^Saved object \[action\/nope\] not found$/,
    ],
    ['an id with NUL', { id: 'a\0b', params: {} }, 'connectorNotFound', /not found/],
    ['an id that is half a character', { id: '\ud800', params: {} }, 'connectorNotFound', /not found/],
    ['no id', { params: {} }, 'badRequest', /^\[request body\.actions\.1\.id\]: expected value of type \[string\]/],
    ['an empty id', { id: '', params: {} }, 'badRequest', /^\[request body\.actions\.1\.id\]: /],
    [
      'an id that is too long',
      { id: 'i'.repeat(1_001), params: {} },
      'badRequest',
      /^\[request body\.actions\.1\.id\]: /,
    ],
    [
      'no params',
      { id: 'x' },
      'badRequest',
      /^\[request body\.actions\.1\.params\]: expected value of type \[object\]/,
    ],
    [
      'params that are no object',
      { id: 'x', params: [1] },
      'badRequest',
      /^\[request body\.actions\.1\.params\]: .*\[Array\]$/,
    ],
    [
      'an unknown key',
      { id: 'x', params: {}, delay: 5 },
      'badRequest',
      /^\[request body\.actions\.1\.delay\]: Additional/,
    ],
    [
      'a bad time',
      { id: 'x', params: {}, start_at: 'now' },
      'badRequest',
      /^\[request body\.actions\.1\.start_at\]: .*ISO/,
    ],
    ['an end far away', { id: 'x', params: {}, deliver_by: '9999-01-01T00:00:00Z' }, 'badRequest', /one year/],
    [
      'an empty key',
      { id: 'x', params: {}, idempotency_key: '' },
      'badRequest',
      /^\[request body\.actions\.1\.idempotency_key\]: /,
    ],
    [
      'a key that is too long',
      { id: 'x', params: {}, idempotency_key: 'k'.repeat(256) },
      'badRequest',
      /maximum length/,
    ],
    ['a key that cannot be printed', { id: 'x', params: {}, idempotency_key: 'a\nb' }, 'badRequest', /printable/],
    [
      'a key that is a number',
      { id: 'x', params: {}, idempotency_key: 1 },
      'badRequest',
      /expected value of type \[string\]/,
    ],
    ['params that are nested too deeply', { id: 'x', params: deep(300) }, 'badRequest', /nested more than 200 levels/],
  ];

  test.each(BAD)('%s', async (_what, item, response, message) => {
    const { status, body, text } = await bulk(app, [good('before'), item, good('after')]);
    expect(status, text).toBe(202);
    expect(body).toEqual({
      errors: true,
      items: [
        { id, execution_id: expect.any(String), response: 'success' },
        {
          id: typeof item.id === 'string' ? item.id.slice(0, 1_000) : '',
          response,
          message: expect.stringMatching(message),
        },
        { id, execution_id: expect.any(String), response: 'success' },
      ],
    });
    for (const place of [0, 2]) expect((await inState(app, body.items[place].execution_id)).status).toBe('succeeded');
  });

  test('an end that has passed', async () => {
    const { body } = await bulk(app, [good('x'), { ...good('late'), deliver_by: fromNow(-1_000) }]);
    expect(body.items).toMatchObject([{ response: 'success' }, { response: 'deliverByPassed', message: /deliver_by/ }]);
  });

  test('a key that would change a prototype', async () => {
    const text = `{"actions":[{"id":"${id}","params":{"__proto__":{"x":1}}},{"id":"${id}","params":{"body":"x"}},{"__proto__":{},"id":"x","params":{}}]}`;
    const { status, body } = await app.call('POST', '/api/actions/_bulk_enqueue', text);
    expect(status).toBe(202);
    expect(body.items.map((item: { response: string }) => item.response)).toEqual([
      'badRequest',
      'success',
      'badRequest',
    ]);
    expect(body.items[0].message).toMatch(/^\[request body\.actions\.0\.params\.__proto__\]: Additional/);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('nothing but bad ones', async () => {
    const before = await total();
    const { status, body } = await bulk(app, [{}, { id: 5 }]);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      errors: true,
      items: [
        { id: '', response: 'badRequest' },
        { id: '', response: 'badRequest' },
      ],
    });
    expect(await total()).toBe(before);
  });
});

describe('a body that is no list of 1 to 1000 objects', () => {
  test.each<[string, unknown, string]>([
    ['an empty list', { actions: [] }, '[request body.actions]: array size is [0], but cannot be smaller than [1]'],
    [
      '1001 items',
      { actions: Array(1_001).fill({}) },
      '[request body.actions]: array size is [1001], but cannot be greater than [1000]',
    ],
    ['no list', { actions: {} }, '[request body.actions]: expected value of type [array] but got [Object]'],
    ['nothing', {}, '[request body.actions]: expected value of type [array] but got [undefined]'],
    [
      'an item that is a number',
      { actions: [{}, 5] },
      '[request body.actions.1]: expected a plain object value, but found [number] instead.',
    ],
    [
      'an item that is null',
      { actions: [null] },
      '[request body.actions.0]: expected a plain object value, but found [null] instead.',
    ],
    [
      'an item that is a list',
      { actions: [[]] },
      '[request body.actions.0]: expected a plain object value, but found [Array] instead.',
    ],
    [
      'a list itself',
      [{ id: 'x', params: {} }],
      '[request body]: expected a plain object value, but found [Array] instead.',
    ],
    [
      'another key',
      { actions: [{}], x: 1 },
      "[request body.x]: Additional properties are not allowed ('x' was unexpected)",
    ],
  ])('%s', async (_what, body, message) => {
    const before = await total();
    expectError(await app.call('POST', '/api/actions/_bulk_enqueue', body), 400, message);
    expect(await total()).toBe(before);
  });
});

test('a thousand are accepted at once, in their order', async () => {
  const later = { start_at: fromNow(HOUR_MS) };
  const { status, body } = await bulk(
    app,
    Array.from({ length: 1_000 }, (_, n) => ({ ...good(String(n)), ...later })),
  );
  expect(status).toBe(202);
  expect(body.errors).toBe(false);
  const ids: string[] = body.items.map((item: { execution_id: string }) => item.execution_id);
  expect(new Set(ids).size).toBe(1_000);
  const execution = await executionOf(app, ids[999]!);
  expect(execution).toMatchObject({ status: 'queued', attempts: [] });
  const path = '/api/actions/executions/_cancel';
  const cancelled = await app.call('POST', path, { filter: { connector_id: id, status: 'queued' } });
  expect(cancelled.body).toMatchObject({ matched: 1_000, skipped: {} });
  expect(new Set(cancelled.body.execution_ids)).toEqual(new Set(ids));
});

describe('a full queue', () => {
  test('takes the first and says so of the rest', async () => {
    const full = await startTestApp({ 'xpack.actions.queued.max': 5 });
    try {
      const waiting = await create(full, webhook());
      const item = { id: waiting, params: { body: '{}' }, start_at: fromNow(HOUR_MS) };
      const { status, body } = await bulk(full, Array(8).fill(item));
      expect(status).toBe(202);
      expect(body.errors).toBe(true);
      expect(body.items.map((one: { response: string }) => one.response)).toEqual([
        ...Array(5).fill('success'),
        ...Array(3).fill('queuedActionsLimitError'),
      ]);
      expect(body.items[7]).toEqual({ id: waiting, response: 'queuedActionsLimitError', message: expect.any(String) });
      const refused = await enqueue(full, waiting);
      expectError(refused, 429, /xpack\.actions\.queued\.max/);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await full.call('GET', '/api/actions/executions')).body.total).toBe(5);

      const first = body.items[0].execution_id;
      expect((await full.call('POST', `/api/actions/execution/${first}/_cancel`)).status).toBe(200);
      // The server does not count a full queue for every request that it refuses.
      await until(
        async () => (await enqueue(full, waiting, { start_at: item.start_at })).status === 202,
        'there is room again',
      );
    } finally {
      await full.stop();
    }
  });
});

test('an action whose time passes while it waits expires and is never sent', async () => {
  const own = await startTarget();
  const narrow = await startTestApp({ 'patchbay.queue.connectorConcurrency': 1 });
  try {
    const held = await create(narrow, webhook({ config: { url: `${own.url}/hold`, hasAuth: false } }));
    const first = await accepted(narrow, held, { params: { body: 'first' } });
    await inState(narrow, first, ['running']);
    const deadline = Date.now() + 300;
    const late = await accepted(narrow, held, {
      params: { body: 'late' },
      deliver_by: new Date(deadline).toISOString(),
    });
    await until(() => Date.now() > deadline, 'the deadline has passed');
    own.release();
    expect(await inState(narrow, late)).toMatchObject({
      status: 'expired',
      attempts: [],
      message: expect.stringMatching(/could not be delivered by/),
    });
    expect((await inState(narrow, first)).status).toBe('succeeded');
    const last = await accepted(narrow, held, { params: { body: 'last' } });
    await inState(narrow, last);
    expect(own.received.map(({ body }) => body)).toEqual(['first', 'last']);
  } finally {
    own.release();
    await narrow.stop();
  }
});
