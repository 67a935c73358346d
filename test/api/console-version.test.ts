import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, webhook } from './support.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } },
  });
});
afterAll(() => app.stop());

const one = (id: string, query = '') => `/api/actions/connector/${id}${query}`;
const read = async (id: string) => (await app.call('GET', one(id, '?extended=true'))).body;

describe('the version of a connector', () => {
  test('is in extended answers and grows with each change', async () => {
    const { body: made } = await app.call('POST', '/api/actions/connector?extended=true', webhook());
    expect(made.version).toBe(1);
    const { body: changed } = await app.call('PATCH', one(made.id, '?extended=true'), { name: 'New' });
    expect(changed.version).toBe(2);
    const { body: list } = await app.call('GET', '/api/actions/connectors?extended=true');
    expect(list.find(({ id }: { id: string }) => id === made.id).version).toBe(2);
  });

  test('is not in other answers, and preconfigured connectors have none', async () => {
    const id = await create(app);
    expect((await app.call('GET', one(id))).body).not.toHaveProperty('version');
    expect(await read('pre')).not.toHaveProperty('version');
  });
});

describe('a change for a version', () => {
  const changes = [
    ['PATCH', { name: 'Mine' }],
    ['PUT', { name: 'Mine', config: webhook().config }],
    ['DELETE', undefined],
  ] as const;

  test.each(changes)('%s is made when it is the present one', async (method, body) => {
    const id = await create(app);
    const { status } = await app.call(method, one(id, '?version=1'), body);
    expect(status).toBe(method === 'DELETE' ? 204 : 200);
    const after = await app.call('GET', one(id));
    expect(after.body).toMatchObject(method === 'DELETE' ? { statusCode: 404 } : { name: 'Mine' });
  });

  test.each(changes)('%s is refused when somebody was faster, and says which one it is now', async (method, body) => {
    const id = await create(app);
    await app.call('PATCH', one(id), { name: 'Theirs' });
    const answer = await app.call(method, one(id, '?version=1'), body);
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      statusCode: 409,
      error: 'Conflict',
      message: `Connector "${id}" has been changed since you read it: you have version 1, it has version 2. Read it again and repeat what you meant to do.`,
      attributes: { version: 2 },
    });
    expect(await read(id)).toMatchObject({ name: 'Theirs', version: 2 });
    const again = await app.call(method, one(id, '?version=2'), body);
    expect(again.status).toBe(method === 'DELETE' ? 204 : 200);
  });

  test('of many at once, one is made', async () => {
    const id = await create(app);
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, n) => app.call('PATCH', one(id, '?version=1'), { name: `Writer ${n}` })),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of all.filter((answer) => answer.status !== 200)) {
      expect(status).toBe(409);
      expect(body.attributes).toEqual({ version: 2 });
    }
  });

  test.each(changes)('%s without one is made all the same', async (method, body) => {
    const id = await create(app);
    await app.call('PATCH', one(id), { name: 'Theirs' });
    expect((await app.call(method, one(id), body)).status).toBeLessThan(300);
  });

  test.each(changes)('%s of what is gone is 404, of a preconfigured one 400', async (method, body) => {
    expectError(await app.call(method, one('gone', '?version=1'), body), 404);
    expectError(await app.call(method, one('pre', '?version=1'), body), 400, /^Preconfigured action pre /);
  });

  test.each(['0', '-1', '1.5', 'x', ''])('refuses version %j', async (version) => {
    const id = await create(app);
    for (const [method, body] of changes) {
      expectError(await app.call(method, one(id, `?version=${version}`), body), 400, /^\[request query\.version\]/);
    }
  });
});
