import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, UUID, webhook } from './support.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

const ONE = '/api/actions/connector';
const SLACK = {
  name: 'Slack',
  connector_type_id: '.slack',
  secrets: { webhookUrl: 'https://hooks.slack.com/services/a/b/c' },
};

/** Every key that 9.3 answers for a stored connector, and no other. */
const answered = (changes: Record<string, unknown>) => ({
  id: expect.stringMatching(UUID),
  name: 'My webhook',
  connector_type_id: '.webhook',
  config: { url: 'http://localhost:1/x', hasAuth: false, headers: null, method: 'post' },
  is_missing_secrets: false,
  is_preconfigured: false,
  is_deprecated: false,
  is_system_action: false,
  is_connector_type_deprecated: false,
  ...changes,
});

describe('create', () => {
  test('fills in defaults and answers exactly the keys of 9.3', async () => {
    const { status, headers, body } = await app.call('POST', ONE, webhook());
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('elastic-api-version')).toBe('2023-10-31');
    expect(headers.get('kbn-name')).not.toBe(null);
    expect(body).toEqual(answered({}));
  });

  test('reaches the same route with a trailing slash', async () => {
    expect((await app.call('POST', `${ONE}/`, webhook())).body).toEqual(answered({}));
  });

  test('takes left out config and secrets for empty ones', async () => {
    const { status, body } = await app.call('POST', ONE, { name: 'Log', connector_type_id: '.server-log' });
    expect(status).toBe(200);
    expect(body.config).toEqual({});
  });

  test('never answers secrets', async () => {
    const { text, body } = await app.call('POST', ONE, SLACK);
    expect(body).toEqual(answered({ name: 'Slack', connector_type_id: '.slack', config: {} }));
    expect(text).not.toContain('hooks.slack.com');
  });

  test.each(['chosen', 'Any Thing.1', 'with/slash', '100%', 'Grüße 👋', 'a..b', 'constructor', 'a?b#c', '_execute'])(
    'takes the id %j, which then works in every route',
    async (id) => {
      const path = `${ONE}/${encodeURIComponent(id)}`;
      const body = { name: 'n', connector_type_id: '.server-log' };
      expect((await app.call('POST', path, body)).body).toMatchObject({ id });
      expectError(await app.call('POST', path, body), 409, `Saved object [action/${id}] conflict`);
      expect((await app.call('GET', path)).body).toMatchObject({ id });
      expect((await app.call('PUT', path, { name: 'new' })).body).toMatchObject({ id, name: 'new' });
      const ran = await app.call('POST', `${path}/_execute`, { params: { message: 'hi' } });
      expect(ran.body).toEqual({ connector_id: id, status: 'ok' });
      expect((await app.call('DELETE', path)).status).toBe(204);
    },
  );

  test('of one id ten times at once: one succeeds, the others conflict', async () => {
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.call('POST', `${ONE}/${id}`, webhook())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    for (const answer of answers.filter(({ status }) => status === 409)) {
      expectError(answer, 409, `Saved object [action/${id}] conflict`);
    }
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['nothing', {}, '[request body.name]: expected value of type [string] but got [undefined]'],
    ['no type', { name: 'a' }, '[request body.connector_type_id]: expected value of type [string] but got [undefined]'],
    ['a number as name', webhook({ name: 5 }), '[request body.name]: expected value of type [string] but got [number]'],
    ['a blank name', webhook({ name: ' \t' }), "[request body.name]: value '' is not valid"],
    ['a blank type', webhook({ connector_type_id: '' }), "[request body.connector_type_id]: value '' is not valid"],
    ['null config', webhook({ config: null }), '[request body.config]: expected value of type [object] but got [null]'],
    ['list config', webhook({ config: [] }), '[request body.config]: expected value of type [object] but got [Array]'],
    [
      'null secrets',
      webhook({ secrets: null }),
      '[request body.secrets]: expected value of type [object] but got [null]',
    ],
    ['a blank value', webhook({ config: { unknown: ' ' } }), "[request body.config.unknown]: value '' is not valid"],
    [
      'a blank value deep inside',
      webhook({ config: { url: 'http://x', headers: { a: '' } } }),
      "[request body.config.headers]: value '' is not valid",
    ],
    ['a blank secret', webhook({ secrets: { user: '' } }), "[request body.secrets.user]: value '' is not valid"],
    [
      'an unknown key',
      webhook({ foo: 1 }),
      "[request body.foo]: Additional properties are not allowed ('foo' was unexpected)",
    ],
    ['an unknown type', webhook({ connector_type_id: '.nope' }), 'Action type ".nope" is not registered.'],
    ['no URL', webhook({ config: {} }), 'error validating connector type config: Field "url": Required'],
    [
      'three problems',
      webhook({ config: { method: 'https', foo: 1 } }),
      'error validating connector type config: 3 errors:\n' +
        " [1]: Unrecognized key(s) in object: 'foo';\n" +
        ' [2]: Field "url": Required;\n' +
        ` [3]: Field "method": Invalid enum value. Expected 'post' | 'put' | 'patch' | 'get' | 'delete', received 'https'`,
    ],
    [
      'six problems',
      webhook({ config: { url: 1, method: 2, headers: 3, hasAuth: 4, ca: 5, scope: 6 } }),
      'error validating connector type config: 6 errors:\n' +
        ' [1]: Field "url": Expected string, received number;\n' +
        ` [2]: Field "method": Expected 'post' | 'put' | 'patch' | 'get' | 'delete', received number;\n` +
        ' [3]: Field "headers": Expected object, received number;\n' +
        ' [4]: Field "hasAuth": Expected boolean, received number;\n' +
        ' [5]: Field "ca": Expected string, received number;\n' +
        ' [6]: and 1 more',
    ],
    [
      'config and secrets wrong: config first',
      { ...SLACK, config: { a: 1 }, secrets: {} },
      "error validating connector type config: Unrecognized key(s) in object: 'a'",
    ],
    [
      'secrets missing',
      { ...SLACK, secrets: {} },
      'error validating connector type secrets: Field "webhookUrl": Required',
    ],
  ])('refuses %s', async (_what, body, message) => {
    const id = randomUUID();
    const answer = await app.call('POST', `${ONE}/${id}`, body);
    expectError(answer, 400, message);
    expect(answer.headers.get('elastic-api-version')).toBe('2023-10-31');
    expectError(await app.call('GET', `${ONE}/${id}`), 404);
  });
});

