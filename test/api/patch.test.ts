import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, folderWith, startTarget, type Target, webhook } from './support.ts';

/** A type with optional fields, one of which may be null; the built-in ones let nearly all of theirs be null. */
const PAPER = `
  export default ({ defineConnectorType, action, z, f }) => defineConnectorType({
    id: 'paper', name: 'Paper', description: 'Prints.', category: 'generic', features: ['alerting'], minimumLicense: 'basic',
    config: z.strictObject({
      url: f.url('URL'),
      mirrorUrl: f.url('Mirror').optional(),
      team: f.text('Team').optional(),
      method: f.select(['post', 'put'], 'Method').default('post'),
      note: f.text('Note').nullable().optional(),
      inner: z.strictObject({ a: f.text('A') }).optional(),
    }),
    secrets: z.strictObject({ token: f.secret('Token').optional() }),
    style: 'flat',
    actions: { run: action(z.strictObject({}), () => 'done') },
    sample: { config: { url: 'http://localhost:1/' }, secrets: {}, params: {} },
  });`;

let app: TestApp;
let target: Target;
beforeAll(async () => {
  const types = `${await folderWith({ 'paper.ts': PAPER })}/*.ts`;
  [app, target] = await Promise.all([startTestApp({ 'patchbay.connectorTypes': [types] }), startTarget()]);
});
afterAll(() => app.stop());

const one = (id: string) => `/api/actions/connector/${id}`;
const patch = (id: string, body: unknown) => app.call('PATCH', `${one(id)}?extended=true`, body);
const secured = () =>
  create(
    app,
    webhook({ config: { url: `${target.url}/a`, method: 'put' }, secrets: { user: 'ann', password: 'pw-1' } }),
  );

const paper = (config: Record<string, unknown>, secrets: Record<string, unknown> = { token: 'secret-1' }) => ({
  name: 'Paper',
  connector_type_id: 'paper',
  config,
  secrets,
});

/** The credentials that the target gets when the connector runs. */
async function sentBy(id: string): Promise<string | undefined> {
  const { body } = await app.call('POST', `${one(id)}/_execute`, { params: { body: '{}' } });
  expect(body.status).toBe('ok');
  const header = target.received.at(-1)?.headers.authorization;
  return header === undefined ? undefined : Buffer.from(header.replace('Basic ', ''), 'base64').toString();
}

describe('merging', () => {
  test('changes the name alone; config and secrets stay', async () => {
    const id = await secured();
    const { status, body } = await patch(id, { name: 'new' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      name: 'new',
      config: { url: `${target.url}/a`, method: 'put' },
      configured_secrets: ['password', 'user'],
    });
    expect(await sentBy(id)).toBe('ann:pw-1');
  });

  test('merges config by its first level; null is a value where the type takes it', async () => {
    const config = { url: `${target.url}/a`, hasAuth: false, headers: { a: '1', b: '2' } };
    const id = await create(app, webhook({ config }));
    const first = await patch(id, { config: { method: 'patch' } });
    expect(first.body.config).toEqual({ ...config, method: 'patch' });
    const second = await patch(id, { config: { headers: { c: '3' } } });
    expect(second.body.config).toEqual({ ...config, method: 'patch', headers: { c: '3' } });
    const third = await patch(id, { config: { headers: null } });
    expect(third.body.config).toEqual({ ...config, method: 'patch', headers: null });
  });

  test('null takes an optional field away, and brings a default back', async () => {
    const made = await create(app, paper({ url: target.url, team: 'ops', method: 'put', note: 'x' }));
    const { status, text, body } = await patch(made, { config: { team: null, method: null, note: null } });
    expect(status, text).toBe(200);
    // `note` may be null: there it is a value.
    expect(body.config).toEqual({ url: target.url, method: 'post', note: null });
    expect(body.configured_secrets).toEqual(['token']);
    expect((await app.call('GET', one(made))).body.config).toEqual({ url: target.url, method: 'post', note: null });
  });

  test('null for what is required, unknown or within another field is refused', async () => {
    const made = await create(app, paper({ url: target.url, inner: { a: 'x' } }, {}));
    const refusal = (detail: string) => `error validating connector type config: ${detail}`;
    expectError(await patch(made, { config: { url: null } }), 400, refusal('Field "url": Required'));
    expectError(await patch(made, { config: { taem: null } }), 400, /^error validating connector type config: .*taem/);
    expectError(
      await patch(made, { secrets: { tokne: null } }),
      400,
      /^error validating connector type secrets: .*tokne/,
    );
    expectError(await patch(made, { config: { inner: { a: null } } }), 400, /Field "inner\.a": Expected string/);
    expect((await app.call('GET', one(made))).body.config).toEqual({
      url: target.url,
      method: 'post',
      inner: { a: 'x' },
    });
  });

  test('merges secrets; null takes one away', async () => {
    const id = await secured();
    await patch(id, { secrets: { password: 'pw-2' } });
    expect(await sentBy(id)).toBe('ann:pw-2');
    const { body } = await patch(id, { secrets: { user: null, password: null } });
    expect(body.configured_secrets).toEqual([]);
    // Also where the type does not take null.
    const made = await create(app, paper({ url: target.url }));
    const { status, text, body: after } = await patch(made, { secrets: { token: null } });
    expect(status, text).toBe(200);
    expect(after.configured_secrets).toEqual([]);
  });

  test('an empty body changes nothing but the time of the change', async () => {
    const id = await secured();
    const { body: before } = await app.call('GET', `${one(id)}?extended=true`);
    const { body: after } = await patch(id, {});
    expect(after).toEqual({ ...before, updated_at: after.updated_at, version: before.version + 1 });
    expect(Date.parse(after.updated_at)).toBeGreaterThanOrEqual(Date.parse(before.updated_at));
  });

  test('sets tags, which replace keeps when they are left out', async () => {
    const id = await create(app, webhook({ tags: ['one'] }));
    expect((await patch(id, { tags: ['two', 'three'] })).body.tags).toEqual(['two', 'three']);
    const { body } = await app.call('PUT', `${one(id)}?extended=true`, {
      name: 'x',
      config: { url: 'http://localhost:1/', hasAuth: false },
    });
    expect(body.tags).toEqual(['two', 'three']);
  });
});

