import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { accepted, bulk, enqueue, executionOf, fromNow, HOUR_MS, inState } from './queue-support.ts';
import { addUser, create, expectError, folderWith, startTarget, type Target, webhook } from './support.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const YEAR_MS = 366 * 24 * HOUR_MS;

const SYSTEM_TYPE = `
  export default ({ defineConnectorType, action, z }) => defineConnectorType({
    id: '.sys', name: 'Sys', system: true, description: 'For tests.', category: 'generic', features: ['alerting'],
    minimumLicense: 'basic', sample: { config: {}, secrets: {}, params: {} },
    config: z.strictObject({}), secrets: z.strictObject({}), style: 'flat',
    actions: { run: action(z.strictObject({}), () => undefined) },
  });`;
const SYSTEM = 'system-connector-.sys';

let app: TestApp;
let target: Target;
beforeAll(async () => {
  target = await startTarget();
  const folder = await folderWith({ 'system.ts': SYSTEM_TYPE });
  app = await startTestApp({
    'xpack.actions.enabledActionTypes': ['.webhook', '.slack'],
    'xpack.actions.run.maxAttempts': 1,
    'patchbay.connectorTypes': [`${folder}/system.ts`],
    'xpack.actions.preconfigured': {
      pre: { name: 'Pre', actionTypeId: '.webhook', config: { url: `${target.url}/pre`, hasAuth: false } },
      log: { name: 'Log', actionTypeId: '.server-log' },
    },
  });
});
afterAll(() => app.stop());

/** A webhook to a path of the target that nobody else uses. */
let paths = 0;
async function hook(space = '', config: Record<string, unknown> = {}): Promise<{ id: string; bodies: () => string[] }> {
  paths += 1;
  const path = `/hook-${paths}`;
  const id = await create(app, webhook({ config: { url: target.url + path, hasAuth: false, ...config } }), space);
  return { id, bodies: () => target.received.filter(({ url }) => url === path).map(({ body }) => body) };
}

/** A connector that lost its secrets, e.g. when it was imported. */
async function withoutSecrets(): Promise<string> {
  const secrets = { webhookUrl: 'https://hooks.slack.com/services/x' };
  const id = await create(app, { name: 'Lost', connector_type_id: '.slack', secrets });
  const rows = app.database.db.kysely.updateTable('connectors').set({ secrets: null, is_missing_secrets: true });
  await rows.where('id', '=', id).execute();
  return id;
}

const MISSING_SECRETS = 'Unable to execute action because no secrets are defined for the "Lost" connector.';
const SYSTEM_REFUSED = 'Execution of system action is not allowed';

describe('an action', () => {
  test('is accepted, delivered once, and on record', async () => {
    const { id, bodies } = await hook();
    const answer = await enqueue(app, id, { params: { body: '{"disk":93}' } });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ execution_id: expect.stringMatching(UUID_V7), connector_id: id, status: 'queued' });
    const execution = await inState(app, answer.body.execution_id);
    expect(execution).toMatchObject({
      execution_id: answer.body.execution_id,
      connector_id: id,
      connector_type_id: '.webhook',
      source: 'queue',
      status: 'succeeded',
      username: 'admin',
      created_at: expect.any(String),
      finished_at: expect.any(String),
    });
    expect(execution.attempts).toEqual([
      expect.objectContaining({
        attempt: 1,
        outcome: 'delivered',
        requests: [expect.objectContaining({ method: 'POST', status: 200 })],
      }),
    ]);
    expect(bodies()).toEqual(['{"disk":93}']);
  });

  test('that the target refuses ends as failed, with what it said', async () => {
    const id = await create(app, webhook({ config: { url: `${target.url}/status/400`, hasAuth: false } }));
    const execution = await inState(app, await accepted(app, id));
    expect(execution).toMatchObject({ status: 'failed', code: 'target_rejected' });
    expect(execution.attempts).toMatchObject([{ outcome: 'failed', message: expect.any(String) }]);
  });

  test('with params of the wrong shape is accepted and ends as failed', async () => {
    const { id, bodies } = await hook();
    const execution = await inState(app, await accepted(app, id, { params: { body: 5 } }));
    expect(execution).toMatchObject({ status: 'failed', code: 'params_invalid' });
    expect(bodies()).toEqual([]);
  });

  test('on a preconfigured connector, of a type that is enabled or not', async () => {
    expect((await inState(app, await accepted(app, 'pre'))).status).toBe('succeeded');
    const logged = await accepted(app, 'log', { params: { message: 'x' } });
    expect(await inState(app, logged)).toMatchObject({ status: 'succeeded', connector_type_id: '.server-log' });
  });

  test.each([
    ['unicode', 'ünïcödé 😀 \u202e'],
    ['NUL and control characters', 'a\0b\u0001\u007f'],
    ['what looks like SQL and JSON', `'); drop table patchbay.queue; -- {"$ref": "\\u0000"}`],
    ['a text as large as a request may be', 'x'.repeat(1_000_000)],
  ])('with %s arrives as it is', async (_what, body) => {
    const { id, bodies } = await hook();
    expect((await inState(app, await accepted(app, id, { params: { body } }))).status).toBe('succeeded');
    expect(bodies()).toEqual([body]);
  });

  test('with half a surrogate pair or strange keys is accepted and has an end', async () => {
    const { id } = await hook();
    for (const params of ['{"body":"\\ud800"}', '{"constructor":{"prototype":1},"toString":null,"":{}}']) {
      const path = `/api/actions/connector/${id}/_enqueue`;
      const answer = await app.call('POST', path, `{"params":${params}}`);
      expect(answer.status, answer.text).toBe(202);
      await inState(app, answer.body.execution_id);
    }
  });
});

