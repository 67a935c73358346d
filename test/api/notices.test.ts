import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { create, startTarget, type Target, webhook } from './support.ts';

const CANARY = 'notice-canary-5b1c';

let app: TestApp | undefined;
let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

/** A target that is dead until it is revived; then it answers 200. Its 503 asks to come back in a second. */
async function mortalTarget(): Promise<{ url: string; revive(): void }> {
  let status = 503;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(status, { 'retry-after': '1' }).end(`you are ${request.headers.authorization}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    revive() {
      status = 200;
    },
  };
}

const hook = (name: string, url: string) => ({ name, actionTypeId: '.webhook', config: { url, hasAuth: false } });

/** A server whose recipients `pager` and `second` are webhooks, and which gives up on a target after two failures. */
async function start(pagerUrl: string, notice: Record<string, unknown> = {}): Promise<TestApp> {
  app = await startTestApp({
    'patchbay.queue.circuit': { failures: 2, pause: '100ms', maxPause: '200ms' },
    'xpack.actions.preconfigured': {
      pager: hook('Pager', pagerUrl),
      second: hook('Second', `${target.url}/second`),
    },
    'patchbay.notices': [{ to: 'pager', fallback: ['second'], failures: 1_000, ...notice }],
  });
  return app;
}

const notices = (path: string) =>
  target.received.filter(({ url }) => url === path).map(({ body }) => JSON.parse(body) as Record<string, string>);
const enqueue = (id: string, count: number) =>
  app!.call('POST', '/api/actions/_bulk_enqueue', {
    actions: Array.from({ length: count }, () => ({ id, params: { body: '{}' } })),
  });

test('a dead target: its open circuit is told of once, as is that it lives again', async () => {
  const dead = await mortalTarget();
  await start(`${target.url}/pager`);
  const config = { url: dead.url, hasAuth: true };
  const id = await create(app!, webhook({ name: 'CRM', config, secrets: { user: 'ann', password: CANARY } }));
  await enqueue(id, 6);
  await until(() => notices('/pager').length > 0, 'the notice is there');
  expect(notices('/pager')[0]).toMatchObject({
    kind: 'circuit_open',
    connector_id: id,
    connector_name: 'CRM',
    connector_type_id: '.webhook',
    summary: expect.stringMatching(/^The circuit of connector "CRM" .* is open since .*503/),
  });
  dead.revive();
  await until(() => notices('/pager').length > 1, 'the recovery is told');
  expect(notices('/pager').map(({ kind }) => kind)).toEqual(['circuit_open', 'recovered']);

  const { body } = await app!.call('GET', '/api/actions/executions?source=notification');
  expect(body.data.map(({ connector_id }: { connector_id: string }) => connector_id)).toEqual(['pager', 'pager']);
  expect(JSON.stringify(notices('/pager')) + app!.log() + JSON.stringify(body)).not.toContain(CANARY);
});

test('a pager that is dead as well: the fallback gets the notice and is told why, and the pager is told of, too', async () => {
  const dead = await mortalTarget();
  const pager = await mortalTarget();
  await start(pager.url);
  const id = await create(app!, webhook({ name: 'CRM', config: { url: dead.url, hasAuth: false } }));
  await enqueue(id, 6);
  await until(() => notices('/second').length > 1, 'the fallback has both');
  const [first, other] = notices('/second').sort((a, b) =>
    a.connector_id === id ? -1 : b.connector_id === id ? 1 : 0,
  );
  expect(first).toMatchObject({ kind: 'circuit_open', connector_id: id });
  expect(first?.undelivered).toContain('could not be sent through "pager"');
  expect(other).toMatchObject({ kind: 'circuit_open', connector_id: 'pager', undelivered: '' });
});

test('failed runs of _execute, with params of the operator’s own', async () => {
  const dead = await mortalTarget();
  await start(`${target.url}/custom`, {
    failures: 3,
    circuit: false,
    params: { body: '{"text": {{json.summary}}, "n": {{failures}}}' },
  });
  const id = await create(app!, webhook({ name: 'A "quoted" name', config: { url: dead.url, hasAuth: false } }));
  for (let n = 0; n < 3; n += 1) {
    const { body } = await app!.call('POST', `/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
    expect(body.status).toBe('error');
  }
  await until(() => notices('/custom').length > 0, 'the notice is there');
  expect(notices('/custom')).toEqual([
    { text: expect.stringContaining('The last 3 runs of connector "A "quoted" name"'), n: 3 },
  ]);
});

test('a recipient that is not there is warned of at the start', async () => {
  await start(`${target.url}/pager`, { to: 'nobody' });
  expect(app!.log()).toContain('[patchbay.notices[0]]: there is no connector \\"nobody\\"');
});
