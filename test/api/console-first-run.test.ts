import { afterEach, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { addUser, expectError } from './support.ts';

const PATH = '/internal/first-run/simulator';
const apps: TestApp[] = [];
async function start(...given: Parameters<typeof startTestApp>): Promise<TestApp> {
  const app = await startTestApp(...given);
  apps.push(app);
  return app;
}
afterEach(async () => {
  for (const app of apps.splice(0).reverse()) await app.stop();
});

const run = (app: TestApp, id: string, space = '') =>
  app.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params: { body: '{"text":"hello"}' } });
const practice = async (app: TestApp, space = '') =>
  (await app.call('GET', `${space}/api/actions/connectors?extended=true`)).body;

describe('the practice target', () => {
  test('is on offer, takes the first message, and is the same at every call', async () => {
    const app = await start();
    expect((await app.call('GET', PATH)).body).toEqual({ on_offer: true });
    const { status, body } = await app.call('POST', PATH);
    expect(status).toBe(200);
    expect(body).toEqual({
      connector_id: expect.any(String),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/hook$/),
    });
    expect(await practice(app)).toMatchObject([
      { id: body.connector_id, name: 'Practice target', connector_type_id: '.webhook', tags: ['practice'] },
    ]);
    expect((await run(app, body.connector_id)).body.status).toBe('ok');
    const messages = await (await fetch(new URL('/messages', body.url))).json();
    expect(messages).toMatchObject([{ method: 'POST', path: '/hook', body: '{"text":"hello"}' }]);

    expect((await app.call('POST', PATH)).body).toEqual(body);
    expect((await app.call('GET', PATH)).body).toEqual({ on_offer: true, ...body });
    expect(await practice(app)).toHaveLength(1);
  });

  test('is one for clicks at once, and has a connector in each space', async () => {
    const app = await start();
    const answers = await Promise.all(Array.from({ length: 5 }, () => app.call('POST', PATH)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const { body: other } = await app.call('POST', `/s/other${PATH}`);
    expect(other.url).toBe(answers[0]!.body.url);
    expect(other.connector_id).not.toBe(answers[0]!.body.connector_id);
    expect((await run(app, other.connector_id, '/s/other')).body.status).toBe('ok');
  });

  test('makes its connector again when somebody deleted it', async () => {
    const app = await start();
    const { body } = await app.call('POST', PATH);
    await app.call('DELETE', `/api/actions/connector/${body.connector_id}`);
    expect((await app.call('GET', PATH)).body).toEqual({ on_offer: true });
    const { body: again } = await app.call('POST', PATH);
    expect(again.url).toBe(body.url);
    expect((await run(app, again.connector_id)).body.status).toBe('ok');
  });

  test('ends with the server; after the next start its connector leads to the new one', async () => {
    const app = await start();
    const { body } = await app.call('POST', PATH);
    const { database } = app;
    await apps.pop()!.stop();
    await expect(fetch(body.url)).rejects.toThrow();
    const next = await start({}, database);
    expect((await next.call('GET', PATH)).body).toEqual({ on_offer: true });
    const { body: again } = await next.call('POST', PATH);
    expect(again.connector_id).toBe(body.connector_id);
    expect((await run(next, again.connector_id)).body.status).toBe('ok');
    expect(await practice(next)).toHaveLength(1);
  });

  test('leaves a connector of somebody’s own alone, whatever it is called', async () => {
    const app = await start();
    const own = { name: 'Practice target', connector_type_id: '.webhook', tags: ['practice'] };
    const config = { url: 'https://example.com/hook', hasAuth: false };
    await app.call('POST', '/api/actions/connector/practice', { ...own, config });
    const { body } = await app.call('POST', PATH);
    expect(body.connector_id).not.toBe('practice');
    expect((await app.call('GET', '/api/actions/connector/practice')).body.config.url).toBe(config.url);
  });

  test('is reached by its name where the settings allow only that', async () => {
    const app = await start({ 'xpack.actions.allowedHosts': ['localhost'] });
    const { body } = await app.call('POST', PATH);
    expect(body.url).toMatch(/^http:\/\/localhost:\d+\/hook$/);
    expect((await run(app, body.connector_id)).body.status).toBe('ok');
  });
});

describe('it is not on offer', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['when no connector may reach this machine', { 'xpack.actions.allowedHosts': ['example.com'] }, /allowedHosts/],
    [
      'when its addresses are refused',
      { 'patchbay.egress.deniedAddresses': ['127.0.0.0/8', '::1/128'] },
      /deniedAddresses/,
    ],
    ['behind a proxy', { 'xpack.actions.proxyUrl': 'http://proxy.example.com:3128' }, /proxy/],
    ['without its type', { 'xpack.actions.enabledActionTypes': ['.slack'] }, /"\.webhook" is not enabled/],
  ])('%s', async (_what, settings, reason) => {
    const app = await start(settings);
    const { body } = await app.call('GET', PATH);
    expect(body).toEqual({ on_offer: false, reason: expect.stringMatching(reason) });
    expectError(await app.call('POST', PATH), 403, body.reason);
    expect(await practice(app)).toEqual([]);
  });

  test('on several servers at once', async () => {
    const one = await start();
    await start({}, one.database);
    await until(async () => (await one.call('GET', PATH)).body.on_offer === false, 'the servers know of each other');
    expectError(await one.call('POST', PATH), 403, /^Several servers/);
  });

  test('to those who are no superusers', async () => {
    const app = await start();
    const all = await addUser(app, 'all', ['actions_all']);
    const reason = 'Only a superuser can start the practice target.';
    expect((await app.call('GET', PATH, undefined, all)).body).toEqual({ on_offer: false, reason });
    expectError(await app.call('POST', PATH, undefined, all), 403, reason);
    expectError(await app.call('POST', PATH, undefined, { authorization: undefined }), 401);
  });
});
