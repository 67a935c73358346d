import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startTestApp, type TestApp } from '../support/app.ts';
import { addUser, basic, create, expectError, webhook } from './support.ts';

let app: TestApp;
let all: { authorization: string };
let read: { authorization: string };
let none: { authorization: string };
beforeAll(async () => {
  app = await startTestApp({
    'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } },
  });
  [all, read, none] = await Promise.all([
    addUser(app, 'all', ['actions_all']),
    addUser(app, 'read', ['actions_read', 'constructor']),
    addUser(app, 'none', ['other_feature', '__proto__']),
  ]);
});
afterAll(() => app.stop());

const one = (id: string) => `/api/actions/connector/${id}`;
const LOG = { name: 'Log', connector_type_id: '.server-log' };

describe('authentication', () => {
  const paths = ['/api/actions/connectors', '/api/actions/connector_types', '/api/openapi.json', '/api/nope'];

  test.each(paths)('%s without credentials is 401', async (path) => {
    const answer = await app.call('GET', path, undefined, { authorization: undefined });
    expectError(answer, 401, 'Unauthorized');
    expect(answer.text).toBe('{"statusCode":401,"error":"Unauthorized","message":"Unauthorized"}');
  });

  test.each([
    ['a wrong password', basic('admin', 'wrong')],
    ['an unknown user', basic('nobody', 'x')],
    ['no colon', `Basic ${Buffer.from('admin').toString('base64')}`],
    ['no base64', 'Basic ***'],
    ['another scheme', 'Bearer abc'],
    ['an unknown API key', 'ApiKey YTpi'],
    ['nothing', ''],
    ['a NUL character', basic('adm\0in', 'x')],
    ['a long header', `Basic ${'A'.repeat(8_000)}`],
  ])('%s is 401', async (_what, authorization) => {
    expectError(await app.call('GET', '/api/actions/connectors', undefined, { authorization }), 401);
  });

  test('comes before the XSRF header and before the body is looked at', async () => {
    const headers = { authorization: undefined, 'kbn-xsrf': undefined, 'content-type': 'application/json' };
    expectError(await app.call('POST', '/api/actions/connector', '{nonsense', headers), 401, 'Unauthorized');
  });

  test('a name that fails ten times must wait; others need not', async () => {
    await addUser(app, 'victim', ['actions_read']);
    const guess = () =>
      app.call('GET', '/api/actions/connectors', undefined, { authorization: basic('victim', `${Math.random()}`) });
    for (let n = 0; n < 10; n += 1) expectError(await guess(), 401);
    const refused = await guess();
    expectError(refused, 429, 'Too many sign-in attempts. Wait a minute and try again.');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await app.call('GET', '/api/actions/connectors')).status).toBe(200);
  });
});

describe('the XSRF header', () => {
  const without = { 'kbn-xsrf': undefined };

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('is needed by %s', async (method) => {
    const body = method === 'DELETE' ? undefined : {};
    expectError(await app.call(method, one('x'), body, without), 400, 'Request must contain a kbn-xsrf header.');
  });

  test('is not needed by GET', async () => {
    expect((await app.call('GET', '/api/actions/connectors', undefined, without)).status).toBe(200);
  });

  test('may be empty, and may be kbn-version', async () => {
    expect((await app.call('POST', '/api/actions/connector', LOG, { 'kbn-xsrf': '' })).status).toBe(200);
    const right = { 'kbn-xsrf': undefined, 'kbn-version': '9.3.0' };
    expect((await app.call('POST', '/api/actions/connector', LOG, right)).status).toBe(200);
  });

  test('of another version is refused with both', async () => {
    const { status, body } = await app.call('POST', '/api/actions/connector', LOG, { 'kbn-version': '8.0.0' });
    expect(status).toBe(400);
    expect(body).toEqual({
      statusCode: 400,
      error: 'Bad Request',
      message:
        'Browser client is out of date, please refresh the page ("kbn-version" header was "8.0.0" but should be "9.3.0")',
      attributes: { expected: '9.3.0', got: '8.0.0' },
    });
  });

  test('may be switched off, for all calls or for some', async () => {
    const settings = { 'server.xsrf.allowlist': ['/api/actions/connector/{id}', '/api/actions/_test'] };
    const other = await startTestApp(settings, app.database);
    try {
      expect((await other.call('POST', one('allowlisted'), LOG, without)).status).toBe(200);
      expectError(await other.call('POST', '/api/actions/connector', LOG, without), 400);
      const unsaved = { connector_type_id: '.server-log', params: { message: 'hi' } };
      expect((await other.call('POST', '/api/actions/_test', unsaved, without)).status).toBe(200);
    } finally {
      await other.stop();
    }
    const open = await startTestApp({ 'server.xsrf.disableProtection': true }, app.database);
    try {
      expect((await open.call('POST', '/api/actions/connector', LOG, without)).status).toBe(200);
    } finally {
      await open.stop();
    }
  });
});