describe('a changed destination', () => {
  const asksAgain = (field: string, secrets: string) =>
    `[request body.secrets]: config.${field} decides where the secrets are sent and was changed, so the stored secrets must be given again: ${secrets}.`;

  test('asks for the secrets again and changes nothing', async () => {
    const id = await secured();
    const moved = { config: { url: `${target.url}/elsewhere` } };
    expectError(await patch(id, moved), 400, asksAgain('url', 'user, password'));
    expectError(await patch(id, { ...moved, secrets: { user: 'eve' } }), 400, asksAgain('url', 'password'));
    expect((await app.call('GET', one(id))).body.config.url).toBe(`${target.url}/a`);
    expect(await sentBy(id)).toBe('ann:pw-1');
  });

  test('is taken when each secret is given, or taken away', async () => {
    const id = await secured();
    const { status } = await patch(id, {
      config: { url: `${target.url}/b` },
      secrets: { user: 'ann', password: 'pw-2' },
    });
    expect(status).toBe(200);
    expect(await sentBy(id)).toBe('ann:pw-2');
    expect(target.received.at(-1)?.url).toBe('/b');
    const config = { url: `${target.url}/c`, hasAuth: false };
    expect((await patch(id, { config, secrets: { user: null, password: null } })).status).toBe(200);
  });

  test('given as it is already is no change', async () => {
    const id = await secured();
    expect((await patch(id, { config: { url: `${target.url}/a` } })).status).toBe(200);
  });

  test('is free without secrets', async () => {
    const id = await create(app, webhook({ config: { url: `${target.url}/a`, hasAuth: false } }));
    expect((await patch(id, { config: { url: `${target.url}/b` } })).body.config.url).toBe(`${target.url}/b`);
  });

  test('is one that null takes away, unless its default is what was there', async () => {
    const made = await create(app, paper({ url: target.url, mirrorUrl: 'http://localhost:1/' }));
    expectError(await patch(made, { config: { mirrorUrl: null } }), 400, asksAgain('mirrorUrl', 'token'));
    expect((await patch(made, { config: { mirrorUrl: null }, secrets: { token: 'new' } })).body.config).toEqual({
      url: target.url,
      method: 'post',
    });
    const mail = await create(app, {
      name: 'Mail',
      connector_type_id: '.email',
      config: { service: 'other', host: 'localhost', port: 25, from: 'a@example.com' },
      secrets: { user: 'u', password: 'p-long-enough' },
    });
    expect((await patch(mail, { config: { service: null } })).body.config.service).toBe('other');
  });

  test('is also another mail service', async () => {
    const from = 'a@example.com';
    const id = await create(app, {
      name: 'Mail',
      connector_type_id: '.email',
      config: { service: 'gmail', from },
      secrets: { user: 'u', password: 'p-long-enough' },
    });
    expectError(
      await patch(id, { config: { service: 'other', host: 'evil.example', port: 25 } }),
      400,
      asksAgain('service', 'user, password'),
    );
  });
});

test.each<[string, unknown, string]>([
  ['an unknown key', { nme: 'a' }, "[request body.nme]: Additional properties are not allowed ('nme' was unexpected)"],
  ['a blank name', { name: '' }, "[request body.name]: value '' is not valid"],
  ['null config', { config: null }, '[request body.config]: expected value of type [object] but got [null]'],
  ['a list', [], '[request body]: expected a plain object value, but found [Array] instead.'],
  ['no body', undefined, '[request body]: expected a plain object value, but found [null] instead.'],
  [
    'a wrong value',
    { config: { method: 'x' } },
    `error validating connector type config: Field "method": Invalid enum value. Expected 'post' | 'put' | 'patch' | 'get' | 'delete', received 'x'`,
  ],
  [
    'more than 100 tags',
    { tags: Array(101).fill('t') },
    '[request body.tags]: array size is [101], but cannot be greater than [100]',
  ],
])('refuses %s', async (_what, body, message) => {
  const id = await create(app);
  expectError(await patch(id, body), 400, message);
});

test('of an unknown id is 404', async () => {
  expectError(await patch('nope', { name: 'a' }), 404, 'Saved object [action/nope] not found');
});
