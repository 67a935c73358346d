import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { httpServer } from '../support/http-servers.ts';
import { accepted, inState } from './queue-support.ts';
import { create, webhook } from './support.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.stop());

/** A target that asks the first callers to come again in a second. */
function busyAtFirst(times: number) {
  let calls = 0;
  return httpServer((_request, response) => {
    calls += 1;
    if (calls <= times) response.writeHead(503, { 'retry-after': '1' }).end();
    else response.end('{}');
  });
}

const keyed = (url: string, more: Record<string, unknown> = {}) =>
  webhook({ config: { url, hasAuth: false, sendIdempotencyKey: true, ...more } });

test('every attempt carries the execution as its idempotency key', async () => {
  const target = await busyAtFirst(1);
  const id = await create(app, keyed(target.origin));
  const execution = await inState(app, await accepted(app, id));
  expect(execution).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'failed' }, { outcome: 'delivered' }] });
  expect(execution.attempts[0].next_attempt_at).toEqual(expect.any(String));
  const keys = target.seen.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toEqual([execution.execution_id, execution.execution_id]);
  const [{ headers }] = execution.attempts[1].requests;
  expect(headers).toMatchObject({ 'Idempotency-Key': execution.execution_id });
});

test('two executions have two keys, also when run at once', async () => {
  const target = await busyAtFirst(0);
  const id = await create(app, keyed(target.origin));
  await inState(app, await accepted(app, id));
  await app.call('POST', `/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
  const keys = target.seen.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(2);
  expect(keys).not.toContain(undefined);
});

test('the preview shows the header, and the config only what was set', async () => {
  const id = await create(app, keyed('http://localhost:1/x'));
  const { body } = await app.call('POST', '/api/actions/_preview', { connector_id: id, params: { body: '{}' } });
  expect(body.requests[0].headers).toMatchObject({ 'Idempotency-Key': expect.stringMatching(/^[0-9a-f-]{36}$/) });
  const { config } = (await app.call('GET', `/api/actions/connector/${id}`)).body;
  expect(config).toMatchObject({ sendIdempotencyKey: true });

  const plain = await create(app);
  const shown = (await app.call('GET', `/api/actions/connector/${plain}`)).body.config;
  expect(Object.keys(shown).sort()).toEqual(['hasAuth', 'headers', 'method', 'url']);
  const without = await app.call('POST', '/api/actions/_preview', { connector_id: plain, params: { body: '{}' } });
  expect(Object.keys(without.body.requests[0].headers)).not.toContain('Idempotency-Key');
});
