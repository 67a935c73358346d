import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { D3_PATH, D3_TOKEN, d3security } from './d3security.ts';
import { type Simulator, startSimulator } from './harness.ts';
import { TINES_READ_ONLY_WEBHOOK, TINES_USER, TINES_WEBHOOK, tines } from './tines.ts';
import { TORQ_PATH, TORQ_TOKEN, TORQ_WORKFLOW_PATH, torq } from './torq.ts';
import { XMATTERS_API_KEY, XMATTERS_PATH, XMATTERS_USER, xmatters } from './xmatters.ts';

type Headers = Record<string, string>;

/** Starts one simulator for a describe block and returns a function that calls it. */
function use(definition: Parameters<typeof startSimulator>[0]) {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator(definition);
  });
  afterAll(() => simulator.close());
  return async (method: string, path: string, body?: string, headers: Headers = {}) => {
    const init = { method, body, headers: { 'content-type': 'application/json', ...headers } };
    const response = await fetch(simulator.url + path, init);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  };
}

describe('torq', () => {
  const call = use(torq);
  const token = { 'x-torq-token': TORQ_TOKEN };

  test('takes an event, and answers for one workflow with the id of the execution', async () => {
    expect(await call('POST', TORQ_PATH, '{"a":1}', token)).toEqual({ status: 204, body: undefined });
    expect(await call('POST', TORQ_WORKFLOW_PATH, '{"a":1}', token)).toEqual({
      status: 200,
      body: { execution_id: expect.any(String) },
    });
    expect((await call('POST', TORQ_PATH, '', token)).status).toBe(204);
  });

  test.each<[string, string, string, Headers, number, string]>([
    ['POST', '/v1/webhooks/other', '{}', token, 404, 'webhook not found'],
    ['PUT', TORQ_PATH, '{}', token, 405, 'method not allowed'],
    ['POST', TORQ_PATH, '{}', {}, 401, 'unauthorized'],
    ['POST', TORQ_PATH, '{}', { 'x-torq-token': 'wrong' }, 401, 'unauthorized'],
    ['POST', TORQ_PATH, '{"a":', token, 400, 'malformed event'],
    ['POST', TORQ_PATH, '{}', { ...token, 'content-type': 'text/plain' }, 415, 'unsupported content type'],
  ])('%s %s %s %o is refused', async (method, path, body, headers, status, message) => {
    expect(await call(method, path, body, headers)).toEqual({ status, body: { message } });
  });
});

describe('xmatters', () => {
  const call = use(xmatters);
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const signedIn = basic(XMATTERS_USER.user, XMATTERS_USER.password);
  const withKey = `${XMATTERS_PATH}?apiKey=${XMATTERS_API_KEY}`;

  test('takes a signal either way', async () => {
    const accepted = { status: 202, body: { requestId: expect.any(String) } };
    expect(await call('POST', XMATTERS_PATH, '{"severity":"high","signalId":"1"}', signedIn)).toEqual(accepted);
    expect(await call('POST', withKey, '{"severity":"high"}')).toEqual(accepted);
  });

  test.each<[string, string, string, Headers, number]>([
    ['POST', '/api/integration/1/functions/other/triggers', '{"severity":"high"}', signedIn, 404],
    ['GET', withKey, '', {}, 405],
    ['POST', XMATTERS_PATH, '{"severity":"high"}', {}, 401],
    ['POST', XMATTERS_PATH, '{"severity":"high"}', basic(XMATTERS_USER.user, 'wrong'), 401],
    ['POST', `${XMATTERS_PATH}?apiKey=wrong`, '{"severity":"high"}', signedIn, 401],
    ['POST', withKey, '{"severity":"high"}', { 'content-type': 'text/plain' }, 415],
    ['POST', withKey, '["severity"]', {}, 400],
    ['POST', withKey, '{"severity":""}', {}, 400],
    ['POST', withKey, '{"severity":"high","tags":["a"]}', {}, 400],
    ['POST', withKey, '{"severity":"high","other":"a"}', {}, 400],
  ])('%s %s %s %o is refused', async (method, path, body, headers, status) => {
    const answer = await call(method, path, body === '' ? undefined : body, headers);
    expect(answer).toEqual({ status, body: { code: status, reason: expect.any(String), message: expect.any(String) } });
  });
});

