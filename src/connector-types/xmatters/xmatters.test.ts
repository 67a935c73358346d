import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { answering, checkContext, testSettings, tryType } from '../shared/testing.ts';
import xmatters from './index.ts';

const PATH = '/api/integration/1/functions/f/triggers';
const KEY = '?apiKey=1234-abcd';
const BASIC = `Basic ${Buffer.from('jim:pässword').toString('base64')}`;

async function trigger(
  params: Record<string, unknown>,
  { status = 202, answer = '' as unknown, headers = {}, usesBasic = true } = {},
) {
  const target = await httpServer(answering(status, answer, headers));
  const { verdict } = await tryType(xmatters, {
    config: usesBasic ? { configUrl: target.origin + PATH } : { usesBasic },
    secrets: usesBasic ? { user: 'jim', password: 'pässword' } : { secretsUrl: target.origin + PATH + KEY },
    params,
  });
  return { verdict, seen: target.seen };
}

describe('what is sent', () => {
  test('basic: user and password in the header, keys without a value left out', async () => {
    const { verdict, seen } = await trigger({
      alertActionGroupName: 'success',
      signalId: 'abcd-1234:abcd-1234',
      severity: 'High',
      ruleName: 'SomeRule',
      date: '',
      spaceId: '',
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: PATH,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/plain, */*',
        authorization: BASIC,
      },
      body: '{"alertActionGroupName":"success","signalId":"abcd-1234:abcd-1234","ruleName":"SomeRule","date":"","severity":"High","spaceId":""}',
    });
    expect(verdict).toEqual({ outcome: 'delivered', data: JSON.parse(seen[0]?.body ?? '') });
  });

  test('by URL: the key is all', async () => {
    const { verdict, seen } = await trigger({ severity: '', tags: 'a,b' }, { usesBasic: false });
    expect(seen[0]).toMatchObject({ url: PATH + KEY, body: '{"severity":"High","tags":"a,b"}' });
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
    expect(verdict).toEqual({ outcome: 'delivered', data: { severity: 'High', tags: 'a,b' } });
  });

  test('nothing without a URL', async () => {
    const { verdict, records } = await tryType(xmatters, {
      config: { configUrl: '' },
      secrets: { user: 'jim', password: 'p' },
      params: { severity: 'low' },
    });
    expect(verdict).toMatchObject({
      message: 'Error triggering xMatters workflow',
      serviceMessage: 'Error: no url provided',
    });
    expect(records).toEqual([]);
  });
});

describe('what is answered', () => {
  test('the id of the request is what it made', async () => {
    const { verdict } = await trigger({ severity: 'low' }, { answer: { requestId: 'r-1' } });
    expect(verdict).toEqual({ outcome: 'delivered', data: { severity: 'low' }, reference: { id: 'r-1' } });
  });

  const CREDENTIALS =
    'Check user and password, or the API key in the URL; the user that the trigger names must be active and allowed to send to it.';
  test.each<[number, unknown, string, string]>([
    [400, { code: 400, message: 'No such property' }, 'target_rejected', '[400] No such property'],
    [400, '<html><body>Bad request</body></html>', 'target_rejected', '[400]'],
    [401, { message: 'Authentication failed' }, 'target_auth', `[401] Authentication failed. ${CREDENTIALS}`],
    [403, '', 'target_auth', `[403] ${CREDENTIALS}`],
  ])('%i %j', async (status, answer, code, serviceMessage) => {
    expect((await trigger({ severity: 'low' }, { status, answer })).verdict).toEqual({
      outcome: 'failed',
      code,
      message: `Error triggering xMatters flow: unexpected status ${status}`,
      serviceMessage,
    });
  });

  test.each([
    [429, 'target_rate_limited'],
    [500, 'target_unavailable'],
  ])('%i: retry later', async (status, code) => {
    expect((await trigger({ severity: 'low' }, { status })).verdict).toMatchObject({
      code,
      message: `Error triggering xMatters flow: http status ${status}, retry later`,
      retry: true,
    });
    const { verdict } = await trigger({ severity: 'low' }, { status, headers: { 'retry-after': '30' } });
    expect(verdict).toMatchObject({ retry: expect.any(Date) });
  });

  test('nothing', async () => {
    const { verdict } = await tryType(xmatters, {
      config: { usesBasic: false },
      secrets: { secretsUrl: 'http://127.0.0.1:1/x' },
      params: { severity: 'low' },
    });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'Error triggering xMatters workflow',
      serviceMessage: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('what is accepted', () => {
  test('the config has both keys, whatever was given', () => {
    expect(xmatters.config.parse({})).toEqual({ configUrl: null, usesBasic: true });
    expect(xmatters.secrets.parse({})).toEqual({ user: null, password: null, secretsUrl: null });
  });

  const PREFIX = 'Error configuring xMatters action';
  test.each<[object, string | undefined]>([
    [{}, undefined],
    [{ configUrl: '' }, undefined],
    [{ configUrl: 'https://x.example/a' }, undefined],
    [{ configUrl: 'nope' }, `${PREFIX}: unable to parse url: Invalid URL`],
    [
      { configUrl: 'https://other.example/' },
      `${PREFIX}: target url "https://other.example/" is not added to the Kibana config xpack.actions.allowedHosts`,
    ],
    [{ configUrl: 'nope', usesBasic: false }, undefined],
  ])('config %j: %s', (given, problem) => {
    expect(xmatters.check?.config?.(xmatters.config.parse(given), checkContext(['x.example']))).toBe(problem);
  });

  const BOTH = 'Cannot use user/password for URL authentication. Provide valid secretsUrl or use Basic Authentication.';
  test.each<[object, string | undefined]>([
    [{}, 'Provide either secretsUrl link or user/password to authenticate'],
    [{ user: '', password: '', secretsUrl: '' }, 'Provide either secretsUrl link or user/password to authenticate'],
    [{ secretsUrl: 'https://x.example/', user: 'a' }, BOTH],
    [{ secretsUrl: 'https://x.example/', password: 'a' }, BOTH],
    [{ secretsUrl: 'nope' }, 'Invalid secretsUrl: TypeError: Invalid URL'],
    [
      { secretsUrl: 'file:///etc/passwd' },
      'Invalid secretsUrl: the URL must begin with http:// or https://, not with file:',
    ],
    [{ user: 'a' }, 'Both user and password must be specified.'],
    [{ password: 'a' }, 'Both user and password must be specified.'],
    [{ user: 'a', password: 'b' }, undefined],
    [{ secretsUrl: `https://x.example/${KEY}` }, undefined],
  ])('secrets %j: %s', (given, problem) => {
    expect(xmatters.check?.secrets?.(xmatters.secrets.parse(given), checkContext(['x.example']))).toBe(problem);
  });

  test('a secret URL to a host that is not allowed', () => {
    const secrets = xmatters.secrets.parse({ secretsUrl: 'https://other.example/' });
    expect(() => xmatters.check?.secrets?.(secrets, checkContext([]))).toThrow(
      /^target url "https:\/\/other\.example\/" is not added to the Kibana config xpack\.actions\.allowedHosts$/,
    );
  });

  const basic = { user: 'a', password: 'b' };
  const url = 'https://x.example/';
  test.each<[object, object, string | undefined]>([
    [{ configUrl: url }, basic, undefined],
    [{ configUrl: '' }, basic, undefined],
    [{ configUrl: url }, { secretsUrl: url }, 'secretsUrl should not be provided when usesBasic is true'],
    [{ configUrl: url }, { password: 'b' }, 'Provide valid Username'],
    [{ configUrl: url }, { user: 'a' }, 'Provide valid Password'],
    [{}, basic, 'Provide valid configUrl'],
    [{ usesBasic: false }, { secretsUrl: url }, undefined],
    [{ usesBasic: false }, basic, 'Username and password should not be provided when usesBasic is false'],
    [
      { usesBasic: false, configUrl: url },
      { secretsUrl: url },
      'configUrl should not be provided when usesBasic is false',
    ],
    [{ usesBasic: false }, {}, 'Provide valid secretsUrl with API Key'],
  ])('config %j with secrets %j: %s', (config, secrets, problem) => {
    const details = {
      config: xmatters.config.parse(config),
      secrets: xmatters.secrets.parse(secrets),
      settings: testSettings(),
    };
    expect(xmatters.check?.connector?.(details)).toBe(problem);
  });
});