describe('privileges', () => {
  let id: string;
  beforeAll(async () => {
    id = await create(app, LOG);
  });
  const params = { params: { message: 'hi' } };

  test('all: everything', async () => {
    const { status, body } = await app.call('POST', '/api/actions/connector', LOG, all);
    expect(status).toBe(200);
    expect((await app.call('GET', one(body.id), undefined, all)).status).toBe(200);
    expect((await app.call('PUT', one(body.id), { name: 'x' }, all)).status).toBe(200);
    expect((await app.call('PATCH', one(body.id), { name: 'y' }, all)).status).toBe(200);
    expect((await app.call('POST', `${one(body.id)}/_execute`, params, all)).body.status).toBe('ok');
    expect((await app.call('DELETE', one(body.id), undefined, all)).status).toBe(204);
  });

  test('read: list, get and run', async () => {
    for (const path of [one(id), one('pre'), '/api/actions/connectors', '/api/actions/executions']) {
      expect((await app.call('GET', path, undefined, read)).status).toBe(200);
    }
    for (const which of [id, 'pre']) {
      expect((await app.call('POST', `${one(which)}/_execute`, params, read)).body.status).toBe('ok');
    }
    expectError(await app.call('GET', one(id).replace('/api', '/s/other/api'), undefined, read), 404);
    expectError(await app.call('POST', `/s/other${one(id)}/_execute`, params, read), 404);
  });

  type Call = [method: string, path: string, body: unknown, message: string];
  const writes = (): Call[] => [
    ['POST', '/api/actions/connector', LOG, 'Unauthorized to create a ".server-log" action'],
    ['POST', one('new'), { ...LOG, connector_type_id: '.nope' }, 'Unauthorized to create a ".nope" action'],
    ['POST', one('pre'), LOG, 'Unauthorized to create a ".server-log" action'],
    ['PUT', one(id), { name: 'x' }, 'Unauthorized to update actions'],
    ['PUT', one('pre'), { name: 'x' }, 'Unauthorized to update actions'],
    ['PUT', one('unknown'), { name: 'x' }, 'Unauthorized to update actions'],
    ['PATCH', one(id), { name: 'x' }, 'Unauthorized to update actions'],
    ['DELETE', one(id), undefined, 'Unauthorized to delete actions'],
    ['DELETE', one('pre'), undefined, 'Unauthorized to delete actions'],
    ['DELETE', one('unknown'), undefined, 'Unauthorized to delete actions'],
    [
      'POST',
      '/api/actions/_test',
      { connector_type_id: '.server-log', ...params },
      'Unauthorized to create a ".server-log" action',
    ],
    [
      'POST',
      '/api/actions/_preview',
      { connector_type_id: '.server-log', ...params },
      'Unauthorized to create a ".server-log" action',
    ],
    ['POST', '/api/encrypted_saved_objects/_rotate_key', undefined, 'Forbidden'],
  ];
  const reads = (): Call[] => [
    ['GET', one(id), undefined, 'Unauthorized to get actions'],
    ['GET', one('pre'), undefined, 'Unauthorized to get actions'],
    ['GET', one('unknown'), undefined, 'Unauthorized to get actions'],
    ['GET', '/api/actions/connectors', undefined, 'Unauthorized to get actions'],
    ['GET', '/api/actions/executions', undefined, 'Unauthorized to get actions'],
    ['GET', '/api/actions/execution/x', undefined, 'Unauthorized to get actions'],
    ['GET', '/api/actions/connector_type/.webhook', undefined, 'Unauthorized to get actions'],
    ['POST', `${one(id)}/_execute`, params, 'Unauthorized to execute a ".server-log" action'],
    ['POST', `${one('pre')}/_execute`, params, 'Unauthorized to execute a ".server-log" action'],
    ['POST', `${one('unknown')}/_execute`, params, 'Unauthorized to execute actions'],
    ['POST', `/s/other${one(id)}/_execute`, params, 'Unauthorized to execute actions'],
    [
      'POST',
      '/api/actions/_preview',
      { connector_id: id, ...params },
      'Unauthorized to execute a ".server-log" action',
    ],
  ];

  test('read may not write, whatever the id', async () => {
    for (const [method, path, body, message] of writes()) {
      expectError(await app.call(method, path, body, read), 403, message);
    }
    expect((await app.call('GET', one(id))).body.name).toBe('Log');
  });

  test('without a privilege nothing but the list of types', async () => {
    for (const [method, path, body, message] of [...writes(), ...reads()]) {
      expectError(await app.call(method, path, body, none), 403, message);
    }
    const types = await app.call('GET', '/api/actions/connector_types', undefined, none);
    expect(types.status).toBe(200);
    expect(types.body).toEqual((await app.call('GET', '/api/actions/connector_types')).body);
    expect((await app.call('GET', '/s/other/api/actions/connector_types', undefined, none)).status).toBe(200);
  });

  test('all is not enough to rotate keys', async () => {
    expectError(await app.call('POST', '/api/encrypted_saved_objects/_rotate_key', undefined, all), 403, 'Forbidden');
  });

  test('a malformed request is 400 before it is 403', async () => {
    const malformed: [string, string, unknown, string][] = [
      ['POST', '/api/actions/connector', {}, 'name]: expected value of type [string] but got [undefined]'],
      ['POST', one('pre'), webhook({ config: null }), 'config]: expected value of type [object] but got [null]'],
      ['POST', one('x'), webhook({ config: { nope: '' } }), "config.nope]: value '' is not valid"],
      ['PUT', one('unknown'), {}, 'name]: expected value of type [string] but got [undefined]'],
      ['PUT', one('pre'), { name: ' ' }, "name]: value '' is not valid"],
      ['POST', `${one('unknown')}/_execute`, {}, 'params]: expected value of type [object] but got [undefined]'],
    ];
    for (const [method, path, body, message] of malformed) {
      expectError(await app.call(method, path, body, none), 400, `[request body.${message}`);
    }
  });
});