describe('refused is', () => {
  test('an unknown connector, in the words of the other calls', async () => {
    for (const id of ['nope', 'ü', "'; --"]) {
      expectError(await enqueue(app, id), 404, `Saved object [action/${id}] not found`);
    }
  });

  test('a type that is not enabled', async () => {
    const { id } = await hook();
    const settings = { 'xpack.actions.enabledActionTypes': ['.slack'] };
    const other = await startTestApp(settings, app.database);
    try {
      const message = 'action type ".webhook" is not enabled in the Kibana config xpack.actions.enabledActionTypes';
      expectError(await enqueue(other, id), 403, message);
      const { body } = await bulk(other, [{ id, params: {} }]);
      expect(body).toEqual({ errors: true, items: [{ id, response: 'connectorTypeDisabled', message }] });
    } finally {
      await other.stop();
    }
  });

  test('a connector without its secrets', async () => {
    expectError(await enqueue(app, await withoutSecrets()), 400, MISSING_SECRETS);
  });

  test('a system connector', async () => {
    expectError(await enqueue(app, SYSTEM), 400, SYSTEM_REFUSED);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'no params',
      { params: undefined },
      /^\[request body\.params\]: expected value of type \[object\] but got \[undefined\]$/,
    ],
    [
      'params that are a list',
      { params: [] },
      /^\[request body\.params\]: expected value of type \[object\] but got \[Array\]$/,
    ],
    ['an unknown key', { x: 1 }, /^\[request body\.x\]: Additional properties are not allowed/],
    ['a time that is a number', { start_at: 5 }, /^\[request body\.start_at\]: expected value of type \[string\]/],
    ['a time without an offset', { start_at: '2026-01-01T00:00:00' }, /^\[request body\.start_at\]: .*ISO 8601/],
    ['no time at all', { deliver_by: 'soon' }, /^\[request body\.deliver_by\]: .*ISO 8601/],
    ['the 30th of February', { deliver_by: '2028-02-30T00:00:00Z' }, /^\[request body\.deliver_by\]: .*ISO 8601/],
    ['a start in two years', { start_at: fromNow(2 * YEAR_MS) }, /^\[request body\.start_at\]: .*one year/],
    ['an end in two years', { deliver_by: fromNow(2 * YEAR_MS) }, /^\[request body\.deliver_by\]: .*one year/],
    ['an end that has passed', { deliver_by: fromNow(-1_000) }, /^deliver_by .*later/],
    [
      'an end before the start',
      { deliver_by: fromNow(HOUR_MS), start_at: fromNow(2 * HOUR_MS) },
      /^deliver_by .*start_at/,
    ],
  ])('%s', async (_what, body, message) => {
    const { id, bodies } = await hook();
    expectError(await enqueue(app, id, body), 400, message);
    expect((await app.call('GET', `/api/actions/executions?connector_id=${id}`)).body.total).toBe(0);
    expect(bodies()).toEqual([]);
  });

  test('a caller who may not run connectors', async () => {
    const { id, bodies } = await hook();
    const [read, none] = await Promise.all([
      addUser(app, 'reader', ['actions_read']),
      addUser(app, 'nobody', ['other_feature']),
    ]);
    const execution = await inState(app, await accepted(app, id, {}, { headers: read }));
    expect(execution).toMatchObject({ status: 'succeeded', username: 'reader' });
    for (const which of [id, 'nope']) expectError(await enqueue(app, which, {}, { headers: none }), 403);
    expectError(await app.call('POST', '/api/actions/_bulk_enqueue', { actions: [{ id, params: {} }] }, none), 403);
    expectError(await enqueue(app, id, {}, { headers: { authorization: undefined } }), 401);
    expectError(await enqueue(app, id, {}, { headers: { 'kbn-xsrf': undefined } }), 400, /kbn-xsrf/);
    expect(bodies()).toHaveLength(1);
  });
});

