import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { accepted, bulk, cancel, executionOf, fromNow, HOUR_MS, inState, retry } from './queue-support.ts';
import { addUser, create, expectError, startTarget, type Target, webhook } from './support.ts';

let app: TestApp;
let target: Target;
let read: { authorization: string };
let none: { authorization: string };
beforeAll(async () => {
  target = await startTarget();
  app = await startTestApp({ 'xpack.actions.run.maxAttempts': 1 });
  [read, none] = await Promise.all([addUser(app, 'read', ['actions_read']), addUser(app, 'none', ['other_feature'])]);
});
afterAll(() => app.stop());

const UNKNOWN = '00000000-0000-7000-8000-000000000000';
const hook = (path: string) => create(app, webhook({ config: { url: target.url + path, hasAuth: false } }));
const bodiesAt = (path: string) => target.received.filter(({ url }) => url === path).map(({ body }) => body);
const mend = (id: string, path: string) =>
  app.call('PATCH', `/api/actions/connector/${id}`, { config: { url: target.url + path } });
const retryAll = (body: unknown, headers?: Record<string, string>) =>
  app.call('POST', '/api/actions/executions/_retry', body, headers);
const cancelAll = (body: unknown, headers?: Record<string, string>) =>
  app.call('POST', '/api/actions/executions/_cancel', body, headers);

/** Executions of a connector whose target refuses everything. */
async function failed(id: string, bodies: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const body of bodies) {
    const execution = await accepted(app, id, { params: { body } });
    expect((await inState(app, execution)).status).toBe('failed');
    ids.push(execution);
  }
  return ids;
}

describe('retry', () => {
  test('of a failed one runs the same params again, as a new execution that names the old one', async () => {
    const id = await hook('/status/400');
    const [old] = await failed(id, ['{"n":1}']);
    await mend(id, '/mended');
    const { status, body } = await retry(app, old!);
    expect(status).toBe(202);
    expect(body).toEqual({ execution_id: expect.any(String), connector_id: id, status: 'queued', retry_of: old });
    expect(body.execution_id).not.toBe(old);
    expect(await inState(app, body.execution_id)).toMatchObject({ status: 'succeeded', retry_of: old });
    expect(bodiesAt('/mended')).toEqual(['{"n":1}']);
    expect((await executionOf(app, old!)).status).toBe('failed');
  });

  test('takes other params, of one that succeeded too', async () => {
    const id = await hook('/changed');
    const old = await accepted(app, id, { params: { body: 'old' } });
    expect((await inState(app, old)).status).toBe('succeeded');
    const { body } = await retry(app, old, { params: { body: 'new' } });
    expect((await inState(app, body.execution_id)).status).toBe('succeeded');
    expect(bodiesAt('/changed')).toEqual(['old', 'new']);
    expectError(await retry(app, old, {}), 400, /"params"/);
    expectError(await retry(app, old), 400, /"params"/);
    expect(bodiesAt('/changed')).toHaveLength(2);
  });

  test('of one that failed over HTTP', async () => {
    const id = await hook('/status/400');
    const path = `/api/actions/connector/${id}/_execute?extended=true`;
    const { execution_id } = (await app.call('POST', path, { params: { body: 'sync' } })).body;
    await mend(id, '/sync');
    const { body } = await retry(app, execution_id);
    expect(body.retry_of).toBe(execution_id);
    expect(await inState(app, body.execution_id)).toMatchObject({ status: 'succeeded', source: 'queue' });
    expect(bodiesAt('/sync')).toEqual(['sync']);
  });

  test('of one that has not ended is refused', async () => {
    const waiting = await accepted(app, await hook('/x'), { start_at: fromNow(HOUR_MS) });
    expectError(await retry(app, waiting), 409, /has not ended/);
    await cancel(app, waiting);
    expect((await retry(app, waiting, { params: { body: 'after all' } })).status).toBe(202);
  });

  test('of one whose connector is gone', async () => {
    const id = await hook('/status/400');
    const [old] = await failed(id, ['x']);
    await app.call('DELETE', `/api/actions/connector/${id}`);
    expectError(await retry(app, old!), 404, `Saved object [action/${id}] not found`);
  });

  test.each([UNKNOWN, 'nope', '%27%3B--', '1', UNKNOWN.replaceAll('-', '')])(
    'of an id that nobody has: %s',
    async (id) => {
      const message = `Execution ${decodeURIComponent(id)} not found in space "default"`;
      expectError(await retry(app, id), 404, message);
      expectError(await cancel(app, id), 404, message);
    },
  );

  test('with a body of the wrong shape', async () => {
    const [old] = await failed(await hook('/status/400'), ['x']);
    const of = '[request body';
    expectError(
      await retry(app, old!, { params: [] }),
      400,
      `${of}.params]: expected value of type [object] but got [Array]`,
    );
    expectError(
      await retry(app, old!, { x: 1 }),
      400,
      `${of}.x]: Additional properties are not allowed ('x' was unexpected)`,
    );
    expectError(await retry(app, old!, []), 400, `${of}]: expected a plain object value, but found [Array] instead.`);
  });

  test('needs the right to run connectors', async () => {
    const [old] = await failed(await hook('/status/400'), ['x']);
    expectError(await retry(app, old!, {}, none), 403, 'Unauthorized to execute actions');
    const { body } = await retry(app, old!, {}, read);
    expect(await inState(app, body.execution_id)).toMatchObject({ username: 'read' });
    for (const call of [retryAll, cancelAll]) {
      expectError(await call({ filter: {} }, none), 403, 'Unauthorized to execute actions');
    }
  });
});