describe('d3security', () => {
  const call = use(d3security);
  const key = { d3key: D3_TOKEN };
  const event = (source: object) => JSON.stringify({ hits: { hits: { _source: source } } });
  const good = { rawData: { a: 1 }, 'event.type': '', 'kibana.alert.severity': 'high' };

  test('takes an event', async () => {
    const answer = { status: 200, body: { refid: expect.any(String) } };
    expect(await call('POST', D3_PATH, event(good), key)).toEqual(answer);
    expect(await call('POST', D3_PATH, event({ ...good, rawData: null }), key)).toEqual(answer);
  });

  test.each<[string, string, string, Headers, number]>([
    ['POST', '/VSOC/api/Data/Kibana/Other/CreateEvents', event(good), key, 404],
    ['PUT', D3_PATH, event(good), key, 405],
    ['POST', D3_PATH, event(good), {}, 401],
    ['POST', D3_PATH, event(good), { d3key: 'wrong' }, 401],
    ['POST', D3_PATH, event(good), { ...key, 'content-type': 'text/plain' }, 415],
    ['POST', D3_PATH, '{', key, 400],
    ['POST', D3_PATH, JSON.stringify({ hits: { hits: [{ _source: good }] } }), key, 400],
    ['POST', D3_PATH, event({ rawData: 'x' }), key, 400],
    ['POST', D3_PATH, event({ rawData: 'x', event: { type: '' }, 'kibana.alert.severity': '' }), key, 400],
  ])('%s %s %s %o is refused', async (method, path, body, headers, status) => {
    expect(await call(method, path, body, headers)).toEqual({ status, body: { Message: expect.any(String) } });
  });
});

describe('tines', () => {
  const call = use(tines);
  const user = { 'x-user-email': TINES_USER.email, 'x-user-token': TINES_USER.token };
  const get = (path: string, headers: Headers = user) => call('GET', `/api/v1/${path}`, undefined, headers);
  const { id, storyId, path, secret } = TINES_WEBHOOK;

  test('lists stories and actions in pages', async () => {
    const story = { id: storyId, name: 'Alerts from Elastic', published: true };
    expect(await get('stories')).toMatchObject({ status: 200, body: { stories: [story, {}], meta: { pages: 1 } } });
    const second = await get('stories?per_page=1&page=2');
    expect(second.body).toMatchObject({ stories: [{ name: 'Draft' }], meta: { pages: 2, next_page_number: null } });
    expect(await get('agents?story_id=7')).toMatchObject({ body: { agents: [{ id }, {}, {}], meta: { count: 3 } } });
    const webhooks = await get('agents?story_id=7&action_type=Agents::WebhookAgent&per_page=500');
    expect(webhooks).toMatchObject({ body: { agents: [{ id }, {}], meta: { count: 2 } } });
    expect(await get('agents?story_id=8')).toMatchObject({ body: { agents: [], meta: { pages: 1 } } });
    expect(await get(`actions/${id}`)).toMatchObject({ status: 200, body: { id, options: { path, secret } } });
  });

  test('takes an event', async () => {
    expect(await call('POST', `/webhook/${path}/${secret}`, '{"a":1}')).toEqual({
      status: 201,
      body: { status: 'ok' },
    });
  });

  const readOnly = `/webhook/${TINES_READ_ONLY_WEBHOOK.path}/${TINES_READ_ONLY_WEBHOOK.secret}`;
  test.each<[string, string, string | undefined, Headers, number]>([
    ['GET', '/api/v1/stories', undefined, {}, 401],
    ['GET', '/api/v1/stories', undefined, { ...user, 'x-user-token': 'wrong' }, 401],
    ['GET', '/api/v1/stories', undefined, { ...user, 'x-user-email': 'other@example.com' }, 401],
    ['GET', '/api/v1/stories?per_page=501', undefined, user, 400],
    ['GET', '/api/v1/actions/99', undefined, user, 404],
    ['POST', '/api/v1/stories', '{}', user, 404],
    ['POST', '/webhook/alerts/wrong', '{}', {}, 404],
    ['POST', '/other', '{}', {}, 404],
    ['POST', readOnly, '{}', {}, 405],
    ['POST', `/webhook/${path}/${secret}`, '{', {}, 400],
    ['POST', `/webhook/${path}/${secret}`, '{}', user, 400],
  ])('%s %s %s %o is refused', async (method, url, body, headers, status) => {
    expect(await call(method, url, body, headers)).toEqual({ status, body: { error: expect.any(String) } });
  });
});