describe('times', () => {
  test('a start that has passed means now, in any zone', async () => {
    const { id } = await hook();
    for (const start_at of [fromNow(-HOUR_MS), '2020-01-01T01:00:00+01:00', '0001-01-01T00:00:00Z']) {
      expect((await inState(app, await accepted(app, id, { start_at }))).status).toBe('succeeded');
    }
  });

  test('nothing is sent before its start', async () => {
    const { id, bodies } = await hook();
    const later = await accepted(app, id, { start_at: fromNow(HOUR_MS), params: { body: 'later' } });
    const soonAt = Date.now() + 700;
    const soon = await accepted(app, id, { start_at: new Date(soonAt).toISOString(), params: { body: 'soon' } });
    const { attempts, status } = await inState(app, soon);
    expect(status).toBe('succeeded');
    expect(Date.parse(attempts[0].started_at)).toBeGreaterThanOrEqual(soonAt);
    expect(bodies()).toEqual(['soon']);
    expect(await executionOf(app, later)).toMatchObject({ status: 'queued', attempts: [] });
  });
});

describe('an idempotency key', () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

  test('gives the same execution again, even after its end', async () => {
    const { id, bodies } = await hook();
    const first = await accepted(app, id, { params: { body: '1' } }, keyed('k'));
    await inState(app, first);
    const second = await enqueue(app, id, { params: { body: '2' } }, keyed('k'));
    expect(second.status).toBe(202);
    expect(second.body).toEqual({ execution_id: first, connector_id: id, status: 'queued' });
    const third = await accepted(app, id, { params: { body: '3' } }, keyed('K'));
    expect(third).not.toBe(first);
    await inState(app, third);
    expect(bodies()).toEqual(['1', '3']);
  });

  test('gives twenty callers at once one execution and one delivery', async () => {
    const { id, bodies } = await hook();
    const ids = await Promise.all(Array.from({ length: 20 }, () => accepted(app, id, {}, keyed('at once'))));
    expect(new Set(ids).size).toBe(1);
    await inState(app, ids[0]!);
    expect(bodies()).toEqual(['{}']);
    expect((await app.call('GET', `/api/actions/executions?connector_id=${id}`)).body.total).toBe(1);
  });

  test('is one for each connector and each space', async () => {
    const [one, two, elsewhere] = await Promise.all([hook(), hook(), hook('/s/keys')]);
    const ids = await Promise.all([
      accepted(app, one.id, {}, keyed('same')),
      accepted(app, two.id, {}, keyed('same')),
      accepted(app, 'pre', {}, keyed('same')),
      accepted(app, 'pre', {}, { ...keyed('same'), space: '/s/keys' }),
      accepted(app, elsewhere.id, {}, { ...keyed('same'), space: '/s/keys' }),
    ]);
    expect(new Set(ids).size).toBe(5);
  });

  test('has 1 to 255 printable characters', async () => {
    const { id } = await hook();
    for (const key of ['a', ' a b"c" ', 'k'.repeat(255)]) await accepted(app, id, {}, keyed(key));
    const of = '[request headers.idempotency-key]: ';
    const none = await enqueue(app, id, {}, keyed(''));
    expectError(none, 400, `${of}value has length [0] but it must have a minimum length of [1].`);
    const long = await enqueue(app, id, {}, keyed('k'.repeat(256)));
    expectError(long, 400, `${of}value has length [256] but it must have a maximum length of [255].`);
    const printable = `${of}value may hold printable ASCII characters only`;
    for (const key of ['a\tb', 'ü']) expectError(await enqueue(app, id, {}, keyed(key)), 400, printable);
  });

  test('of a bulk is the same as that of a single action', async () => {
    const { id, bodies } = await hook();
    const item = { id, params: { body: '{}' }, idempotency_key: 'bulk' };
    const { body } = await bulk(app, [
      item,
      { ...item, params: { body: 'other' } },
      { ...item, idempotency_key: 'ü€' },
    ]);
    const ids = body.items.map((one: { execution_id: string }) => one.execution_id);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(await accepted(app, id, {}, keyed('bulk'))).toBe(ids[0]);
    for (const one of new Set<string>(ids)) await inState(app, one);
    expect(bodies()).toEqual(['{}', '{}']);
  });
});

describe('spaces', () => {
  test('keep queued executions apart', async () => {
    const { id, bodies } = await hook('/s/one');
    expectError(await enqueue(app, id), 404, `Saved object [action/${id}] not found`);
    const execution = await accepted(app, id, {}, { space: '/s/one' });
    const message = `Execution ${execution} not found in space "default"`;
    for (const [method, action] of [
      ['GET', ''],
      ['POST', '/_cancel'],
      ['POST', '/_retry'],
    ] as const) {
      expectError(await app.call(method, `/api/actions/execution/${execution}${action}`), 404, message);
    }
    expect((await inState(app, execution, undefined, '/s/one')).status).toBe('succeeded');
    expect(bodies()).toHaveLength(1);
  });
});
