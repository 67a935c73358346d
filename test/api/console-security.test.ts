import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashPassword } from '../../src/access/passwords.ts';
import { apiKeyRows } from '../../src/db/api-keys.ts';
import { userRows } from '../../src/db/users.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { dumpDatabase } from './database-dump.ts';
import { addUser, basic, expectError } from './support.ts';

const USERS = '/internal/security/users';
const KEYS = '/internal/security/api_keys';
const LIST = '/api/actions/connectors';

let app: TestApp;
let two: TestApp;
let all: { authorization: string };
beforeAll(async () => {
  app = await startTestApp();
  two = await startTestApp({}, app.database);
  all = await addUser(app, 'all', ['actions_all']);
});
afterAll(async () => {
  await two.stop();
  await app.stop();
});

const add = (username: string, roles = ['actions_read'], more = {}) =>
  app.call('POST', USERS, { username, password: `password of ${username}`, roles, ...more });
const as = (username: string, password = `password of ${username}`) => ({ authorization: basic(username, password) });
const status = async (headers: Record<string, string | undefined>, server = app) =>
  (await server.call('GET', LIST, undefined, { authorization: undefined, ...headers })).status;

async function signIn(username: string, password = `password of ${username}`): Promise<{ cookie: string }> {
  const answer = await app.call('POST', '/internal/session', { username, password }, { authorization: undefined });
  expect(answer.status, answer.text).toBe(200);
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]! };
}

describe('users', () => {
  test('are added, listed, and may sign in', async () => {
    const { status: code, body } = await add('ann', ['actions_read'], { full_name: 'Ann B', email: 'a@example.com' });
    expect(code).toBe(200);
    const ann = {
      username: 'ann',
      full_name: 'Ann B',
      email: 'a@example.com',
      roles: ['actions_read'],
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      managed_by_settings: false,
    };
    expect(body).toEqual(ann);
    const { body: list } = await app.call('GET', USERS);
    expect(list.users).toContainEqual(ann);
    const admin = list.users.find(({ username }: { username: string }) => username === 'admin');
    expect(admin).toMatchObject({ full_name: null, managed_by_settings: true });
    expect(JSON.stringify(list)).not.toContain('scrypt');
    expect(await status(as('ann'))).toBe(200);
    expect(await status(as('ann', 'wrong'))).toBe(401);
    expectError(await add('ann'), 409, 'A user named "ann" exists already. Choose another name.');
  });

  test('a new password is the only one at once, on every server, and ends the sessions', async () => {
    await add('ben');
    const session = await signIn('ben');
    expect([await status(as('ben')), await status(as('ben'), two), await status(session)]).toEqual([200, 200, 200]);
    const { status: code, body } = await app.call('PUT', `${USERS}/ben`, { password: 'another password' });
    expect([code, body.roles]).toEqual([200, ['actions_read']]);
    expect([await status(as('ben')), await status(session)]).toEqual([401, 401]);
    expect(await status(as('ben', 'another password'))).toBe(200);
    await until(async () => (await status(as('ben'), two)) === 401, 'the other server has forgotten the old one');
  });

  test('other roles hold at once and end the sessions; a new name does not', async () => {
    await add('cat', ['actions_all']);
    const session = await signIn('cat');
    await app.call('PUT', `${USERS}/cat`, { full_name: 'Cat', roles: ['actions_all'] });
    expect(await status(session)).toBe(200);
    const { body } = await app.call('PUT', `${USERS}/cat`, { roles: ['actions_read'], full_name: null });
    expect(body).toMatchObject({ roles: ['actions_read'], full_name: null });
    expect(await status(session)).toBe(401);
    const log = { name: 'Log', connector_type_id: '.server-log' };
    expectError(await app.call('POST', '/api/actions/connector', log, as('cat')), 403);
  });

  test('a removed one is out at once, with sessions and keys', async () => {
    await add('dan');
    const session = await signIn('dan');
    const { body: key } = await app.call('POST', KEYS, { name: 'k' }, as('dan'));
    const withKey = { authorization: `ApiKey ${key.encoded}` };
    expect([await status(as('dan')), await status(session), await status(withKey)]).toEqual([200, 200, 200]);
    expect((await app.call('DELETE', `${USERS}/dan`)).status).toBe(204);
    expect([await status(as('dan')), await status(session), await status(withKey)]).toEqual([401, 401, 401]);
    expectError(await app.call('DELETE', `${USERS}/dan`), 404, 'There is no user named "dan".');
    expectError(await app.call('PUT', `${USERS}/dan`, { roles: ['actions_all'] }), 404);
  });

  test('the last superuser stays one, also when two remove each other at once', async () => {
    const other = await startTestApp();
    try {
      // The administrator of the settings cannot be removed anyway: two others are alone.
      const { kysely } = other.database.db;
      const passwordHash = await hashPassword('password one');
      for (const username of ['one', 'two']) {
        await userRows(kysely).insert({ username, passwordHash, roles: ['superuser'] });
      }
      await kysely
        .updateTable('users')
        .set({ roles: ['actions_read'] })
        .where('username', '=', 'admin')
        .execute();
      const answers = await Promise.all([
        other.call('DELETE', `${USERS}/two`, undefined, as('one', 'password one')),
        other.call('DELETE', `${USERS}/one`, undefined, as('two', 'password one')),
      ]);
      expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1);
      const left = answers[0]!.status === 204 ? 'one' : 'two';
      const mine = as(left, 'password one');
      expectError(await other.call('DELETE', `${USERS}/${left}`, undefined, mine), 409, /is the only superuser/);
      const roles = { roles: ['actions_all'] };
      expectError(await other.call('PUT', `${USERS}/${left}`, roles, mine), 409, /is the only superuser/);
    } finally {
      await other.stop();
    }
  });

  test('the settings decide on their administrator', async () => {
    expectError(await app.call('PUT', `${USERS}/admin`, { password: 'another password' }), 400, /patchbay\.admin/);
    expectError(await app.call('DELETE', `${USERS}/admin`), 400, /patchbay\.admin/);
    expect((await app.call('PUT', `${USERS}/admin`, { full_name: 'The boss' })).body.full_name).toBe('The boss');
  });

  test.each<[string, Record<string, unknown>]>([
    ['a colon in the name', { username: 'a:b' }],
    ['a blank at the end', { username: 'a ' }],
    ['a line end', { username: 'a\nb' }],
    ['no name', { username: '' }],
    ['a long name', { username: 'x'.repeat(256) }],
    ['a short password', { password: '1234567' }],
    ['no role', { roles: [] }],
    ['an unknown role', { roles: ['admin'] }],
    ['an unknown field', { enabled: true }],
  ])('with %s are refused', async (_what, body) => {
    const answer = await app.call('POST', USERS, {
      username: 'x',
      password: 'long enough',
      roles: ['actions_all'],
      ...body,
    });
    expectError(answer, 400, /^\[request body/);
  });

  test('are managed by superusers only', async () => {
    const user = { username: 'y', password: 'long enough', roles: ['superuser'] };
    for (const [method, path, body] of [
      ['GET', USERS],
      ['POST', USERS, user],
      ['PUT', `${USERS}/admin`, { full_name: 'x' }],
      ['DELETE', `${USERS}/admin`],
    ] as const) {
      expectError(await app.call(method, path, body, all), 403, 'Only a superuser can manage users.');
      expectError(await app.call(method, path, body, { authorization: undefined }), 401);
    }
  });
});

