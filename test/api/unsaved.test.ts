import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, startTarget, type Target, webhook } from './support.ts';

let app: TestApp;
let target: Target;
beforeAll(async () => {
  [app, target] = await Promise.all([startTestApp(), startTarget()]);
});
afterAll(() => app.stop());

const SECRET = 'correct-horse-battery';
const unsaved = (path = '/echo') => ({
  connector_type_id: '.webhook',
  config: { url: target.url + path, headers: { 'X-Team': 'ops' } },
  secrets: { user: 'ann', password: SECRET, secretHeaders: { 'X-Plain-Name': SECRET } },
});

describe('_test', () => {
  test('runs as _execute does and stores nothing', async () => {
    const before = target.received.length;
    const { status, body } = await app.call('POST', '/api/actions/_test', { ...unsaved(), params: { body: '{}' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ connector_id: 'unsaved', status: 'ok' });
    expect(body).not.toHaveProperty('execution_id');
    expect(target.received).toHaveLength(before + 1);
    expect(Buffer.from(String(target.received.at(-1)?.headers.authorization).slice(6), 'base64').toString()).toBe(
      `ann:${SECRET}`,
    );
    expect((await app.call('GET', '/api/actions/connectors')).body).toEqual([]);
    expect((await app.call('GET', '/api/actions/executions')).body.total).toBe(0);
  });

  test('extended: also the answer of the target, without the secrets that it repeats', async () => {
    const path = '/api/actions/_test?extended=true';
    const { text, body } = await app.call('POST', path, { ...unsaved('/status/500'), params: { body: '{}' } });
    expect(body).toMatchObject({ status: 'error', execution_id: expect.any(String), response: { status: 500 } });
    expect(text).not.toContain(SECRET);
  });

  test('leaves a line in the log: who tried what, marked as a draft, without its secrets', async () => {
    const path = `/status/418?${SECRET}`;
    await app.call('POST', '/s/drafts/api/actions/_test', { ...unsaved(path), params: { body: '{}' } });
    const lines = app
      .log()
      .split('\n')
      .filter((line) => line.includes('"space_id":"drafts"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'info',
      draft: true,
      connector_type_id: '.webhook',
      username: 'admin',
    });
    expect(JSON.parse(lines[0]!).msg).toMatch(
      /^The test of a draft, a \.webhook connector that is not saved, failed: .*418/,
    );
    expect(lines[0]).not.toContain(SECRET);
  });

  test('a wrong config is an answer of the run', async () => {
    const { status, body } = await app.call('POST', '/api/actions/_test', {
      connector_type_id: '.webhook',
      params: {},
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      connector_id: 'unsaved',
      status: 'error',
      message: 'error validating connector type config: Field "url": Required',
      retry: false,
      errorSource: 'framework',
    });
  });

  test.each<[string, unknown, string]>([
    ['an unknown type', { connector_type_id: '.nope', params: {} }, 'Action type ".nope" is not registered.'],
    [
      'no type',
      { params: {} },
      '[request body.connector_type_id]: expected value of type [string] but got [undefined]',
    ],
    [
      'no params',
      { connector_type_id: '.webhook' },
      '[request body.params]: expected value of type [object] but got [undefined]',
    ],
  ])('refuses %s', async (_what, body, message) => {
    expectError(await app.call('POST', '/api/actions/_test', body), 400, message);
  });
});

describe('_preview', () => {
  const preview = (body: unknown) => app.call('POST', '/api/actions/_preview', body);

  test('shows the request of a stored connector with secrets masked, and sends nothing', async () => {
    const id = await create(app, { name: 'Hook', ...unsaved() });
    const before = target.received.length;
    const { status, text, body } = await preview({ connector_id: id, params: { body: `{"a":"${SECRET}"}` } });
    expect(status).toBe(200);
    expect(body).toEqual({
      requests: [
        {
          method: 'POST',
          url: `${target.url}/echo`,
          headers: expect.objectContaining({ 'X-Team': 'ops', Authorization: 'Basic ●●●', 'X-Plain-Name': '●●●' }),
          body: '{"a":"●●●"}',
        },
      ],
    });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(Buffer.from(`ann:${SECRET}`).toString('base64'));
    expect(target.received).toHaveLength(before);
    expect((await app.call('GET', '/api/actions/executions')).body.total).toBe(0);
  });

  test('shows what an unsaved one would send', async () => {
    const { body } = await preview({ ...unsaved(), params: { body: '{}' } });
    expect(body.requests).toHaveLength(1);
    const log = await preview({ connector_type_id: '.server-log', params: { message: 'never logged' } });
    expect(log.body).toEqual({ requests: [] });
    expect(app.log()).not.toContain('never logged');
  });

  test('shows a mail', async () => {
    const { body } = await preview({
      connector_type_id: '.email',
      config: { service: 'other', host: 'mail.example.com', port: 25, from: 'a@example.com', hasAuth: false },
      params: { to: ['b@example.com'], subject: 'Hi', message: 'there' },
    });
    expect(body.requests).toEqual([
      expect.objectContaining({
        method: 'SMTP',
        url: 'smtp://mail.example.com:25',
        body: expect.stringContaining('there'),
      }),
    ]);
  });

  test('fetches no token', async () => {
    const config = {
      url: `${target.url}/echo`,
      authType: 'webhook-oauth2-client-credentials',
      accessTokenUrl: `${target.url}/token`,
      clientId: 'me',
    };
    const before = target.received.length;
    const body = { connector_type_id: '.webhook', config, secrets: { clientSecret: SECRET }, params: { body: '{}' } };
    const answer = await preview(body);
    expect(answer.body.requests[0].headers.Authorization).toBe('Bearer ●●●');
    expect(target.received).toHaveLength(before);
  });

  test.each<[string, unknown, number, string]>([
    ['nothing', {}, 400, '[request body.connector_id]: expected value of type [string] but got [undefined]'],
    [
      'wrong params of an unsaved one',
      { connector_type_id: '.webhook', config: {}, params: 5 },
      400,
      '[request body.params]: expected value of type [object] but got [number]',
    ],
    [
      'params that do not fit',
      { connector_type_id: '.server-log', params: {} },
      400,
      'error validating action params: Field "message": Required',
    ],
    [
      'a config that does not fit',
      { connector_type_id: '.webhook', params: {} },
      400,
      'error validating connector type config: Field "url": Required',
    ],
    ['an unknown connector', { connector_id: 'nope', params: {} }, 404, 'Saved object [action/nope] not found'],
    ['an unknown type', { connector_type_id: '.nope', params: {} }, 400, 'Action type ".nope" is not registered.'],
  ])('refuses %s', async (_what, body, status, message) => {
    expectError(await preview(body), status, message);
  });

  test('refuses an address that may not be called, as the run would', async () => {
    const config = { url: 'http://169.254.169.254/latest', hasAuth: false };
    const answer = await preview({ ...webhook({ config }), name: undefined, params: { body: '{}' } });
    expectError(answer, 400, /169\.254\.169\.254/);
  });
});

describe('_check', () => {
  test('asks the target without performing the action, and stores nothing', async () => {
    const before = target.received.length;
    const { body } = await app.call('POST', '/api/actions/_check', unsaved());
    expect(body).toMatchObject({ connector_id: 'unsaved', status: 'ok' });
    expect(target.received.slice(before).map(({ method }) => method)).toEqual(['OPTIONS']);
    expect((await app.call('GET', '/api/actions/executions')).body.total).toBe(0);
  });

  test('works for stored connectors, and reports what is wrong as a run does', async () => {
    const id = await create(app, webhook({ config: { url: 'http://127.0.0.1:1/', hasAuth: false } }));
    const { body } = await app.call('POST', '/api/actions/_check', { connector_id: id });
    expect(body).toMatchObject({ connector_id: id, status: 'error', message: 'error calling webhook, request failed' });
  });

  test('says so where a type has none', async () => {
    expectError(
      await app.call('POST', '/api/actions/_check', { connector_type_id: '.server-log' }),
      400,
      'The connector type ".server-log" has no check that leaves no trace. Run an action with _test instead.',
    );
  });
});
