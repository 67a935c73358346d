import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, startTarget, type Target, webhook } from './support.ts';

/** Version 7, so that ids are ordered by time. */
const EXECUTION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let app: TestApp;
let target: Target;
beforeAll(async () => {
  [app, target] = await Promise.all([startTestApp(), startTarget()]);
});
afterAll(() => app.stop());

const toTarget = (path: string, config: Record<string, unknown> = {}) =>
  webhook({ name: `to ${path}`, config: { url: target.url + path, hasAuth: false, ...config } });
const run = (id: string, params: unknown, query = '') =>
  app.call('POST', `/api/actions/connector/${id}/_execute${query}`, { params });
const execution = async (id: string) => (await app.call('GET', `/api/actions/execution/${id}`)).body;

describe('running', () => {
  test('answers what the action returned, and nothing else', async () => {
    const id = await create(app, toTarget('/echo'));
    const { status, headers, body } = await run(id, { body: '{"a":1}' });
    expect(status).toBe(200);
    expect(headers.get('elastic-api-version')).toBe('2023-10-31');
    expect(Object.keys(body).sort()).toEqual(['connector_id', 'data', 'status']);
    expect(body).toMatchObject({ connector_id: id, status: 'ok' });
    expect(target.received.at(-1)).toMatchObject({ method: 'POST', url: '/echo', body: '{"a":1}' });
  });

  test('leaves data out when there is none', async () => {
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    expect((await run(id, { message: 'hello\nworld' })).body).toEqual({ connector_id: id, status: 'ok' });
    const line = app
      .log()
      .split('\n')
      .find((text) => text.includes('Server log: hello;world'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ connector_id: id, space_id: 'default' });
  });

  test('extended: also the execution and what the target answered', async () => {
    const id = await create(app, toTarget('/status/404'));
    const { body } = await run(id, { body: '{}' }, '?extended=true');
    expect(body).toMatchObject({
      status: 'error',
      execution_id: expect.stringMatching(EXECUTION_ID),
      response: { status: 404, headers: { 'content-type': 'application/json' } },
    });
    expect(JSON.parse(body.response.body)).toMatchObject({ url: '/status/404', body: '{}' });
    const log = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    expect((await run(log, { message: 'x' }, '?extended=true')).body.response).toBe(null);
  });

  test('refused params are an answer, not an error of HTTP', async () => {
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    const { status, body } = await run(id, { level: 'loud', extra: 1 });
    expect(status).toBe(200);
    expect(body).toEqual({
      connector_id: id,
      status: 'error',
      message:
        'error validating action params: 3 errors:\n [1]: Unrecognized key(s) in object: \'extra\';\n [2]: Field "message": Required;\n' +
        ` [3]: Field "level": Invalid enum value. Expected 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal', received 'loud'`,
      retry: false,
      errorSource: 'user',
    });
  });

  test.each<[number, Record<string, unknown>]>([
    [400, { retry: undefined }],
    [401, { retry: undefined }],
    [429, { retry: true }],
    [500, { retry: true }],
    [503, { retry: true }],
  ])('status %d of the target is an error of the user', async (code, expected) => {
    const id = await create(app, toTarget(`/status/${code}`));
    const { status, body } = await run(id, { body: '{}' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ connector_id: id, status: 'error', errorSource: 'user' });
    expect(body.message).toContain('error');
    expect({ retry: body.retry }).toEqual(expected);
  });

  test('blank params are no error of the request', async () => {
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    expect((await run(id, { message: ' ' })).body.status).toBe('ok');
  });

  test.each<[string, unknown, string]>([
    ['no params', {}, '[request body.params]: expected value of type [object] but got [undefined]'],
    ['null params', { params: null }, '[request body.params]: expected value of type [object] but got [null]'],
    ['a list', { params: [] }, '[request body.params]: expected value of type [object] but got [Array]'],
    [
      'another key',
      { params: {}, config: {} },
      "[request body.config]: Additional properties are not allowed ('config' was unexpected)",
    ],
    ['no body', undefined, '[request body]: expected a plain object value, but found [null] instead.'],
  ])('refuses %s, also for an unknown id', async (_what, body, message) => {
    expectError(await app.call('POST', '/api/actions/connector/nope/_execute', body), 400, message);
  });

  test('of an unknown id is 404', async () => {
    expectError(await run('nope', {}), 404, 'Saved object [action/nope] not found');
  });

  test('a stored config or secret that does not fit any more is an error of the framework', async () => {
    const id = await create(app, toTarget('/echo'));
    const rows = app.database.db.kysely.updateTable('connectors').where('id', '=', id);
    await rows.set({ config: '{"url":5}', version: 2 }).execute();
    expect((await run(id, {})).body).toEqual({
      connector_id: id,
      status: 'error',
      message: 'error validating connector type config: Field "url": Expected string, received number',
      retry: false,
      errorSource: 'framework',
    });
    const slack = await create(app, {
      name: 'S',
      connector_type_id: '.slack',
      secrets: { webhookUrl: 'https://hooks.slack.com/services/x' },
    });
    await app.database.db.kysely
      .updateTable('connectors')
      .set({ secrets: null, is_missing_secrets: true })
      .where('id', '=', slack)
      .execute();
    expect((await app.call('GET', `/api/actions/connector/${slack}`)).body.is_missing_secrets).toBe(true);
    expect((await run(slack, { message: 'x' })).body).toMatchObject({
      message: 'error validating connector type secrets: Field "webhookUrl": Required',
      retry: false,
      errorSource: 'framework',
    });
    const secrets = { webhookUrl: 'https://hooks.slack.com/services/y' };
    const { body } = await app.call('PUT', `/api/actions/connector/${slack}`, { name: 'S', secrets });
    expect(body.is_missing_secrets).toBe(false);
  });

  test('a connector that is deleted meanwhile runs to its end and is on record', async () => {
    const id = await create(app, toTarget('/hold'));
    const running = run(id, { body: '{}' }, '?extended=true');
    await expect.poll(() => target.received.some(({ url }) => url === '/hold')).toBe(true);
    expect((await app.call('DELETE', `/api/actions/connector/${id}`)).status).toBe(204);
    target.release();
    const { body } = await running;
    expect(body).toMatchObject({ connector_id: id, status: 'ok' });
    expect(await execution(body.execution_id)).toMatchObject({ connector_id: id, status: 'succeeded' });
    expectError(await run(id, {}), 404, `Saved object [action/${id}] not found`);
  });
});