describe('API keys', () => {
  const make = async (body: Record<string, unknown> = {}, headers = {}) => {
    const answer = await app.call('POST', KEYS, { name: 'CI', ...body }, headers);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };
  const withKey = ({ encoded }: { encoded: string }) => ({ authorization: `ApiKey ${encoded}` });

  test('open what their user may, and are shown once', async () => {
    const key = await make({}, all);
    expect(key).toEqual({
      id: expect.stringMatching(/^[\w-]{20}$/),
      name: 'CI',
      username: 'all',
      roles: null,
      created_at: expect.stringMatching(/Z$/),
      expires_at: null,
      last_used_at: null,
      api_key: expect.stringMatching(/^[\w-]{43}$/),
      encoded: Buffer.from(`${key.id}:${key.api_key}`).toString('base64'),
    });
    const log = { name: 'Log', connector_type_id: '.server-log' };
    const { body } = await app.call('POST', '/api/actions/connector', log, withKey(key));
    expect(body.name).toBe('Log');
    const run = `/api/actions/connector/${body.id}/_execute`;
    await app.call('POST', run, { params: { message: 'hi' } }, withKey(key));
    const { body: found } = await app.call('GET', `/api/actions/executions?connector_id=${body.id}`);
    expect(found.data[0].username).toBe('all');
    const { body: list, text } = await app.call('GET', KEYS, undefined, all);
    expect(list.api_keys[0]).toMatchObject({ id: key.id, last_used_at: expect.stringMatching(/Z$/) });
    expect(text).not.toContain(key.api_key);
    const stored = await dumpDatabase(app.database.db.kysely);
    expect(stored).toContain(key.id);
    expect(stored).not.toContain(key.api_key);
    expect(app.log()).not.toContain(key.api_key);
  });

  test('of fewer roles open less, and no more than their user may by then', async () => {
    await add('eve', ['actions_all']);
    const [full, few] = [
      await make({ roles: ['actions_all'] }, as('eve')),
      await make({ roles: ['actions_read'] }, as('eve')),
    ];
    const log = { name: 'Log', connector_type_id: '.server-log' };
    const tries = async () =>
      Promise.all(
        [full, few].map(async (key) => (await app.call('POST', '/api/actions/connector', log, withKey(key))).status),
      );
    expect(await tries()).toEqual([200, 403]);
    await app.call('PUT', `${USERS}/eve`, { roles: ['actions_read'] });
    expect(await tries()).toEqual([403, 403]);
    expect([await status(withKey(full)), await status(withKey(few))]).toEqual([403, 200]);
  });

  test('cannot have roles that their maker has not', async () => {
    const message = 'An API key cannot have the role "superuser", which you do not have.';
    expectError(await app.call('POST', KEYS, { name: 'k', roles: ['superuser'] }, all), 403, message);
    expect((await make({ roles: ['actions_read'] })).roles).toEqual(['actions_read']);
  });

  test('that are removed open nothing at once, on every server soon', async () => {
    const key = await make({}, all);
    expect([await status(withKey(key)), await status(withKey(key), two)]).toEqual([200, 200]);
    expect((await app.call('DELETE', `${KEYS}/${key.id}`, undefined, all)).status).toBe(204);
    expect(await status(withKey(key))).toBe(401);
    await until(async () => (await status(withKey(key), two)) === 401, 'the other server has forgotten it');
    expectError(await app.call('DELETE', `${KEYS}/${key.id}`, undefined, all), 404);
  });

  test('that expired open nothing', async () => {
    const key = await make({ expires_at: '2999-01-01T00:00:00+01:00' }, all);
    expect(key.expires_at).toBe('2998-12-31T23:00:00.000Z');
    await app.database.db.kysely
      .updateTable('api_keys')
      .set({ expires_at: new Date() })
      .where('id', '=', key.id)
      .execute();
    expect(await status(withKey(key))).toBe(401);
    const past = await app.call('POST', KEYS, { name: 'k', expires_at: '2020-01-01T00:00:00Z' }, all);
    expectError(past, 400, '[request body.expires_at]: must be a time to come');
  });

  test('are shown to their user, and all to superusers, who may remove them', async () => {
    await add('fay');
    const key = await make({ name: 'of fay' }, as('fay'));
    const ids = async (headers = {}) =>
      (await app.call('GET', KEYS, undefined, headers)).body.api_keys.map(({ id }: { id: string }) => id);
    expect(await ids(as('fay'))).toEqual([key.id]);
    expect(await ids(all)).not.toContain(key.id);
    expect(await ids()).toContain(key.id);
    expectError(await app.call('DELETE', `${KEYS}/${key.id}`, undefined, all), 404);
    expect(await status(withKey(key))).toBe(200);
    expect((await app.call('DELETE', `${KEYS}/${key.id}`)).status).toBe(204);
  });

  test('cannot manage users and keys', async () => {
    const key = await make();
    for (const [method, path, body] of [
      ['GET', USERS],
      ['POST', KEYS, { name: 'another' }],
      ['GET', KEYS],
      ['DELETE', `${KEYS}/${key.id}`],
    ] as const) {
      expectError(await app.call(method, path, body, withKey(key)), 403, /^An API key cannot manage/);
    }
  });

  test('are a hundred at most for each user', async () => {
    await add('gus');
    const rows = apiKeyRows(app.database.db.kysely);
    const key = { name: 'k', username: 'gus', roles: null, expiresAt: null, secretHash: Buffer.alloc(32) };
    for (let n = 0; n < 99; n += 1) await rows.insert({ ...key, id: `gus-${n}` }, 100);
    const answers = await Promise.all([1, 2, 3].map(() => app.call('POST', KEYS, { name: 'k' }, as('gus'))));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409]);
  });

  test.each([
    ['an unknown id', 'nobody:secret'],
    ['no secret', 'nobody:'],
    ['no colon', 'nobody'],
    ['nothing before the colon', ':secret'],
    ['a NUL character', 'a\0:b'],
  ])('%s is 401', async (_what, text) => {
    expect(await status(withKey({ encoded: Buffer.from(text).toString('base64') }))).toBe(401);
  });

  test('a wrong secret is 401, and the scheme is read in any case', async () => {
    const key = await make({}, all);
    expect(await status(withKey({ encoded: Buffer.from(`${key.id}:wrong`).toString('base64') }))).toBe(401);
    expect(await status({ authorization: `APIKEY ${key.encoded}` })).toBe(200);
    // A key is no password, and a password no key.
    expect(await status({ authorization: `Basic ${key.encoded}` })).toBe(401);
    const password = Buffer.from('all:password of all').toString('base64');
    expect(await status({ authorization: `ApiKey ${password}` })).toBe(401);
  });
});
