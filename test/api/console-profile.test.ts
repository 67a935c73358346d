import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { dumpDatabase } from './database-dump.ts';
import { addUser, basic, expectError } from './support.ts';

const PROFILE = '/internal/session/profile';
const PASSWORD = '/internal/session/password';
const LIST = '/api/actions/connectors';
const NEXT = 'correct horse battery';

let app: TestApp;
let two: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  two = await startTestApp({}, app.database);
});
afterAll(async () => {
  await two.stop();
  await app.stop();
});

let count = 0;
let name: string;
let old: string;
beforeEach(async () => {
  count += 1;
  name = `user-${count}`;
  old = `password of ${name}`;
  await addUser(app, name, ['actions_read']);
});

type Headers = Record<string, string | undefined>;
const as = (password: string): Headers => ({ authorization: basic(name, password) });
const change = (headers: Headers, body: unknown = { current_password: old, new_password: NEXT }) =>
  app.call('POST', PASSWORD, body, { authorization: undefined, ...headers });
const status = async (headers: Headers, server = app) =>
  (await server.call('GET', LIST, undefined, { authorization: undefined, ...headers })).status;

async function signIn(server = app): Promise<Headers> {
  const body = { username: name, password: old };
  const answer = await server.call('POST', '/internal/session', body, { authorization: undefined });
  expect(answer.status, answer.text).toBe(200);
  return { cookie: answer.headers.get('set-cookie')!.split(';')[0]! };
}

describe('the profile', () => {
  test('tells everybody of themselves', async () => {
    const { status: code, body } = await app.call('GET', PROFILE, undefined, {
      authorization: undefined,
      ...(await signIn()),
    });
    const me = { username: name, full_name: null, email: null, roles: ['actions_read'], managed_by_settings: false };
    expect([code, body]).toEqual([200, me]);
    const { body: admin } = await app.call('GET', PROFILE);
    expect(admin).toMatchObject({ username: 'admin', roles: ['superuser'], managed_by_settings: true });
    expectError(await app.call('GET', PROFILE, undefined, { authorization: undefined }), 401);
  });
});

describe("a new password of one's own", () => {
  test('is the only one at once, on every server; the session goes on and all others end', async () => {
    const [mine, other, there] = [await signIn(), await signIn(), await signIn(two)];
    expect([await status(as(old)), await status(as(old), two)]).toEqual([200, 200]);
    const answer = await change(mine);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect([await status(mine), await status(mine, two)]).toEqual([200, 200]);
    expect([await status(other), await status(there), await status(there, two)]).toEqual([401, 401, 401]);
    expect([await status(as(old)), await status(as(NEXT))]).toEqual([401, 200]);
    await until(async () => (await status(as(old), two)) === 401, 'the other server has forgotten the old one');
  });

  test('ends all sessions when it is set without one, and those of nobody else', async () => {
    const session = await signIn();
    const { headers } = await app.call('POST', '/internal/session', app.admin, { authorization: undefined });
    const ofAdmin = { cookie: headers.get('set-cookie')!.split(';')[0]! };
    expect((await change({ ...as(old), ...ofAdmin })).status).toBe(204);
    expect([await status(session), await status(ofAdmin), await status(as(NEXT))]).toEqual([401, 200, 200]);
  });

  test('needs the current one; wrong ones are counted as at the sign-in', async () => {
    const session = await signIn();
    const wrong = { current_password: 'wrong', new_password: NEXT };
    for (let guess = 0; guess < 10; guess += 1) {
      expectError(
        await change(session, wrong),
        403,
        'The current password is wrong. Nothing was changed. Check it and try again.',
      );
    }
    expectError(await change(session), 429, 'Too many sign-in attempts. Wait a minute and try again.');
    const signingIn = await app.call('POST', '/internal/session', { username: name, password: old });
    expect(signingIn.status).toBe(429);
    expect([await status(session), await status(as(old), two)]).toEqual([200, 200]);
  });

  test.each<[string, Record<string, unknown>, string | RegExp]>([
    ['a short one', { new_password: '1234567' }, /^\[request body\.new_password\]: value has length \[7\]/],
    ['none', { new_password: undefined }, /^\[request body\.new_password\]: expected value of type \[string\]/],
    ['no current one', { current_password: undefined }, /^\[request body\.current_password\]/],
    ['an unknown field', { username: 'admin' }, /^\[request body\.username\]: Additional properties/],
  ])('with %s is refused', async (_what, body, message) => {
    const session = await signIn();
    expectError(await change(session, { current_password: old, new_password: NEXT, ...body }), 400, message);
    expect(await status(as(old))).toBe(200);
  });

  test('has to be another one', async () => {
    const message = '[request body.new_password]: it is the present one. Choose another.';
    expectError(await change(await signIn(), { current_password: old, new_password: old }), 400, message);
  });

  test('is not for the administrator of the settings, for keys, nor for nobody', async () => {
    const body = { current_password: app.admin.password, new_password: NEXT };
    expectError(await app.call('POST', PASSWORD, body), 400, /patchbay\.admin\.password/);
    const key = await app.call('POST', '/internal/security/api_keys', { name: 'k' }, as(old));
    expect(key.status).toBe(200);
    const withKey = { authorization: `ApiKey ${key.body.encoded}` };
    expectError(await change(withKey), 403, /^An API key has no password/);
    expectError(await app.call('GET', PROFILE, undefined, withKey), 403);
    expectError(await change({}), 401);
    const session = await signIn();
    expectError(await change({ ...session, 'kbn-xsrf': undefined }), 400, /kbn-xsrf/);
    expect(await status(as(old))).toBe(200);
  });

  test('is nowhere to be read', async () => {
    expect((await change(await signIn())).status).toBe(204);
    expect(await dumpDatabase(app.database.db.kysely)).not.toContain(NEXT);
    expect(app.log()).not.toContain(NEXT);
    expect(app.log()).not.toContain(old);
  });
});
