import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { JSM_KEY, JSM_OTHER_KEY, jiraServiceManagement } from './jira-service-management.ts';
import { OPSGENIE_ACCOUNT_KEY, OPSGENIE_KEY, opsgenie } from './opsgenie.ts';

const VENDORS = [
  {
    definition: opsgenie,
    path: '/v2/alerts',
    key: OPSGENIE_KEY,
    otherKey: OPSGENIE_ACCOUNT_KEY,
    named: 202,
    other: '/jsm/ops/integration/v2/alerts',
  },
  {
    definition: jiraServiceManagement,
    path: '/jsm/ops/integration/v2/alerts',
    key: JSM_KEY,
    otherKey: JSM_OTHER_KEY,
    named: 422,
    other: '/v2/alerts',
  },
];

describe.each(VENDORS)('$definition.id', ({ definition, path, key, otherKey, named, other }) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator(definition);
  });
  afterAll(() => simulator.close());

  async function call(method: string, below: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(simulator.url + below, {
      method,
      headers: { authorization: `GenieKey ${key}`, 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
    return { status: response.status, body: (await response.json()) as any };
  }
  const post = (body: unknown, headers?: Record<string, string>, below = path) => call('POST', below, body, headers);
  const alerts = async () => (await call('GET', '/alerts')).body as { alias: string; status: string; count: number }[];

  test('opens an alert, counts it once more, closes it, and says 202 even when there is none to close', async () => {
    const body = { message: 'Disk full', alias: 'disk/1', tags: ['a'], priority: 'P1', details: { host: 'h' } };
    for (const count of [1, 2]) {
      expect(await post(body)).toEqual({
        status: 202,
        body: { result: 'Request will be processed', took: expect.any(Number), requestId: expect.any(String) },
      });
      expect((await alerts())[0]).toMatchObject({ alias: 'disk/1', status: 'open', count });
    }
    const close = `${path}/disk%2F1/close?identifierType=alias`;
    expect(await post({ note: 'done' }, {}, close)).toMatchObject({ status: 202 });
    expect((await alerts())[0]).toMatchObject({ alias: 'disk/1', status: 'closed', count: 2 });
    expect(await post({}, {}, close)).toMatchObject({ status: 202 });
    expect(await post(body)).toMatchObject({ status: 202 });
    expect((await alerts()).filter(({ alias }) => alias === 'disk/1').map(({ status }) => status)).toEqual([
      'open',
      'closed',
    ]);
  });

  test('two alerts without an alias are two', async () => {
    const before = (await alerts()).length;
    await post({ message: 'a' });
    await post({ message: 'a' });
    expect(await alerts()).toHaveLength(before + 2);
  });

  test('what became of a request is told where the same key may ask', async () => {
    const { body } = await post({ note: 'x' }, {}, `${path}/nobody/close?identifierType=alias`);
    const asked = await call('GET', `${path}/requests/${body.requestId}`);
    if (named === 202) {
      expect(asked).toMatchObject({
        status: 200,
        body: { data: { isSuccess: false, status: 'Alert does not exist' } },
      });
      expect(await call('GET', `${path}/requests/unknown`)).toMatchObject({ status: 404 });
    } else expect(asked.status).toBe(404);
  });

  test('a responder by name', async () => {
    const body = { message: 'a', responders: [{ type: 'team', name: 'Operations' }] };
    expect((await post(body)).status).toBe(named);
    expect((await post({ message: 'a', responders: [{ type: 'team', id: 'x' }] })).status).toBe(202);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['no key', { authorization: '' }, 401, 'Could not authenticate'],
    ['another scheme', { authorization: `Basic ${key}` }, 401, 'Could not authenticate'],
    ['a key that is none', { authorization: 'GenieKey abc' }, 422, 'Key format is not valid!'],
    ['an unknown key', { authorization: `GenieKey ${key.replace(/.$/, '0')}` }, 401, 'Could not authenticate'],
    ['a key that may not', { authorization: `GenieKey ${otherKey}` }, 403, 'use an API key from an API integration'],
    ['no JSON type', { 'content-type': 'text/plain' }, 415, 'application/json'],
  ])('%s', async (_name, headers, status, message) => {
    expect(await post({ message: 'a' }, headers)).toMatchObject({
      status,
      body: { message: expect.stringContaining(message), requestId: expect.any(String) },
    });
  });

  test.each<[unknown, number, string | undefined]>([
    ['{', 400, undefined],
    ['[]', 400, undefined],
    [{}, 422, 'message'],
    [{ message: '' }, 422, 'message'],
    [{ message: 'x'.repeat(131) }, 422, 'message'],
    [{ message: 'a', alias: 'x'.repeat(513) }, 422, 'alias'],
    [{ message: 'a', tags: Array(21).fill('t') }, 422, 'tags'],
    [{ message: 'a', tags: ['x'.repeat(51)] }, 422, 'tags.0'],
    [{ message: 'a', priority: 'P6' }, 422, 'priority'],
    [{ message: 'a', details: { a: 1 } }, 422, 'details.a'],
    [{ message: 'a', details: { a: 'x'.repeat(8_000) } }, 422, 'details'],
    [{ message: 'a', responders: [{ id: 'x' }] }, 422, 'responders.0'],
    [{ message: 'a', visibleTo: [{ type: 'schedule', id: 'x' }] }, 422, 'visibleTo'],
    [{ message: 'a', mesage: 'a' }, 422, 'body'],
  ])('%j is refused', async (body, status, field) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    if (field === undefined) return;
    const fields = Object.keys(answer.body.errors);
    expect(fields.some((name) => name === field || name.startsWith(`${field}.`))).toBe(true);
  });

  test('paths and methods that do not exist', async () => {
    expect((await post({ message: 'a' }, {}, other)).status).toBe(404);
    expect((await post({ message: 'a' }, {}, `${path}/x`)).status).toBe(404);
    expect((await call('PUT', path, { message: 'a' })).status).toBe(405);
    expect((await post({}, {}, `${path}/x/close?identifierType=name`)).status).toBe(422);
    expect((await post({ message: 'a' }, {}, `${path}/x/close`)).status).toBe(422);
  });
});