describe('read', () => {
  test('answers the connector without the counter of the list', async () => {
    const id = await create(app);
    expect((await app.call('GET', `${ONE}/${id}`)).body).toEqual(answered({ id }));
  });

  test('of an unknown id is 404', async () => {
    expectError(await app.call('GET', `${ONE}/nope`), 404, 'Saved object [action/nope] not found');
  });
});

describe('replace', () => {
  test('replaces name, config and secrets as a whole', async () => {
    const id = await create(
      app,
      webhook({ config: { url: 'http://localhost:1/x', method: 'put' }, secrets: { user: 'u', password: 'pw-long' } }),
    );
    const { status, body } = await app.call('PUT', `${ONE}/${id}`, {
      name: 'new',
      config: { url: 'http://localhost:1/y', hasAuth: false },
    });
    expect(status).toBe(200);
    const config = { url: 'http://localhost:1/y', hasAuth: false, headers: null, method: 'post' };
    expect(body).toEqual(answered({ id, name: 'new', config }));
    const { body: extended } = await app.call('GET', `${ONE}/${id}?extended=true`);
    expect(extended.configured_secrets).toEqual([]);
  });

  test('without secrets that the type needs is refused and changes nothing', async () => {
    const id = await create(app, SLACK);
    expectError(
      await app.call('PUT', `${ONE}/${id}`, { name: 'new' }),
      400,
      'error validating connector type secrets: Field "webhookUrl": Required',
    );
    expect((await app.call('GET', `${ONE}/${id}`)).body.name).toBe('Slack');
  });

  test('may change the kind of destination', async () => {
    const from = 'a@example.com';
    const id = await create(app, {
      name: 'Mail',
      connector_type_id: '.email',
      config: { service: 'other', from, host: 'mail.example.com', port: 25, hasAuth: false },
    });
    const secrets = { user: 'u', password: 'p-long-enough' };
    const update = { name: 'Mail', config: { service: 'gmail', from, hasAuth: true }, secrets };
    const { status, body } = await app.call('PUT', `${ONE}/${id}`, update);
    expect(status).toBe(200);
    expect(body.config).toMatchObject({ service: 'gmail', hasAuth: true });
  });

  test.each<[string, Record<string, unknown>, string]>([
    [
      'a type',
      { name: 'a', connector_type_id: '.webhook' },
      "[request body.connector_type_id]: Additional properties are not allowed ('connector_type_id' was unexpected)",
    ],
    ['no name', {}, '[request body.name]: expected value of type [string] but got [undefined]'],
    ['a blank name', { name: '' }, "[request body.name]: value '' is not valid"],
    ['a blank value', { name: 'a', config: { url: ' ' } }, "[request body.config.url]: value '' is not valid"],
  ])('refuses %s, also for an unknown id', async (_what, body, message) => {
    expectError(await app.call('PUT', `${ONE}/${randomUUID()}`, body), 400, message);
  });

  test('never creates', async () => {
    expectError(await app.call('PUT', `${ONE}/nope`, { name: 'a' }), 404, 'Saved object [action/nope] not found');
  });

  test('ten times at once: no change is lost without a word', async () => {
    const id = await create(app);
    const config = { url: 'http://localhost:1/x', hasAuth: false };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => app.call('PUT', `${ONE}/${id}`, { name: `name ${n}`, config })),
    );
    for (const answer of answers) {
      if (answer.status !== 200) expectError(answer, 409, `Saved object [action/${id}] conflict`);
    }
    const names = answers.filter(({ status }) => status === 200).map(({ body }) => body.name);
    expect(names).toContain((await app.call('GET', `${ONE}/${id}`)).body.name);
  });
});

describe('delete', () => {
  test('is 204 without a body, then 404', async () => {
    const id = await create(app);
    const { status, text } = await app.call('DELETE', `${ONE}/${id}`);
    expect([status, text]).toEqual([204, '']);
    expectError(await app.call('DELETE', `${ONE}/${id}`), 404, `Saved object [action/${id}] not found`);
    expectError(await app.call('GET', `${ONE}/${id}`), 404, `Saved object [action/${id}] not found`);
    const params = { params: {} };
    expectError(await app.call('POST', `${ONE}/${id}/_execute`, params), 404, `Saved object [action/${id}] not found`);
  });

  test('takes an announced but empty JSON body for none', async () => {
    const id = await create(app);
    const headers = { 'content-type': 'application/json' };
    expect((await app.call('DELETE', `${ONE}/${id}`, undefined, headers)).status).toBe(204);
  });
});

test.each([
  'POST /api/actions/action',
  'GET /api/actions/action/x',
  'GET /api/actions',
  'GET /api/actions/list_action_types',
])('the removed call %s is 404', async (call) => {
  const [method, path] = call.split(' ') as [string, string];
  expectError(await app.call(method, path, method === 'POST' ? {} : undefined), 404, 'Not Found');
});
