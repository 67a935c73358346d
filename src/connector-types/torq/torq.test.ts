import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import torq from './index.ts';

const PATH = '/v1/webhooks/af6aab8d';

async function trigger(body: string, status = 200, answer: unknown = '', headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, answer, headers));
  const { verdict } = await tryType(torq, {
    config: { webhookIntegrationUrl: target.origin + PATH },
    secrets: { token: 'someRandomToken' },
    params: { body },
  });
  return { verdict, seen: target.seen };
}

describe('what is sent', () => {
  test('the JSON without blanks, and the token', async () => {
    const { verdict, seen } = await trigger('{"msg": "test"}', 204);
    expect(verdict).toEqual({ outcome: 'delivered', data: '{"msg": "test"}' });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: PATH,
      headers: { 'content-type': 'application/json', 'x-torq-token': 'someRandomToken', 'content-length': '14' },
      body: '{"msg":"test"}',
    });
  });

  test.each([
    ['{"a":1,"a":2}', '{"a":2}'],
    [' [1, 2] ', '[1,2]'],
    ['"é👩‍🚒"', '"é👩‍🚒"'],
    ['7', '7'],
    ['', ''],
    ['null', ''],
    ['0', ''],
    ['false', ''],
    ['""', ''],
  ])('of %j: %j', async (body, sent) => {
    const { verdict, seen } = await trigger(body);
    expect(verdict).toMatchObject({ outcome: 'delivered', data: body });
    expect(seen[0]?.body).toBe(sent);
    expect(seen[0]?.headers['content-type']).toBe('application/json');
  });

  test.each(['oops', '{"a":}', ' ', `${'['.repeat(30_000)}${']'.repeat(30_000)}`])(
    'nothing for %.20s',
    async (body) => {
      const { verdict, seen } = await trigger(body);
      expect(verdict).toEqual({
        outcome: 'failed',
        code: 'params_invalid',
        message: 'error triggering Torq workflow, invalid body',
        serviceMessage: expect.stringMatching(/JSON|call stack/),
      });
      expect(seen).toEqual([]);
    },
  );
});

describe('what is answered', () => {
  test('the id of the execution is what it made', async () => {
    expect((await trigger('{}', 200, { execution_id: 'ex-1' })).verdict).toMatchObject({ reference: { id: 'ex-1' } });
    expect((await trigger('{}', 200, { executionId: 'ex-2' })).verdict).toMatchObject({ reference: { id: 'ex-2' } });
    expect((await trigger('{}', 200, { execution_id: 5 })).verdict).not.toHaveProperty('reference');
  });

  const CHECK = 'Check the authentication header secret: Torq shows it with the integration, for X-Torq-Token.';
  test.each<[number, unknown, string, string, string]>([
    [400, { message: 'bad' }, 'target_rejected', 'invalid response', '[400] Bad Request: bad'],
    [401, { message: 'no' }, 'target_auth', 'unauthorised', `[401] Unauthorized: no. ${CHECK}`],
    [403, '', 'target_auth', 'invalid response', `[403] Forbidden. ${CHECK}`],
    [404, 'null', 'target_rejected', 'make sure the webhook URL is valid', '[404] Not Found'],
    [405, { message: { a: 1 } }, 'target_rejected', 'method is not supported', '[405] Method Not Allowed: {"a":1}'],
  ])('%i %j', async (status, answer, code, words, serviceMessage) => {
    const { verdict } = await trigger('{}', status, answer);
    expect(verdict).toEqual({
      outcome: 'failed',
      code,
      message: `error triggering Torq workflow, ${words}`,
      serviceMessage,
    });
  });

  test.each([
    [500, 'target_unavailable', '[500] Internal Server Error'],
    [429, 'target_rate_limited', '[429] Too Many Requests'],
  ])('%i: retry later', async (status, code, serviceMessage) => {
    expect((await trigger('{}', status)).verdict).toEqual({
      outcome: 'failed',
      code,
      message: 'error triggering Torq workflow, retry later',
      serviceMessage,
      retry: true,
    });
  });

  test('429 with Retry-After: message and retry name the same time', async () => {
    const { verdict } = await trigger('{}', 429, '', { 'retry-after': '30' });
    const { retry, message } = verdict as { retry?: Date; message?: string };
    expect(retry).toBeInstanceOf(Date);
    expect(message).toBe(`error triggering Torq workflow, retry at ${retry?.toISOString()}`);
  });

  test('nothing', async () => {
    const { verdict } = await tryType(torq, {
      config: { webhookIntegrationUrl: 'http://127.0.0.1:1/' },
      secrets: { token: 't' },
      params: { body: '{}' },
    });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'error triggering Torq workflow, request failed',
      serviceMessage: expect.stringMatching(/^\[ECONNREFUSED\] /),
    });
  });
});

describe('the endpoint URL', () => {
  const PREFIX = 'error configuring send to Torq action';
  const HOST = `${PREFIX}: url must begin with https://hooks.torq.io or https://hooks.eu.torq.io`;
  test.each<[string, string | undefined]>([
    ['https://hooks.torq.io/v1/test', undefined],
    ['https://hooks.eu.torq.io/v1/test', undefined],
    ['https://hooks.eu.west.torq.io', undefined],
    ['http://hooks.torq.io/x', undefined],
    ['https://HOOKS.TORQ.IO/x', undefined],
    ['http://localhost:4000/x', undefined],
    ['https://example.com/x', HOST],
    ['https://hook.torq.io', HOST],
    ['https://invalid.hooks.torq.io', HOST],
    ['https://hooks.torq.io.example.com', HOST],
    ['https://hooks.torq.io@example.com/', HOST],
    ['http://127.0.0.1/x', HOST],
    ['not-a-url', `${PREFIX}: unable to parse url: TypeError: Invalid URL`],
  ])('%s: %s', (webhookIntegrationUrl, problem) => {
    expect(torq.check?.config?.({ webhookIntegrationUrl }, checkContext())).toBe(problem);
  });

  test('the allow-list is asked before the host', () => {
    const url = 'https://example.com/x';
    expect(torq.check?.config?.({ webhookIntegrationUrl: url }, checkContext([]))).toBe(
      `${PREFIX}: target url "${url}" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
  });
});
