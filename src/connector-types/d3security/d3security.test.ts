import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import d3security from './index.ts';

const THROWN = 'an error occurred while running the action';
const REFID = '80be4a0d-5f0e-4d6c-b00e-8cb918f7df1f';
const PATH = '/VSOC/api/Data/Kibana/Security%20Operations/CreateEvents';

async function send(
  subActionParams: Record<string, unknown>,
  { status = 200, answer = { refid: REFID } as unknown, headers = {}, path = PATH, subAction = 'run' } = {},
) {
  const target = await httpServer(answering(status, answer, headers));
  const { verdict } = await tryType(d3security, {
    config: { url: target.origin + path },
    secrets: { token: 'd3-token' },
    params: { subAction, subActionParams },
  });
  return { verdict, seen: target.seen };
}

function sourceOf(body: string | undefined): Record<string, unknown> {
  return JSON.parse(body ?? '').hits.hits._source;
}

describe('what is sent', () => {
  test.each(['run', 'test'])('by %s: one event, wrapped as D3 reads it', async (subAction) => {
    const { verdict, seen } = await send({ body: 'whoaradboddy' }, { subAction });
    expect(verdict).toEqual({ outcome: 'delivered', data: { refid: REFID }, reference: { id: REFID } });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: PATH,
      headers: { 'content-type': 'application/json', d3key: 'd3-token', 'content-length': '99' },
      body: '{"hits":{"hits":{"_source":{"rawData":"whoaradboddy","event.type":"","kibana.alert.severity":""}}}}',
    });
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each<[string, unknown]>([
    ['{"a":[1,"{{x}}"]}', { a: [1, '{{x}}'] }],
    ['123', 123],
    ['true', true],
    ['null', null],
    ['', ''],
    [' plain "text" ', ' plain "text" '],
    ['{"a":', '{"a":'],
  ])('rawData of %j', async (body, rawData) => {
    const { seen } = await send({ body, severity: 'high', eventType: 'Disk' });
    expect(sourceOf(seen[0]?.body)).toEqual({ rawData, 'event.type': 'Disk', 'kibana.alert.severity': 'high' });
  });

  test('nothing at all, and JSON that is too deep to be written again', async () => {
    expect(sourceOf((await send({})).seen[0]?.body)).toMatchObject({ rawData: '' });
    const deep = '['.repeat(30_000) + ']'.repeat(30_000);
    expect(sourceOf((await send({ body: deep })).seen[0]?.body)).toMatchObject({ rawData: deep });
  });

  test.each([
    ['/a%2Fb/', '/a%2Fb'],
    ['//a///b', '/a/b'],
    ['/a?u=x//y', '/a?u=x/y'],
  ])('to the URL %s as Kibana normalises it', async (path, url) => {
    expect((await send({}, { path })).seen[0]?.url).toBe(url);
  });
});

describe('what is answered', () => {
  test('is kept as it is', async () => {
    const answer = { refid: REFID, more: [1] };
    expect((await send({}, { status: 202, answer })).verdict).toMatchObject({ outcome: 'delivered', data: answer });
  });

  test.each<[unknown, string]>([
    [{}, 'Field "refid": Required'],
    [{ refid: 7 }, 'Field "refid": Expected string, received number'],
    ['<html>', 'Expected object, received string'],
    ['', 'Expected object, received string'],
  ])('without a refid (%j) is an error, and the event is not sent again', async (answer, detail) => {
    const { verdict } = await send({}, { answer });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'target_response_invalid',
      message: THROWN,
      serviceMessage: expect.stringContaining(
        `Response validation failed (${detail}). D3 Security has taken the event`,
      ),
      retry: false,
      errorSource: 'framework',
    });
  });

  test.each<[number, unknown, string, string, string]>([
    [
      401,
      '',
      'target_auth',
      'user',
      'Status code: 401. Message: Unauthorized API Error. Check the token: it is the request header value of the webhook key in D3 Security.',
    ],
    [
      422,
      { error: { statusMessage: 'Bad job' } },
      'target_rejected',
      'user',
      'Status code: 422. Message: API Error: 422 - Unprocessable Entity',
    ],
    [
      400,
      { Message: 'The request is invalid.' },
      'target_rejected',
      'framework',
      'Status code: 400. Message: API Error: 400 - Bad Request: The request is invalid.',
    ],
    [
      404,
      { Message: 'No HTTP resource was found' },
      'target_rejected',
      'framework',
      'Status code: 404. Message: API Error: 404 - Not Found: No HTTP resource was found. Check the URL: it is the request URL that D3 Security shows beside the webhook key.',
    ],
    [
      500,
      'oops',
      'target_unavailable',
      'framework',
      'Status code: 500. Message: API Error: 500 - Internal Server Error',
    ],
    [429, '', 'target_rate_limited', 'user', 'Status code: 429. Message: API Error: 429 - Too Many Requests'],
  ])('%i %j', async (status, answer, code, errorSource, serviceMessage) => {
    const { verdict } = await send({}, { status, answer });
    expect(verdict).toEqual({ outcome: 'failed', code, message: THROWN, serviceMessage, retry: true, errorSource });
  });

  test('429 with Retry-After', async () => {
    const { verdict } = await send({}, { status: 429, headers: { 'retry-after': '60' } });
    expect(verdict).toMatchObject({ retry: expect.any(Date) });
  });

  test('not at all', async () => {
    const { verdict } = await tryType(d3security, {
      config: { url: 'http://127.0.0.1:1/x' },
      secrets: { token: 't' },
      params: { subAction: 'run' },
    });
    expect(verdict).toMatchObject({
      code: 'egress_connection',
      message: THROWN,
      serviceMessage: expect.stringMatching(/^Status code: undefined\. Message: Unknown API Error: .*ECONNREFUSED/),
      retry: true,
      errorSource: 'framework',
    });
  });
});

describe('what is accepted', () => {
  test('a URL whose host is allowed', () => {
    const check = (url: string) => d3security.check?.config?.({ url }, checkContext(['d3.example.com']));
    expect(check(`https://d3.example.com${PATH}`)).toBeUndefined();
    expect(check('http://d3security.mynonexistent.com')).toBe(
      'error validating url: target url "http://d3security.mynonexistent.com" is not added to the Kibana config xpack.actions.allowedHosts',
    );
    expect(check('d3')).toBe('error validating url: unable to parse url: TypeError: Invalid URL');
  });

  test.each<[object, boolean]>([
    [{}, true],
    [{ severity: 'whatever', eventType: '' }, true],
    [{ body: null }, false],
    [{ body: 5 }, false],
    [{ x: 'y' }, false],
  ])('params %j: %s', (params, isFine) => {
    for (const { params: schema } of Object.values(d3security.actions)) {
      expect(schema.safeParse(params).success).toBe(isFine);
    }
  });
});