describe('the record', () => {
  test('holds the run with its attempt, what was sent and what came back', async () => {
    const id = await create(app, toTarget('/status/500', { headers: { 'X-Team': 'ops' } }));
    const { body: ran } = await run(id, { body: '{"a":1}' }, '?extended=true');
    const record = await execution(ran.execution_id);
    expect(record).toEqual({
      execution_id: ran.execution_id,
      connector_id: id,
      connector_type_id: '.webhook',
      connector_name: 'to /status/500',
      source: 'http_request',
      status: 'failed',
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      finished_at: expect.stringMatching(/^\d{4}-.*Z$/),
      username: 'admin',
      code: 'target_unavailable',
      message: ran.service_message === undefined ? ran.message : `${ran.message}: ${ran.service_message}`,
      // Kept of what failed, so that it can be run again.
      params: { body: '{"a":1}' },
      attempts: [expect.anything()],
    });
    expect(record.attempts[0]).toMatchObject({
      attempt: 1,
      outcome: 'failed',
      code: 'target_unavailable',
      message: ran.message,
      duration_ms: expect.any(Number),
      requests: [
        {
          method: 'POST',
          url: `${target.url}/status/500`,
          headers: { 'X-Team': 'ops' },
          body: '{"a":1}',
          status: 500,
          duration_ms: expect.any(Number),
        },
      ],
    });
  });

  test('of refused params has no attempt', async () => {
    const id = await create(app, toTarget('/echo'));
    const { body } = await run(id, { body: 5 }, '?extended=true');
    const record = await execution(body.execution_id);
    expect(record).toMatchObject({ status: 'failed', code: 'params_invalid', message: body.message, attempts: [] });
  });

  test('caps each body at 20 KB', async () => {
    const id = await create(app, toTarget('/echo'));
    const large = JSON.stringify({ text: 'ü'.repeat(30_000) });
    const { body: ran } = await run(id, { body: large }, '?extended=true');
    const [request] = (await execution(ran.execution_id)).attempts[0].requests;
    for (const text of [request.body, request.response_body, ran.response.body]) {
      expect(Buffer.byteLength(text)).toBeGreaterThan(20_000);
      expect(Buffer.byteLength(text)).toBeLessThan(20_600);
      expect(text).toMatch(/… \[cut, \d+ bytes\]$/);
    }
    expect(target.received.at(-1)?.body).toBe(large);
  });

  test('survives characters that a database cannot hold', async () => {
    const id = await create(app, toTarget('/echo', { method: 'put' }));
    const { body } = await run(id, { body: 'nul \0 and half a pair \ud800' }, '?extended=true');
    expect(body.status).toBe('ok');
    expect(await execution(body.execution_id)).toMatchObject({ status: 'succeeded' });
  });

  test.each(['nope', '00000000-0000-4000-8000-000000000000', '%00', "' or 1=1 --"])('%s is 404', async (id) => {
    const answer = await app.call('GET', `/api/actions/execution/${encodeURIComponent(decodeURIComponent(id))}`);
    expectError(answer, id === '%00' ? 400 : 404);
  });
});

