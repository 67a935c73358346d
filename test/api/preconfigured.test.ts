import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../src/app.ts';
import { writeKeystore } from '../../src/config/keystore.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createLog } from '../../src/log.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { basic, create, expectError, folderWith, startTarget, type Target, webhook } from './support.ts';

const CANARY = 'T0000/B0000/preconfigured-canary-71d3';
const SLACK_URL = `https://hooks.slack.com/services/${CANARY}`;

let app: TestApp;
let target: Target;
beforeAll(async () => {
  target = await startTarget();
  app = await startTestApp({
    'xpack.actions.allowedHosts': ['127.0.0.1', 'localhost', 'dockerhost'],
    'xpack.actions.preconfigured': {
      hook: {
        name: 'Hook',
        actionTypeId: '.webhook',
        config: { url: `${target.url}/pre`, method: 'put' },
        secrets: { user: 'ann', password: 'preconfigured-password' },
      },
      exposed: {
        name: 'Exposed',
        actionTypeId: '.webhook',
        config: { url: `${target.url}/x` },
        secrets: { user: 'ann', password: 'preconfigured-password' },
        exposeConfig: true,
      },
      'Not Allowed': { name: 'Slack#xyz', actionTypeId: '.slack', secrets: { webhookUrl: SLACK_URL } },
      unknown: { name: 'Unknown', actionTypeId: 'nobody.knows', config: { any: 'thing' }, secrets: { a: 'b' } },
      wrong: { name: 'Wrong', actionTypeId: '.webhook', config: { url: 'http://localhost/', methd: 'put' } },
      'Elastic-Cloud-SMTP': {
        name: 'Elastic-Cloud-SMTP',
        actionTypeId: '.email',
        config: { service: 'elastic_cloud', from: 'noreply@example.com', hasAuth: false },
      },
    },
  });
});
afterAll(() => app.stop());

const one = (id: string) => `/api/actions/connector/${encodeURIComponent(id)}`;
const IDS = ['hook', 'exposed', 'Not Allowed', 'unknown', 'wrong', 'Elastic-Cloud-SMTP'];

describe.each(IDS)('%s', (id) => {
  test('is listed and readable, in every space, without its secrets', async () => {
    for (const space of ['', '/s/other']) {
      const { status, body, text } = await app.call('GET', space + one(id));
      expect(status).toBe(200);
      expect(body).toEqual({
        id,
        name: expect.any(String),
        connector_type_id: expect.any(String),
        ...(id === 'exposed' ? { config: { url: `${target.url}/x` } } : {}),
        is_preconfigured: true,
        is_deprecated: false,
        is_system_action: false,
        is_connector_type_deprecated: false,
      });
      expect(text).not.toMatch(/preconfigured-password|canary/);
      const { body: list } = await app.call('GET', `${space}/api/actions/connectors`);
      expect(list).toContainEqual({ ...body, referenced_by_count: 0 });
    }
  });

  test('can be neither replaced nor changed nor deleted nor created', async () => {
    const update = `Preconfigured action ${id} can not be updated.`;
    expectError(await app.call('PUT', one(id), { name: 'x' }), 400, update);
    expectError(await app.call('PATCH', one(id), { name: 'x' }), 400, update);
    expectError(await app.call('DELETE', one(id)), 400, `Preconfigured action ${id} is not allowed to delete.`);
    const exists = `This ${id} already exists in a preconfigured action.`;
    expectError(await app.call('POST', one(id), webhook()), 400, exists);
    expectError(await app.call('POST', one(id), webhook({ connector_type_id: 'nobody.knows' })), 400, exists);
  });
});

test('runs with its secrets', async () => {
  const { body } = await app.call('POST', `/s/any${one('hook')}/_execute`, { params: { body: '{}' } });
  expect(body).toMatchObject({ connector_id: 'hook', status: 'ok' });
  const { method, url, headers } = target.received.at(-1)!;
  expect([method, url]).toEqual(['PUT', '/pre']);
  expect(headers.authorization).toBe(`Basic ${Buffer.from('ann:preconfigured-password').toString('base64')}`);
});

