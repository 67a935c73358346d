import { afterAll, beforeAll, expect, test } from 'vitest';
import { D3_TOKEN, d3security } from '../../simulators/d3security.ts';
import { type Simulator, type SimulatorDefinition, startSimulator } from '../../simulators/harness.ts';
import { TINES_READ_ONLY_WEBHOOK, TINES_USER, TINES_WEBHOOK, tines } from '../../simulators/tines.ts';
import { TORQ_TOKEN, TORQ_WORKFLOW_PATH, torq } from '../../simulators/torq.ts';
import { XMATTERS_API_KEY, XMATTERS_USER, xmatters } from '../../simulators/xmatters.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** From the HTTP API to xMatters, Torq, Tines and D3 Security and back, as each simulator's own examples say it. */

const DEFINITIONS = [xmatters, torq, tines, d3security];
const running = new Map<string, Simulator>();
let app: TestApp;
beforeAll(async () => {
  for (const definition of DEFINITIONS) running.set(definition.id, await startSimulator(definition));
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
  await Promise.all([...running.values()].map((simulator) => simulator.close()));
});

type Values = Readonly<Record<string, unknown>>;
interface Change {
  readonly config?: Values;
  readonly secrets?: Values;
  readonly params?: Values;
}

/** Creates and runs an example with some values changed; answers `_execute` and the recorded execution. */
async function run(definition: SimulatorDefinition, index: number, change: Change = {}) {
  const example = definition.examples(running.get(definition.id)!.endpoints)[index]!;
  const connector = {
    name: example.name,
    connector_type_id: example.connector_type_id,
    config: { ...example.config, ...change.config },
    secrets: { ...example.secrets, ...change.secrets },
  };
  const created = await app.call('POST', '/api/actions/connector', connector);
  expect(created.status, created.text).toBe(200);
  const { body, text } = await app.call('POST', `/api/actions/connector/${created.body.id}/_execute?extended=true`, {
    params: change.params ?? example.params,
  });
  const execution = await app.call('GET', `/api/actions/execution/${body.execution_id}`);
  return { id: created.body.id, answer: body, records: text + execution.text, execution: execution.body };
}

const examples = DEFINITIONS.flatMap((definition) =>
  definition.examples({ http: 'http://127.0.0.1:1' }).map(({ name }, index) => [name, definition, index] as const),
);

test.each(examples)('%s', async (_name, definition, index) => {
  const { answer } = await run(definition, index);
  expect(answer).toMatchObject({ status: 'ok' });
  const last = running.get(definition.id)!.requests.at(-1);
  expect(last).toMatchObject({ method: 'POST', status: answer.response.status });
  expect(last?.note).not.toContain('refused');
});

test('.torq: what it answered is kept, and a wrong token said so', async () => {
  const config = {
    webhookIntegrationUrl: `${running.get('torq')!.url.replace('127.0.0.1', 'localhost')}${TORQ_WORKFLOW_PATH}`,
  };
  const { answer } = await run(torq, 0, { config });
  expect(answer).toMatchObject({ data: '{"host":"host-1","disk":93}', response: { status: 200 } });
  expect(JSON.parse(answer.response.body)).toEqual({ execution_id: expect.any(String) });

  const wrong = await run(torq, 0, { secrets: { token: 'wrong token' } });
  expect(wrong.answer).toMatchObject({
    status: 'error',
    message: 'error triggering Torq workflow, unauthorised',
    service_message: expect.stringContaining(
      '[401] Unauthorized: unauthorized. Check the authentication header secret',
    ),
  });
});

test('.xmatters: a test signal, and wrong credentials', async () => {
  await run(xmatters, 1);
  expect(running.get('xmatters')!.requests.at(-1)?.note).toBe('test signal, severity low');
  const { answer } = await run(xmatters, 0, { secrets: { password: 'wrong password' } });
  expect(answer).toMatchObject({
    message: 'Error triggering xMatters flow: unexpected status 401',
    service_message: expect.stringContaining('[401] Authentication failed. Check user and password'),
  });
});

test('.d3security: the event as D3 reads it, and a wrong token', async () => {
  const { answer } = await run(d3security, 0);
  expect(answer.data).toEqual({ refid: expect.any(String) });
  expect(running.get('d3security')!.requests.at(-1)?.note).toBe('{"host":"host-1","disk":93}');
  const wrong = await run(d3security, 0, { secrets: { token: 'wrong token' } });
  expect(wrong.answer).toMatchObject({
    message: 'an error occurred while running the action',
    service_message: expect.stringMatching(
      /^Status code: 401\. Message: Unauthorized API Error: Authorization has been/,
    ),
    retry: true,
    errorSource: 'user',
  });
});

