import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, startTarget, type Target, webhook } from './support.ts';

let app: TestApp;
let target: Target;
let hook: string;
let log: string;
beforeAll(async () => {
  [app, target] = await Promise.all([
    startTestApp({ 'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } } }),
    startTarget(),
  ]);
  hook = await create(app, webhook({ config: { url: `${target.url}/status/500`, hasAuth: false } }));
  log = await create(app, { name: 'Log', connector_type_id: '.server-log' });
  for (const id of [log, hook, 'pre', log]) {
    const params = id === hook ? { body: '{"text":"hä"}' } : { message: 'hello' };
    await app.call('POST', `/api/actions/connector/${id}/_execute`, { params });
  }
});
afterAll(() => app.stop());

async function search(query = '', space = '') {
  const answer = await app.call('GET', `${space}/api/event_log/_search${query}`);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = answer.text.split('\n');
  expect(lines.pop()).toBe('');
  return { documents: lines.map((line) => JSON.parse(line)), next: answer.headers.get('x-next-after') };
}

describe('the event log', () => {
  test('has two documents for each run, oldest first', async () => {
    const { documents, next } = await search();
    expect(documents.map(({ event, kibana }) => `${event.action} ${kibana.action.id}`)).toEqual(
      [log, hook, 'pre', log].flatMap((id) => [`execute-start ${id}`, `execute ${id}`]),
    );
    expect(next).toBeNull();
    const status = await app.call('GET', '/api/status');
    const [, , , failed, , preconfigured] = documents;
    expect(failed).toMatchObject({
      event: { outcome: 'failure' },
      user: { name: 'admin' },
      kibana: {
        server_uuid: status.body.uuid,
        action: { execution: { source: 'http_request', usage: { request_body_bytes: 14 } } },
      },
    });
    expect(failed.kibana.saved_objects).toEqual([{ rel: 'primary', type: 'action', id: hook, type_id: '.webhook' }]);
    expect(preconfigured.kibana.saved_objects[0]).toHaveProperty('space_agnostic', true);
  });

  test('goes on where it stopped', async () => {
    const first = await search('?size=3');
    expect(first.documents).toHaveLength(6);
    const second = await search(`?size=3&after=${first.next}`);
    expect(second).toMatchObject({ next: null, documents: [{}, {}] });
    const ids = [...first.documents, ...second.documents].map(({ kibana }) => kibana.action.execution.uuid);
    expect(new Set(ids).size).toBe(4);
  });

  test('takes the filters of the search', async () => {
    expect((await search(`?connector_id=${hook}`)).documents).toHaveLength(2);
    expect((await search('?status=failed&status=expired&sort=newest')).documents).toHaveLength(2);
    expect((await search('?text=nothing')).documents).toHaveLength(0);
    expect((await search('', '/s/other')).documents).toHaveLength(0);
  });

  test.each([
    ['size=10001', '[request query.size]: Value must be equal to or lower than [10000].'],
    ['after=x', /^\[request query\.after\]: /],
    ['page=1', "[request query.page]: Additional properties are not allowed ('page' was unexpected)"],
  ])('refuses ?%s as JSON', async (query, message) => {
    expectError(await app.call('GET', `/api/event_log/_search?${query}`), 400, message);
  });

  test('asks who calls', async () => {
    const answer = await app.call('GET', '/api/event_log/_search', undefined, { authorization: undefined });
    expect(answer.status).toBe(401);
  });

  test('is documented with its kind of answer', async () => {
    const { body } = await app.call('GET', '/api/openapi.json');
    const [ok] = Object.values<{ content: object; headers: object }>(
      body.paths['/api/event_log/_search'].get.responses,
    );
    expect(Object.keys(ok!.content)).toEqual(['application/x-ndjson']);
    expect(Object.keys(ok!.headers)).toEqual(['x-next-after']);
  });
});

describe('searching executions', () => {
  const total = async (query: string) => (await app.call('GET', `/api/actions/executions?${query}`)).body.total;

  test('takes several statuses', async () => {
    expect(await total('status=failed&status=succeeded')).toBe(4);
    expect(await total('status=failed&status=queued')).toBe(1);
    expect(await total('status=queued&status=expired')).toBe(0);
  });

  test('shows the params of one that failed', async () => {
    const { body: found } = await app.call('GET', '/api/actions/executions?status=failed');
    expect(found.data[0]).not.toHaveProperty('params');
    const { body: one } = await app.call('GET', `/api/actions/execution/${found.data[0].execution_id}`);
    expect(one).toMatchObject({ status: 'failed', params: { body: '{"text":"hä"}' } });
    const { body: good } = await app.call('GET', '/api/actions/executions?status=succeeded');
    const { body: other } = await app.call('GET', `/api/actions/execution/${good.data[0].execution_id}`);
    expect(other).not.toHaveProperty('params');
  });
});