describe('cancel', () => {
  test('takes a waiting one out of the queue', async () => {
    const id = await hook('/cancelled');
    const waiting = await accepted(app, id, { start_at: fromNow(HOUR_MS) });
    const { status, body } = await cancel(app, waiting);
    expect(status).toBe(200);
    expect(body).toMatchObject({ execution_id: waiting, connector_id: id, status: 'cancelled', attempts: [] });
    expect(body.finished_at).toEqual(expect.any(String));
    expect(body).toEqual(await executionOf(app, waiting));
    expectError(await cancel(app, waiting), 409, /has ended already \(cancelled\)/);
    expect(bodiesAt('/cancelled')).toEqual([]);
  });

  test('does not stop what is being attempted or has ended', async () => {
    const own = await startTarget();
    const id = await create(app, webhook({ config: { url: `${own.url}/hold`, hasAuth: false } }));
    const execution = await accepted(app, id);
    await inState(app, execution, ['running']);
    expectError(await cancel(app, execution), 409, /being attempted/);
    own.release();
    expect((await inState(app, execution)).status).toBe('succeeded');
    expectError(await cancel(app, execution), 409, /has ended already \(succeeded\)/);
  });

  test('needs the right to run connectors', async () => {
    const waiting = await accepted(app, await hook('/x'), { start_at: fromNow(HOUR_MS) });
    expectError(await cancel(app, waiting, none), 403, 'Unauthorized to execute actions');
    expect((await cancel(app, waiting, read)).body.status).toBe('cancelled');
  });
});