test('takes its secrets from the keystore', async () => {
  const folder = await folderWith({
    'patchbay.yml': `
      server.port: 0
      path.data: ./data
      patchbay.database.url: ${JSON.stringify(app.database.url)}
      patchbay.admin.password: ${app.admin.password}
      xpack.actions.preconfigured:
        kept:
          name: Kept
          actionTypeId: .webhook
          config: { url: ${target.url}/kept }
          secrets: { user: ann }
    `,
  });
  const setting = 'xpack.actions.preconfigured.kept.secrets.password';
  await mkdir(join(folder, 'data'));
  await writeKeystore(join(folder, 'data', 'patchbay.keystore'), { [setting]: 'from-the-keystore' }, '');
  const { settings } = await loadSettings({ argvConfig: join(folder, 'patchbay.yml'), env: {}, cwd: folder });
  const server = await startApp(settings, createLog('silent', { write: () => undefined }));
  try {
    const response = await fetch(`${server.url}${one('kept')}/_execute`, {
      method: 'POST',
      headers: {
        authorization: basic(app.admin.username, app.admin.password),
        'kbn-xsrf': 'x',
        'content-type': 'application/json',
      },
      body: '{"params":{"body":"{}"}}',
    });
    expect(await response.json()).toMatchObject({ connector_id: 'kept', status: 'ok' });
  } finally {
    await server.stop(1_000);
  }
  expect(target.received.at(-1)?.headers.authorization).toBe(basic('ann', 'from-the-keystore'));
});

describe('what is wrong with one', () => {
  const execute = (id: string) => app.call('POST', `${one(id)}/_execute?extended=true`, { params: { message: 'x' } });

  test.each([
    [
      'Not Allowed',
      'secrets',
      'error validating connector type secrets: error configuring slack action: target url "●●●" is not added to the Kibana config xpack.actions.allowedHosts',
    ],
    ['wrong', 'config', "error validating connector type config: Unrecognized key(s) in object: 'methd'"],
  ])('%s: a warning at the start, the same at each run, and no secret in either', async (id, part, problem) => {
    expect(app.log()).toContain(
      JSON.stringify(
        `Preconfigured connector "${id}" (${id === 'wrong' ? '.webhook' : '.slack'}) cannot run yet: ${problem}. Correct xpack.actions.preconfigured.${id}.${part}.`,
      ),
    );
    const params = id === 'wrong' ? { body: '{}' } : { message: 'x' };
    const { status, body } = await app.call('POST', `${one(id)}/_execute?extended=true`, { params });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'error', message: problem, retry: false, errorSource: 'framework' });
    const { text } = await app.call('GET', `/api/actions/execution/${body.execution_id}`);
    const previewed = await app.call('POST', '/api/actions/_preview', { connector_id: id, params });
    expectError(previewed, 400, problem);
    expect(text + previewed.text + app.log()).not.toContain(CANARY);
  });

  test('an unknown type: a warning at the start, 400 at each run', async () => {
    expect(app.log()).toContain('connector type \\"nobody.knows\\" is not registered');
    expect(app.log()).toContain('xpack.actions.preconfigured.unknown.actionTypeId');
    expectError(await execute('unknown'), 400, 'Action type "nobody.knows" is not registered.');
  });

  test('none of the others is warned of', () => {
    const warned = [...app.log().matchAll(/Preconfigured connector \\"([^"\\]+)\\"/g)].map(([, id]) => id);
    expect(new Set(warned)).toEqual(new Set(['Not Allowed', 'unknown', 'wrong']));
  });
});

test('one that was added later shadows a stored one, which only DELETE reaches', async () => {
  const id = await create(app, webhook({ name: 'Stored' }));
  const settings = { 'xpack.actions.preconfigured': { [id]: { name: 'Later', actionTypeId: '.server-log' } } };
  const later = await startTestApp(settings, app.database);
  try {
    expect((await later.call('GET', one(id))).body).toMatchObject({ name: 'Later', is_preconfigured: true });
    const ran = await later.call('POST', `${one(id)}/_execute`, { params: { message: 'x' } });
    expect(ran.body).toEqual({ connector_id: id, status: 'ok' });
    expectError(await later.call('PUT', one(id), { name: 'x' }), 400, `Preconfigured action ${id} can not be updated.`);
    expect((await later.call('DELETE', one(id))).status).toBe(204);
    expectError(await later.call('DELETE', one(id)), 400, `Preconfigured action ${id} is not allowed to delete.`);
    expect((await later.call('GET', one(id))).body.name).toBe('Later');
  } finally {
    await later.stop();
  }
});

describe('the alert history connector', () => {
  const ID = 'preconfigured-alert-history-es-index';

  test('is there when asked for, and only then', async () => {
    expectError(await app.call('GET', one(ID)), 404);
    const other = await startTestApp({ 'xpack.actions.preconfiguredAlertHistoryEsIndex': true }, app.database);
    try {
      expect((await other.call('GET', one(ID))).body).toMatchObject({
        name: 'Alert history Elasticsearch index',
        connector_type_id: '.index',
        is_preconfigured: true,
      });
      expectError(await other.call('DELETE', one(ID)), 400, `Preconfigured action ${ID} is not allowed to delete.`);
    } finally {
      await other.stop();
    }
  });
});
