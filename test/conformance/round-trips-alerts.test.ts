import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';
import { JSM_KEY, jiraServiceManagement } from '../../simulators/jira-service-management.ts';
import { OPSGENIE_ACCOUNT_KEY, OPSGENIE_KEY, opsgenie } from '../../simulators/opsgenie.ts';
import { accepted, inState } from '../api/queue-support.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** From the HTTP API to Opsgenie and Jira Service Management and back, and from the one to the other. */

const VENDORS = [
  { type: '.opsgenie', definition: opsgenie, key: OPSGENIE_KEY },
  { type: '.jira-service-management', definition: jiraServiceManagement, key: JSM_KEY },
] as const;
type VendorType = (typeof VENDORS)[number]['type'];

const running = new Map<string, Simulator>();
let app: TestApp;
beforeAll(async () => {
  for (const { type, definition } of VENDORS) running.set(type, await startSimulator(definition));
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
  await Promise.all([...running.values()].map((simulator) => simulator.close()));
});

const urlOf = (type: VendorType) => running.get(type)!.url;

interface Alert {
  readonly alias: string;
  readonly message: string;
  readonly status: string;
  readonly count: number;
}

async function alertsAt(type: VendorType): Promise<Alert[]> {
  const response = await fetch(`${urlOf(type)}/alerts`);
  return (await response.json()) as Alert[];
}

/** What is saved; with `id` under that, else under a new one. */
async function create(type: VendorType, apiKey: string, id = ''): Promise<string> {
  const connector = {
    name: 'Pager',
    connector_type_id: type,
    config: { apiUrl: urlOf(type) },
    secrets: { apiKey },
  };
  const { status, text, body } = await app.call('POST', `/api/actions/connector/${id}`, connector);
  expect(status, text).toBe(200);
  return body.id;
}

async function execute(id: string, subAction: string, subActionParams: object) {
  const params = { subAction, subActionParams };
  const { status, text, body } = await app.call('POST', `/api/actions/connector/${id}/_execute`, { params });
  expect(status, text).toBe(200);
  return body;
}

describe.each(VENDORS)('$type', ({ type, key }) => {
  const newest = async () => (await alertsAt(type))[0];

  test('opens an alert and closes it by its alias, however odd or long that is', async () => {
    const id = await create(type, key);
    for (const alias of ['rule:alert', 'a/b c?d#e%f', 'x'.repeat(600)]) {
      const opened = await execute(id, 'createAlert', {
        message: '👩‍🚒'.repeat(50),
        alias,
        tags: ['a'],
        priority: 'P1',
      });
      expect(opened).toEqual({
        connector_id: id,
        status: 'ok',
        data: { result: 'Request will be processed', took: expect.any(Number), requestId: expect.any(String) },
      });
      expect(await newest()).toMatchObject({ status: 'open', count: 1 });
      expect(await execute(id, 'closeAlert', { alias, note: 'done' })).toMatchObject({ status: 'ok' });
      expect(await newest()).toMatchObject({ status: 'closed' });
    }
  });

  test('an action of the queue carries its execution as alias, at every attempt', async () => {
    const id = await create(type, key);
    running.get(type)!.failNext(1, { status: 503, headers: { 'retry-after': '0' } });
    const params = { subAction: 'createAlert', subActionParams: { message: 'queued' } };
    const executionId = await accepted(app, id, { params });
    expect(await inState(app, executionId)).toMatchObject({ status: 'succeeded', attempts: [{}, {}] });
    expect(await newest()).toMatchObject({ alias: executionId, message: 'queued', count: 1 });
  });

  test("the vendor's words for keys that will not do", async () => {
    const wrong = await execute(await create(type, key.replace(/.$/, '0')), 'createAlert', { message: 'm' });
    expect(wrong).toMatchObject({
      status: 'error',
      message: 'an error occurred while running the action',
      service_message: expect.stringMatching(/^Status code: 401\. Message: Could not authenticate\. \w/),
      retry: true,
      errorSource: 'user',
    });
    const none = await execute(await create(type, 'not-a-key'), 'createAlert', { message: 'm' });
    expect(none.service_message).toMatch(/^Status code: 422\. Message: Key format is not valid! \w/);
  });

  test('the connection test tells good keys from bad ones and opens nothing', async () => {
    const check = async (apiKey: string) => {
      const body = { connector_type_id: type, config: { apiUrl: urlOf(type) }, secrets: { apiKey } };
      return (await app.call('POST', '/api/actions/_check', body)).body;
    };
    const before = (await alertsAt(type)).length;
    expect(await check(key)).toMatchObject({ status: 'ok' });
    expect(await check('not-a-key')).toMatchObject({ status: 'error' });
    expect(await alertsAt(type)).toHaveLength(before);
  });

  test('the type is described with what one should know', async () => {
    const { body } = await app.call('GET', `/api/actions/connector_type/${type}`);
    expect(body.notice).toEqual(type === '.opsgenie' ? expect.stringContaining('5 April 2027') : undefined);
  });
});

test('a key of the account is refused by Opsgenie in its own words', async () => {
  const refused = await execute(await create('.opsgenie', OPSGENIE_ACCOUNT_KEY), 'createAlert', { message: 'm' });
  expect(refused.service_message).toContain('To perform this action, use an API key from an API integration.');
});

test('an Opsgenie connector is made anew as one of Jira Service Management under its old id', async () => {
  const id = await create('.opsgenie', OPSGENIE_KEY, 'my-pager');
  const alert = { message: 'm', alias: 'moved', tags: ['a'], responders: [{ type: 'team', id: 'team-1' }] };
  expect(await execute(id, 'createAlert', alert)).toMatchObject({ status: 'ok' });

  expect((await app.call('DELETE', `/api/actions/connector/${id}`)).status).toBe(204);
  await create('.jira-service-management', JSM_KEY, 'my-pager');
  expect(await execute(id, 'createAlert', alert)).toMatchObject({ status: 'ok' });
  expect((await alertsAt('.jira-service-management'))[0]).toMatchObject({ alias: 'moved', status: 'open' });
  const named = await execute(id, 'createAlert', { ...alert, responders: [{ type: 'team', name: 'Operations' }] });
  expect(named.service_message).toBe(
    `Request validation failed (Field "responders.0": Unrecognized key(s) in object: 'name')`,
  );
});

test('the log holds none of the keys', () => {
  for (const key of [OPSGENIE_KEY, OPSGENIE_ACCOUNT_KEY, JSM_KEY]) expect(app.log()).not.toContain(key);
});
