import { describe, expect, test } from 'vitest';
import { cert, httpServer, httpsServer } from '../../../test/support/http-servers.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { answering, checkContext, testSettings, tryType } from '../shared/testing.ts';
import webhook from './index.ts';
import type { Config, Secrets } from './schema.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const base64 = (name: string) => cert(name).toString('base64');

interface Given {
  attempt?: number;
  config?: Record<string, unknown>;
  secrets?: Record<string, unknown>;
  body?: string;
}

/** Runs against a target that accepts everything; returns the request it got. */
async function sent({ attempt, config, secrets, body }: Given) {
  const target = await httpServer();
  const { verdict } = await tryType(webhook, {
    config: { url: `${target.origin}/hook?a=%20b`, ...config },
    secrets,
    params: { body },
    executionId: 'e-1',
    attempt,
  });
  expect(target.seen).toHaveLength(1);
  return { verdict, ...target.seen[0]! };
}

/** Runs against a target that gives this one answer. */
async function failure(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, body, headers));
  const { verdict } = await tryType(webhook, { config: { url: target.origin }, params: { body: 'x' } });
  return verdict as Failed;
}

describe('.webhook config and secrets', () => {
  test('only headers, method and hasAuth are filled in', () => {
    expect(webhook.config.parse({ url: 'https://x' })).toEqual({
      url: 'https://x',
      headers: null,
      method: 'post',
      hasAuth: true,
    });
    expect(webhook.secrets.parse({})).toEqual({
      user: null,
      password: null,
      crt: null,
      key: null,
      pfx: null,
      clientSecret: null,
      secretHeaders: null,
      signingSecret: null,
      previousSigningSecret: null,
    });
  });

  const PREFIX = 'error validation webhook action config: ';
  const check = (config: Record<string, unknown>, pfxEnabled = true) => {
    const settings = testSettings();
    const actions = { ...settings.actions, webhookPfxEnabled: pfxEnabled };
    const context = checkContext(['allowed.example'], { ...settings, actions });
    return webhook.check?.config?.(
      webhook.config.parse({ url: 'https://allowed.example/x', ...config }) as Config,
      context,
    );
  };
  const oauth = (config: Record<string, unknown>) =>
    check({
      authType: 'webhook-oauth2-client-credentials',
      accessTokenUrl: 'https://allowed.example/t',
      clientId: 'c',
      ...config,
    });

  test('the URL', () => {
    expect(check({})).toBeUndefined();
    expect(check({ url: 'example' })).toBe(`${PREFIX}unable to parse url: TypeError: Invalid URL`);
    expect(check({ url: 'http://other.example/x?y' })).toBe(
      `${PREFIX}target url "http://other.example/x?y" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
  });

  test('authType without hasAuth, and PFX when it is switched off', () => {
    expect(check({ hasAuth: false, authType: 'webhook-authentication-basic' })).toBe(
      `${PREFIX}authType must be null or undefined if hasAuth is false`,
    );
    expect(check({ hasAuth: false, authType: null })).toBeUndefined();
    expect(check({ certType: 'ssl-pfx' })).toBeUndefined();
    expect(check({ certType: 'ssl-pfx' }, false)).toBe(`${PREFIX}certType "ssl-pfx" is disabled`);
  });

  test('OAuth needs a token URL and a client id, both usable', () => {
    expect(oauth({ accessTokenUrl: undefined, clientId: undefined })).toBe(
      `${PREFIX}missing Access Token URL (accessTokenUrl), Client ID (clientId) fields`,
    );
    expect(oauth({ clientId: '' })).toBe(`${PREFIX}missing Client ID (clientId) fields`);
    expect(oauth({ accessTokenUrl: 'nope' })).toBe(`${PREFIX}unable to parse url: TypeError: Invalid URL`);
    expect(oauth({ accessTokenUrl: 'https://other.example/t' })).toBe(
      `${PREFIX}target url "https://other.example/t" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
    expect(oauth({ additionalFields: '{"audience":"a"}' })).toBeUndefined();
    expect(oauth({ additionalFields: null })).toBeUndefined();
  });

  test.each(['invalid-json', 'null', '{}', '[]', '"x"', ''])('additionalFields %j', (additionalFields) => {
    expect(oauth({ additionalFields })).toBe(`${PREFIX}additionalFields must be a valid JSON object`);
  });

  const ONE_OF =
    'must specify one of the following schemas: user and password; crt and key (with optional password); pfx (with optional password); or clientSecret (for OAuth2)';
  test.each<[Record<string, unknown>, boolean]>([
    [{}, true],
    [{ user: 'u', password: 'p' }, true],
    [{ crt: 'c', key: 'k' }, true],
    [{ crt: 'c', key: 'k', password: 'p' }, true],
    [{ pfx: 'x' }, true],
    [{ pfx: 'x', password: 'p' }, true],
    [{ clientSecret: 's' }, true],
    [{ secretHeaders: { a: 'b' } }, true],
    [{ user: 'u', password: 'p', secretHeaders: { a: 'b' } }, true],
    [{ user: 'u' }, false],
    [{ password: 'p' }, false],
    [{ crt: 'c' }, false],
    [{ key: 'k' }, false],
    [{ user: 'u', password: 'p', clientSecret: 's' }, false],
    [{ crt: 'c', key: 'k', pfx: 'x' }, false],
  ])('secrets %j', (given, isFine) => {
    const parsed = webhook.secrets.parse(given) as Secrets;
    expect(webhook.check?.secrets?.(parsed, checkContext())).toBe(isFine ? undefined : ONE_OF);
  });
});

describe('.webhook request', () => {
  test.each(['post', 'put', 'patch'])('%s sends the body as it is', async (method) => {
    const got = await sent({ config: { method }, body: ' {"a": 1} ' });
    expect(got).toMatchObject({ method: method.toUpperCase(), url: '/hook?a=%20b', body: ' {"a": 1} ' });
    expect(got.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(got.verdict).toEqual({ outcome: 'delivered', data: ' {"a": 1} ' });
  });

  test.each(['get', 'delete'])('%s sends no body, and still answers with it', async (method) => {
    const got = await sent({ config: { method, headers: JSON_TYPE }, body: '{"a":1}' });
    expect(got).toMatchObject({ method: method.toUpperCase(), body: '' });
    expect(got.verdict).toEqual({ outcome: 'delivered', data: '{"a":1}' });
  });

  test.each(['post', 'get'])('%s without a body: no data', async (method) => {
    const got = await sent({ config: { method, headers: JSON_TYPE } });
    expect(got).toMatchObject({ body: '', verdict: { outcome: 'delivered', data: undefined } });
  });

  test.each([
    ['{"a": 1}\n', '{"a": 1}'],
    [' 42 ', '42'],
    ['not "json"', '"not \\"json\\""'],
    ['', '""'],
  ])('under a JSON content type %j goes out as %j', async (body, expected) => {
    const got = await sent({ config: { headers: { 'content-TYPE': 'application/json; charset=utf-8' } }, body });
    expect(got.body).toBe(expected);
    expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  test('basic authentication, in UTF-8, also for configs from before authType', async () => {
    const secrets = { user: 'jürgen', password: 'a:b' };
    const expected = `Basic ${Buffer.from('jürgen:a:b').toString('base64')}`;
    const kinds = [{}, { authType: null }, { authType: 'webhook-authentication-basic' }];
    for (const config of kinds) expect((await sent({ config, secrets })).headers.authorization).toBe(expected);
    expect((await sent({ config: { hasAuth: false }, secrets })).headers.authorization).toBeUndefined();
    expect((await sent({ config: {} })).headers.authorization).toBeUndefined();
  });

  test('precedence: basic < headers of the config < secret headers', async () => {
    const basic = { user: 'u', password: 'p' };
    const headers = { authorization: 'Custom 1', 'X-A': 'config' };
    expect((await sent({ config: { headers }, secrets: basic })).headers).toMatchObject({
      authorization: 'Custom 1',
      'x-a': 'config',
    });
    const secretHeaders = { Authorization: 'Secret 2', 'x-A': 'secret' };
    expect((await sent({ config: { headers }, secrets: { ...basic, secretHeaders } })).headers).toMatchObject({
      authorization: 'Secret 2',
      'x-a': 'secret',
    });
  });
});

describe('.webhook with an idempotency key', () => {
  const on = { sendIdempotencyKey: true };
  const keyOf = async (given: Given) => (await sent(given)).headers['idempotency-key'];

  test('sends none unless asked to', async () => {
    expect(await keyOf({})).toBeUndefined();
    expect(await keyOf({ config: { sendIdempotencyKey: false } })).toBeUndefined();
  });

  test.each(['post', 'get', 'delete'])('%s sends the same at every attempt', async (method) => {
    for (const attempt of [1, 2]) expect(await keyOf({ attempt, config: { ...on, method } })).toBe('e-1');
  });

  test('yields to a header of that name, however it is written', async () => {
    expect(await keyOf({ config: { ...on, headers: { 'idempotency-KEY': 'mine' } } })).toBe('mine');
    const secretHeaders = { 'IDEMPOTENCY-key': 'secret' };
    expect(await keyOf({ config: on, secrets: { secretHeaders } })).toBe('secret');
    expect(await keyOf({ config: { ...on, headers: { 'X-A': 'a' } } })).toBe('e-1');
  });

  test('leaves body and content type as they are', async () => {
    const got = await sent({ config: { ...on, headers: JSON_TYPE }, body: ' {"a":1} ' });
    expect(got).toMatchObject({ body: '{"a":1}', headers: { 'content-type': 'application/json' } });
  });
});

describe('.webhook over TLS', () => {
  const trusted = { ca: base64('ca.crt') };
  const ssl = { authType: 'webhook-authentication-ssl' };

  async function call(config: Record<string, unknown>, secrets: Record<string, unknown> = {}, mutual = false) {
    const options = mutual ? { ca: cert('ca.crt'), requestCert: true, rejectUnauthorized: true } : {};
    const target = await httpsServer(undefined, options);
    const { verdict } = await tryType(webhook, { config: { url: target.origin, ...config }, secrets, params: {} });
    return { verdict, clientName: target.seen[0]?.clientName };
  }

  test('a private CA is refused until it is given', async () => {
    const { verdict } = await call({});
    expect(verdict).toMatchObject({ code: 'egress_tls', message: 'error calling webhook, request failed' });
    expect(verdict).toHaveProperty('serviceMessage', expect.stringMatching(/.certificate/));
    expect((await call(trusted)).verdict.outcome).toBe('delivered');
    expect((await call({ verificationMode: 'none' })).verdict.outcome).toBe('delivered');
  });

  test.each([
    ['ssl-crt-key', { crt: 'client.crt', key: 'client.key' }, undefined],
    ['ssl-crt-key', { crt: 'client.crt', key: 'client-encrypted.key' }, 'patchbay'],
    ['ssl-pfx', { pfx: 'client.pfx' }, 'patchbay'],
    [undefined, { pfx: 'client.pfx' }, 'patchbay'],
  ])('client certificate %s from %j', async (certType, files, password) => {
    const secrets = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, base64(file)]));
    const { verdict, clientName } = await call({ ...trusted, ...ssl, certType }, { ...secrets, password }, true);
    expect(verdict.outcome).toBe('delivered');
    expect(clientName).toBe('patchbay-client');
  });

  test('a wrong passphrase is reported, without the passphrase', async () => {
    const secrets = { pfx: base64('client.pfx'), password: 'wrong-passphrase' };
    const { verdict } = await call({ ...trusted, ...ssl, certType: 'ssl-pfx' }, secrets, true);
    expect(verdict).toMatchObject({ outcome: 'failed', message: 'error calling webhook, request failed' });
    expect(JSON.stringify(verdict)).not.toContain('wrong-passphrase');
  });
});

describe('.webhook with OAuth 2.0', () => {
  const config = {
    authType: 'webhook-oauth2-client-credentials',
    clientId: 'client',
    scope: 'a b',
    additionalFields: '{"audience":"api","n":1}',
    headers: { authorization: 'of the config' },
  };
  const secrets = { clientSecret: 's3cret', secretHeaders: { authorization: 'of the secrets', 'X-Key': 'k' } };

  test('the token overrides every other Authorization; other secret headers stay', async () => {
    const issuer = await httpServer(answering(200, { token_type: 'Bearer', access_token: 't0k', expires_in: 60 }));
    const got = await sent({ config: { ...config, accessTokenUrl: `${issuer.origin}/token` }, secrets });
    expect(issuer.seen[0]).toMatchObject({
      method: 'POST',
      url: '/token',
      body: 'scope=a+b&client_id=client&client_secret=s3cret&audience=api&n=1&grant_type=client_credentials',
    });
    expect(got.headers).toMatchObject({ authorization: 'Bearer t0k', 'x-key': 'k' });
  });

  test('the token request trusts the CA of the connector', async () => {
    const issuer = await httpsServer(answering(200, { access_token: 't0k' }));
    const own = { ...config, accessTokenUrl: issuer.origin, ca: base64('ca.crt'), verificationMode: 'full' };
    expect((await sent({ config: own, secrets })).headers.authorization).toBe('Bearer t0k');
  });

  test("a refused token request is reported in the issuer's words, and nothing is sent", async () => {
    const issuer = await httpServer(answering(401, { error: 'invalid_client' }));
    const target = await httpServer();
    const { verdict } = await tryType(webhook, {
      config: { ...config, url: target.origin, accessTokenUrl: issuer.origin },
      secrets,
      params: {},
    });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'token_failed',
      message: 'error calling webhook, request failed',
      serviceMessage: 'Unable to retrieve/refresh the access token: {"error":"invalid_client"}',
    });
    expect(target.seen).toEqual([]);
  });
});