describe('spaces', () => {
  test('/s/default is no prefix at all', async () => {
    const id = await create(app, LOG, '/s/default');
    expect((await app.call('GET', one(id))).body).toEqual((await app.call('GET', `/s/default${one(id)}`)).body);
  });

  test('keep connectors apart; their ids are unique over all', async () => {
    const id = await create(app, LOG, '/s/a_space-1');
    expect((await app.call('GET', `/s/a_space-1${one(id)}`)).status).toBe(200);
    const missing = `Saved object [action/${id}] not found`;
    for (const space of ['', '/s/other']) {
      expectError(await app.call('GET', space + one(id)), 404, missing);
      expectError(await app.call('PUT', space + one(id), { name: 'x' }), 404, missing);
      expectError(await app.call('PATCH', space + one(id), { name: 'x' }), 404, missing);
      expectError(await app.call('DELETE', space + one(id)), 404, missing);
      expectError(await app.call('POST', `${space}${one(id)}/_execute`, { params: { message: 'x' } }), 404, missing);
      expectError(await app.call('POST', space + one(id), LOG), 409, `Saved object [action/${id}] conflict`);
      const ids = (await app.call('GET', `${space}/api/actions/connectors`)).body.map((c: { id: string }) => c.id);
      expect(ids).not.toContain(id);
    }
    expect((await app.call('GET', '/s/a_space-1/api/actions/connectors')).body).toHaveLength(2);
    expect((await app.call('DELETE', `/s/a_space-1${one(id)}`)).status).toBe(204);
  });

  test('keep executions apart', async () => {
    const space = '/s/executions';
    const id = await create(app, LOG, space);
    const path = `${space}${one(id)}/_execute?extended=true`;
    const { body } = await app.call('POST', path, { params: { message: 'x' } });
    const execution = `/api/actions/execution/${body.execution_id}`;
    expect((await app.call('GET', space + execution)).status).toBe(200);
    expectError(await app.call('GET', execution), 404, `Execution ${body.execution_id} not found in space "default"`);
    expect((await app.call('GET', `/api/actions/executions?connector_id=${id}`)).body.total).toBe(0);
    expect((await app.call('GET', `${space}/api/actions/executions`)).body.total).toBe(1);
  });

  test('show preconfigured connectors everywhere', async () => {
    expect((await app.call('GET', `/s/other${one('pre')}`)).status).toBe(200);
  });

  test('with capitals or other characters are unknown paths', async () => {
    for (const space of ['Other', 'a.b', 'a%20b', '']) {
      expectError(await app.call('GET', `/s/${space}/api/actions/connectors`), 404, 'Not Found');
    }
  });
});

describe('/api/status', () => {
  const get = (query = '', authorization?: string): Promise<Answer> =>
    app.call('GET', `/api/status${query}`, undefined, { authorization });

  test('tells callers without credentials no more than the level', async () => {
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body).toEqual({ status: { overall: { level: 'available' } } });
  });

  test('tells everybody else version and flavour', async () => {
    for (const { authorization } of [all, read, none]) {
      const { status, body } = await get('', authorization);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        name: expect.any(String),
        uuid: expect.any(String),
        version: { number: '9.3.0', build_flavor: 'traditional', build_snapshot: false },
        status: { overall: { level: 'available', summary: expect.any(String) }, core: { savedObjects: {} } },
        metrics: {},
      });
      expect(Number.isNaN(Date.parse(body.version.build_date))).toBe(false);
    }
    expect((await app.call('GET', '/s/other/api/status')).body.version.number).toBe('9.3.0');
  });

  test('refuses wrong credentials and two formats at once', async () => {
    expectError(await get('', basic('admin', 'no')), 401);
    expectError(await get('?v7format=true&v8format=true'), 400);
    expect((await get('?v8format=true')).status).toBe(200);
  });

  test('may be open to all', async () => {
    const open = await startTestApp({ 'status.allowAnonymous': true }, app.database);
    try {
      const { body } = await open.call('GET', '/api/status', undefined, { authorization: undefined });
      expect(body.version.number).toBe('9.3.0');
    } finally {
      await open.stop();
    }
  });
});