test('.tines: finds a webhook by its API and sends to it, and the record holds no key of a webhook', async () => {
  const check = async (id: string) =>
    (await app.call('POST', '/api/actions/_check', { connector_id: id })).body.status as string;
  const { id, answer } = await run(tines, 0, { params: { subAction: 'stories' } });
  expect(await check(id)).toBe('ok');
  const [story] = answer.data.stories;
  const listed = await run(tines, 0, { params: { subAction: 'webhooks', subActionParams: { storyId: story.id } } });
  const [first, second] = listed.answer.data.webhooks;
  const sent = await run(tines, 0, {
    params: { subAction: 'run', subActionParams: { webhook: first, body: '{"rule":{},"context":{}}' } },
  });
  expect(sent.answer).toMatchObject({ status: 'ok', data: { status: 'ok' } });
  expect(running.get('tines')!.requests.at(-1)?.note).toBe('rule, context');

  const refused = await run(tines, 0, {
    params: { subAction: 'run', subActionParams: { webhook: second, body: '{}' } },
  });
  expect(refused.answer).toMatchObject({
    service_message:
      'Status code: 405. Message: API Error: Method Not Allowed: Method not allowed. Allow POST in the webhook action of the story.',
  });
  expect(sent.execution.attempts[0].requests).toHaveLength(2);
  const byUrl = await run(tines, 1);
  for (const { records } of [listed, sent, refused]) {
    expect(records).not.toContain(TINES_WEBHOOK.secret);
    expect(records).not.toContain(TINES_READ_ONLY_WEBHOOK.secret);
  }
  expect(byUrl.execution.attempts[0].requests[0].url).not.toContain(TINES_WEBHOOK.secret);

  const wrong = await run(tines, 0, { secrets: { token: 'wrong token' } });
  expect(wrong.answer.service_message).toMatch(/^Status code: 401\. Message: API Error: Unauthorized: Invalid Email/);
  expect(await check(wrong.id)).toBe('error');
});

const CONFIG = 'error validating connector type config: ';
const SECRETS = 'error validating connector type secrets: ';
test.each<[string, Values, Values, string]>([
  ['.torq', {}, { token: 't' }, `${CONFIG}Field "webhookIntegrationUrl": Required`],
  ['.torq', { webhookIntegrationUrl: 'https://hooks.torq.io/x' }, {}, `${SECRETS}Field "token": Required`],
  [
    '.torq',
    { webhookIntegrationUrl: 'https://example.com/x' },
    {},
    `${CONFIG}error configuring send to Torq action: url must begin with https://hooks.torq.io or https://hooks.eu.torq.io`,
  ],
  ['.xmatters', { usesBasic: 'no' }, {}, `${CONFIG}Field "usesBasic": Expected boolean, received string`],
  ['.xmatters', {}, {}, `${SECRETS}Provide either secretsUrl link or user/password to authenticate`],
  [
    '.xmatters',
    { usesBasic: true },
    { user: 'a', password: 'b' },
    'error validating action type connector: Provide valid configUrl',
  ],
  ['.tines', {}, {}, `${CONFIG}Field "url": Required`],
  [
    '.tines',
    { url: 'https://x.tines.com' },
    {},
    `${SECRETS}2 errors:\n [1]: Field "email": Required;\n [2]: Field "token": Required`,
  ],
  ['.d3security', {}, {}, `${CONFIG}Field "url": Required`],
  ['.d3security', { url: 'https://x.example' }, {}, `${SECRETS}Field "token": Required`],
])('%s with %j and %j is not saved', async (type, config, secrets, message) => {
  const connector = { name: 'Refused', connector_type_id: type, config, secrets };
  const { status, body } = await app.call('POST', '/api/actions/connector', connector);
  expect({ status, message: body.message }).toEqual({ status: 400, message });
});

const VALIDATION = 'Request validation failed';
test.each<[SimulatorDefinition, Values, Values]>([
  [torq, {}, { message: 'error validating action params: Field "body": Required', retry: false }],
  [xmatters, {}, { message: 'error validating action params: Field "severity": Required', retry: false }],
  [
    xmatters,
    { severity: 'low', tags: ['a'] },
    { message: 'error validating action params: Field "tags": Expected string, received array' },
  ],
  [tines, {}, { message: 'error validating action params: Field "subAction": Required', retry: false }],
  [
    tines,
    { subAction: 'webhooks' },
    { service_message: `${VALIDATION} (Field "storyId": Expected number, received nan)`, retry: true },
  ],
  [
    tines,
    { subAction: 'run', subActionParams: { webhook: { id: 1, name: 'a' }, body: '' } },
    { service_message: `${VALIDATION} (Field "webhook.storyId": Expected number, received nan)` },
  ],
  [
    tines,
    { subAction: 'run', subActionParams: { webhook: { id: 1, storyId: 1 }, body: '' } },
    { service_message: `${VALIDATION} (Field "webhook.name": Required)`, errorSource: 'user' },
  ],
  [
    d3security,
    { subAction: 'run', subActionParams: { body: 5 } },
    { service_message: `${VALIDATION} (Field "body": Expected string, received number)`, errorSource: 'user' },
  ],
  [
    d3security,
    { subAction: 'test', subActionParams: { x: 5 } },
    { service_message: `${VALIDATION} (Unrecognized key(s) in object: 'x')`, retry: true },
  ],
])('$id refuses the params %j', async (definition, params, expected) => {
  const { length } = running.get(definition.id)!.requests;
  expect((await run(definition, 0, { params })).answer).toMatchObject({ status: 'error', ...expected });
  expect(running.get(definition.id)!.requests).toHaveLength(length);
});

test('the log holds none of the credentials of all this', () => {
  const secrets = [
    TORQ_TOKEN,
    XMATTERS_API_KEY,
    XMATTERS_USER.password,
    D3_TOKEN,
    TINES_USER.token,
    TINES_WEBHOOK.secret,
    'wrong token',
    'wrong password',
  ];
  for (const secret of secrets) expect(app.log()).not.toContain(secret);
});