describe('.webhook results', () => {
  test.each([201, 202, 204])('%i is a success', async (status) => {
    const target = await httpServer(answering(status));
    const { verdict } = await tryType(webhook, { config: { url: target.origin }, params: { body: 'x' } });
    expect(verdict).toEqual({ outcome: 'delivered', data: 'x' });
  });

  test('5xx: retry later', async () => {
    expect(await failure(500, 'Error')).toEqual({
      outcome: 'failed',
      code: 'target_unavailable',
      message: 'error calling webhook, retry later',
      serviceMessage: '[500] Internal Server Error',
      retry: true,
    });
  });

  test.each([429, 503])('%i with Retry-After names the time, in seconds or as a date', async (status) => {
    const { message, retry } = await failure(status, '', { 'retry-after': '60' });
    expect(message).toBe(`error calling webhook, retry at ${(retry as Date).toISOString()}`);
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000);
    expect((await failure(status, '', { 'retry-after': at.toUTCString() })).retry).toEqual(at);
  });

  test('429 without it', async () => {
    expect(await failure(429)).toMatchObject({
      code: 'target_rate_limited',
      message: 'error calling webhook, retry later',
      serviceMessage: '[429] Too Many Requests',
      retry: true,
    });
  });

  test.each([
    [404, 'target_rejected', 'Not Found'],
    [401, 'target_auth', 'Unauthorized'],
    [400, 'target_rejected', 'Bad Request'],
    [304, 'target_rejected', 'Not Modified'],
  ])('%i: invalid response', async (status, code, phrase) => {
    expect(await failure(status)).toEqual({
      outcome: 'failed',
      code,
      message: 'error calling webhook, invalid response',
      serviceMessage: `[${status}] ${phrase}`,
    });
  });

  test.each([
    [{ message: 'no such hook' }, ': no such hook'],
    [{ message: { why: 'x' } }, ': {"why":"x"}'],
    [{ message: null }, ''],
    [{ other: 1 }, ''],
    ['null', ''],
    ['[]', ''],
    ['{broken', ''],
  ])('the answer %j adds %j', async (body, suffix) => {
    expect((await failure(404, body)).serviceMessage).toBe(`[404] Not Found${suffix}`);
  });

  test('a long message is cut', async () => {
    const { serviceMessage } = await failure(400, { message: 'x'.repeat(100_000) });
    expect(serviceMessage?.length).toBeLessThan(2_100);
    expect(serviceMessage).toMatch(/x… \(98000 more characters\)$/);
  });

  test('no connection: the code and the text of the system, no retry', async () => {
    const { verdict } = await tryType(webhook, { config: { url: 'http://127.0.0.1:1' }, params: {} });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'error calling webhook, request failed',
      serviceMessage: '[ECONNREFUSED] connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  test('a host that is not allowed at run time', async () => {
    const trial = { config: { url: 'http://127.0.0.1:1/' }, params: {}, allowedHosts: ['example.com'] };
    expect((await tryType(webhook, trial)).verdict).toMatchObject({
      code: 'egress_host_not_allowed',
      message: 'error calling webhook, request failed',
      serviceMessage: expect.stringContaining('is not added to the Kibana config xpack.actions.allowedHosts'),
    });
  });

  test('a header that would break out of its line is refused', async () => {
    const config = { url: 'http://127.0.0.1:1/', headers: { 'X-A': 'a\r\nX-B: b' } };
    expect((await tryType(webhook, { config, params: {} })).verdict).toMatchObject({
      code: 'egress_header_invalid',
      message: 'error calling webhook, request failed',
    });
  });
});

describe('.webhook connection test', () => {
  test.each([
    [204, 'delivered', undefined],
    [405, 'delivered', expect.stringContaining('405 Method Not Allowed')],
    [502, 'failed', undefined],
  ])('OPTIONS answered with %i', async (status, outcome, warning) => {
    const target = await httpServer(answering(status));
    const { verdict } = await tryType(webhook, { config: { url: target.origin } });
    expect(verdict).toMatchObject(warning === undefined ? { outcome } : { outcome, warning });
    expect(target.seen[0]).toMatchObject({ method: 'OPTIONS', body: '' });
  });
});