describe('all that match', () => {
  test('are run again, the oldest first, with their own params', async () => {
    const id = await hook('/status/400');
    const old = await failed(id, ['1', '2', '3']);
    await mend(id, '/all');
    const first = await retryAll({ filter: { connector_id: id, status: 'failed' }, limit: 2 });
    expect(first.status).toBe(202);
    expect(first.body).toEqual({ matched: 2, execution_ids: [expect.any(String), expect.any(String)], skipped: {} });
    const names: string[] = [];
    for (const execution of first.body.execution_ids) names.push((await inState(app, execution)).retry_of);
    expect(names).toEqual(old.slice(0, 2));
    expect(bodiesAt('/all').sort()).toEqual(['1', '2']);
    const all = await retryAll({ filter: { connector_id: id } });
    expect(all.body).toMatchObject({ matched: 3, skipped: {} });
  });

  test('are run again with other params', async () => {
    const id = await hook('/status/400');
    await failed(id, ['1', '2']);
    await mend(id, '/other');
    const { body } = await retryAll({ filter: { connector_id: id }, params: { body: 'other' } });
    for (const execution of body.execution_ids) await inState(app, execution);
    expect(bodiesAt('/other')).toEqual(['other', 'other']);
  });

  test('are told apart by why they were left out', async () => {
    const id = await hook('/status/400');
    await failed(id, ['1', '2']);
    await app.call('DELETE', `/api/actions/connector/${id}`);
    const { status, body } = await retryAll({ filter: { connector_id: id } });
    expect(status).toBe(202);
    expect(body).toEqual({ matched: 2, execution_ids: [], skipped: { [`Saved object [action/${id}] not found`]: 2 } });
  });

  test('are cancelled, and only those that wait', async () => {
    const id = await hook('/some');
    const done = await accepted(app, id);
    await inState(app, done);
    const later = { id, params: { body: '{}' }, start_at: fromNow(HOUR_MS) };
    const waiting = (await bulk(app, [later, later, later])).body.items.map(
      (item: { execution_id: string }) => item.execution_id,
    );
    const limited = await cancelAll({ filter: { connector_id: id }, limit: 1 });
    expect(limited.status).toBe(200);
    expect(limited.body).toEqual({ matched: 1, execution_ids: [expect.any(String)], skipped: {} });
    const rest = new Set(waiting).difference(new Set(limited.body.execution_ids));
    expect(rest.size).toBe(2);
    const { body } = await cancelAll({ filter: { connector_id: id, source: 'queue', from: fromNow(-HOUR_MS) } });
    expect(body.matched).toBe(2);
    expect(new Set(body.execution_ids)).toEqual(rest);
    for (const execution of waiting) expect((await executionOf(app, execution)).status).toBe('cancelled');
    expect((await executionOf(app, done)).status).toBe('succeeded');
    expect((await cancelAll({ filter: { connector_id: id } })).body).toEqual({
      matched: 0,
      execution_ids: [],
      skipped: {},
    });
  });

  test('in this space, and by every filter', async () => {
    const id = await hook('/filters');
    const waiting = await accepted(app, id, { start_at: fromNow(HOUR_MS) });
    const others = [
      { connector_type_id: '.email' },
      { status: ['retrying', 'failed'] },
      { status: 'succeeded' },
      { source: 'rule' },
      { from: fromNow(HOUR_MS) },
      { to: fromNow(-HOUR_MS) },
      { text: 'nowhere to be found' },
    ];
    for (const filter of others) {
      expect((await cancelAll({ filter: { connector_id: id, ...filter } })).body.matched, JSON.stringify(filter)).toBe(
        0,
      );
    }
    const elsewhere = await app.call('POST', '/s/other/api/actions/executions/_cancel', { filter: {} });
    expect(elsewhere.body).toEqual({ matched: 0, execution_ids: [], skipped: {} });
    const same = { connector_type_id: '.webhook', status: ['queued', 'retrying'], to: fromNow(HOUR_MS) };
    const { body } = await cancelAll({ filter: { connector_id: id, ...same } });
    expect(body.execution_ids).toEqual([waiting]);
  });

  test('with an empty filter are all of the space', async () => {
    const waiting = await accepted(app, await hook('/x'), { start_at: fromNow(HOUR_MS) });
    const { body } = await cancelAll({ filter: {} });
    expect(body.execution_ids).toContain(waiting);
  });

  test.each<[unknown, RegExp]>([
    [{}, /^\[request body\.filter\]: expected value of type \[object\] but got \[undefined\]/],
    [{ filter: [] }, /^\[request body\.filter\]: /],
    [{ filter: { nope: 1 } }, /^\[request body\.filter\.nope\]: Additional/],
    [{ filter: { status: 'done' } }, /^\[request body\.filter\.status\]: /],
    [{ filter: { status: [] } }, /^\[request body\.filter\.status\]: /],
    [{ filter: { source: 'nobody' } }, /^\[request body\.filter\.source\]: /],
    [{ filter: { from: 'yesterday' } }, /^\[request body\.filter\.from\]: .*ISO 8601/],
    [{ filter: { text: 't'.repeat(201) } }, /^\[request body\.filter\.text\]: .*maximum length/],
    [{ filter: {}, limit: 0 }, /^\[request body\.limit\]: Value must be equal to or greater than \[1\]/],
    [{ filter: {}, limit: 1_001 }, /^\[request body\.limit\]: Value must be equal to or lower than \[1000\]/],
    [{ filter: {}, limit: '5' }, /^\[request body\.limit\]: expected value of type \[number\] but got \[string\]/],
    [{ filter: {}, x: 1 }, /^\[request body\.x\]: Additional/],
  ])('not by %j', async (body, message) => {
    expectError(await retryAll(body), 400, message);
    expectError(await cancelAll(body), 400, message);
  });

  test('params are for running again only', async () => {
    expectError(await cancelAll({ filter: {}, params: {} }), 400, /^\[request body\.params\]: Additional/);
    expectError(
      await retryAll({ filter: {}, params: 5 }),
      400,
      /^\[request body\.params\]: expected value of type \[object\]/,
    );
  });
});