describe('search', () => {
  const space = '/s/search';
  const search = async (query: string) => {
    const { status, text, body } = await app.call('GET', `${space}/api/actions/executions${query}`);
    expect(status, text).toBe(200);
    return body;
  };
  let hook: string;
  let log: string;
  beforeAll(async () => {
    hook = await create(app, { ...toTarget('/status/503'), name: 'Grüne 100%_Hook' }, space);
    log = await create(app, { name: 'Log', connector_type_id: '.server-log' }, space);
    const ids = [hook, log, log, log, log];
    for (const [n, id] of ids.entries()) {
      const params = id === hook ? { body: '{}' } : { message: `${n}` };
      await app.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params });
    }
  });

  test('answers pages, newest first', async () => {
    const all = await search('');
    expect(all).toMatchObject({ page: 1, per_page: 20, total: 5 });
    const times = all.data.map(({ created_at }: { created_at: string }) => created_at);
    expect(times).toEqual([...times].sort().reverse());
    expect(all.data[0]).not.toHaveProperty('attempts');
    const first = await search('?per_page=2&sort=oldest');
    const third = await search('?per_page=2&page=3&sort=oldest');
    expect([first.data.length, third.data.length, third.total]).toEqual([2, 1, 5]);
    expect(first.data[0]).toEqual(all.data[4]);
    expect(third.data[0]).toEqual(all.data[0]);
    expect((await search('?page=9')).data).toEqual([]);
  });

  test('filters', async () => {
    const total = async (query: string) => (await search(query)).total;
    expect(await total(`?connector_id=${hook}`)).toBe(1);
    expect(await total(`?connector_id=${log}&status=succeeded`)).toBe(4);
    expect(await total('?connector_type_id=.webhook')).toBe(1);
    expect(await total('?status=failed')).toBe(1);
    expect(await total('?status=queued')).toBe(0);
    expect(await total('?source=http_request')).toBe(5);
    expect(await total('?source=rule')).toBe(0);
    expect(await total(`?text=${encodeURIComponent('grüne 100%_h')}`)).toBe(1);
    expect(await total(`?text=${encodeURIComponent('1000_h')}`)).toBe(0);
    expect(await total('?text=target_unavailable')).toBe(1);
    expect(await total('?connector_id=%00')).toBe(0);
    const [oldest] = (await search('?sort=oldest')).data;
    expect(await total(`?to=${oldest.created_at}`)).toBe(0);
    expect(await total(`?from=${encodeURIComponent('2020-01-01T00:00:00+02:00')}`)).toBe(5);
  });

  test.each<[string, string]>([
    ['page=0', '[request query.page]: Value must be equal to or greater than [1].'],
    ['page=x', '[request query.page]: expected value of type [number] but got [string]'],
    ['per_page=1001', '[request query.per_page]: Value must be equal to or lower than [1000].'],
    [
      'status=nope',
      '[request query.status]: expected value to equal [queued] or [running] or [retrying] or [succeeded] or [failed] or [expired] or [cancelled] but got [nope]',
    ],
    ['sort=up', '[request query.sort]: expected value to equal [newest] or [oldest] but got [up]'],
    ['foo=1', "[request query.foo]: Additional properties are not allowed ('foo' was unexpected)"],
  ])('refuses ?%s', async (query, message) => {
    expectError(await app.call('GET', `/api/actions/executions?${query}`), 400, message);
  });

  test.each([
    'from=yesterday',
    'to=2020-13-01T00:00:00Z',
    'from=2020-01-01',
    'page=1&page=2',
    `text=${'x'.repeat(201)}`,
  ])('refuses ?%s too', async (query) => {
    const field = query.split('=')[0];
    expectError(
      await app.call('GET', `/api/actions/executions?${query}`),
      400,
      new RegExp(`^\\[request query\\.${field}\\]: `),
    );
  });
});
