import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import tines from './index.ts';

const THROWN = 'an error occurred while running the action';
const SECRETS = { email: 'jim@example.com', token: 'tines-token' };
const STORIES = {
  stories: [{ id: 1, name: 'story 1', team: 'team', published: true }],
  meta: { pages: 1, next_page: null },
};
const WEBHOOK = {
  id: 1,
  name: 'agent 1',
  type: 'Agents::WebhookAgent',
  story_id: 7,
  options: { path: 'a path', secret: 's3cret' },
};
const OTHER = { id: 2, name: 'agent 2', type: 'Agents::HttpRequest', story_id: 7, options: { url: 'url' } };
const CHOSEN = { id: 1, name: 'agent 1', storyId: 7 };

/** A tenant whose API gives one answer and whose webhooks give another. */
async function tenant(api: RequestListener, webhook: RequestListener = answering(202, { status: 'ok' })) {
  return httpServer((request, response) => (request.url?.includes('/api/') ? api : webhook)(request, response));
}

async function call(origin: string, subAction: string, subActionParams?: unknown) {
  const learned: string[] = [];
  const { verdict } = await tryType(tines, {
    config: { url: origin },
    secrets: SECRETS,
    params: { subAction, ...(subActionParams === undefined ? {} : { subActionParams }) },
    learnSecret: (secret) => void learned.push(secret),
  });
  return { verdict, learned };
}

describe('stories', () => {
  test('asks for one page with both credentials', async () => {
    const target = await tenant(answering(200, STORIES));
    const { verdict } = await call(target.origin, 'stories', { anything: true });
    expect(verdict).toEqual({
      outcome: 'delivered',
      data: { stories: [{ id: 1, name: 'story 1', published: true }], incompleteResponse: false },
    });
    expect(target.seen).toHaveLength(1);
    expect(target.seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/stories?per_page=500',
      headers: {
        'x-user-email': 'jim@example.com',
        'x-user-token': 'tines-token',
        'content-type': 'application/json',
      },
      body: '{}',
    });
  });

  test('says that there is more', async () => {
    const target = await tenant(answering(200, { ...STORIES, meta: { pages: 2 } }));
    expect((await call(`${target.origin}//team/`, 'stories')).verdict).toMatchObject({
      data: { incompleteResponse: true },
    });
    expect(target.seen.map(({ url }) => url)).toEqual(['/team/api/v1/stories?per_page=500']);
  });

  test.each<[unknown, string]>([
    [{ stories: [] }, 'Field "meta": Required'],
    [{ stories: [{ id: 1, name: 'x' }], meta: { pages: 1 } }, 'Field "stories.0.published": Required'],
    ['<html>', 'Expected object, received string'],
  ])('an answer of another shape: %j', async (answer, detail) => {
    const target = await tenant(answering(200, answer));
    expect((await call(target.origin, 'stories')).verdict).toEqual({
      outcome: 'failed',
      code: 'target_response_invalid',
      message: THROWN,
      serviceMessage: `Response validation failed (${detail})`,
      retry: true,
      errorSource: 'framework',
    });
  });
});

describe('webhooks', () => {
  test('lists those of a story without their secrets, which are learned', async () => {
    const target = await tenant(answering(200, { agents: [WEBHOOK, OTHER], meta: { pages: 1 } }));
    const { verdict, learned } = await call(target.origin, 'webhooks', { storyId: '7' });
    expect(target.seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/agents?story_id=7&action_type=Agents::WebhookAgent&per_page=500',
      headers: { 'x-user-token': 'tines-token' },
      body: '{}',
    });
    expect(verdict).toEqual({ outcome: 'delivered', data: { webhooks: [CHOSEN], incompleteResponse: false } });
    expect(learned).toEqual(['s3cret']);
  });
});

describe.each(['run', 'test'])('%s', (subAction) => {
  const body = '{"disk": 93} ';

  test('by webhook: looks at it first, then sends without the credentials', async () => {
    const target = await tenant(answering(200, WEBHOOK));
    const { verdict, learned } = await call(target.origin, subAction, { webhook: CHOSEN, body });
    expect(verdict).toEqual({ outcome: 'delivered', data: { status: 'ok' } });
    expect(learned).toEqual(['s3cret']);
    const [first, second, ...more] = target.seen;
    expect(first).toMatchObject({ method: 'GET', url: '/api/v1/actions/1', body: '{}' });
    expect(second).toMatchObject({
      method: 'POST',
      url: '/webhook/a%20path/s3cret',
      headers: { 'content-type': 'application/json' },
      body: '{"disk": 93}',
    });
    expect(
      Object.keys(second!.headers).filter((name) => name.startsWith('x-user') || name === 'authorization'),
    ).toEqual([]);
    expect(more).toEqual([]);
  });

  test('by URL, which wins: one request, to another host too, and no credentials', async () => {
    const target = await tenant(answering(500));
    const elsewhere = await tenant(answering(500), answering(201, { more: [1] }));
    for (const { origin, seen } of [target, elsewhere]) {
      const webhookUrl = `${origin}/webhook//p/s3cret-of-url/`;
      const { verdict, learned } = await call(target.origin, subAction, { webhookUrl, webhook: CHOSEN, body });
      expect(verdict).toMatchObject({ outcome: 'delivered' });
      expect(learned).toEqual(['s3cret-of-url']);
      expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /webhook/p/s3cret-of-url']);
      expect(JSON.stringify(seen)).not.toMatch(/tines-token|jim@example/);
    }
  });

  test('older clients give path and secret, which are not used', async () => {
    const target = await tenant(answering(200, WEBHOOK));
    const webhook = { ...CHOSEN, id: '1', path: 'other', secret: 'other' };
    expect((await call(target.origin, subAction, { webhook, body })).verdict).toMatchObject({ outcome: 'delivered' });
    expect(target.seen[1]?.url).toBe('/webhook/a%20path/s3cret');
  });

  test.each([
    ['["test"]', '["test"]'],
    ['plain "text"', '"plain \\"text\\""'],
    ['', '{}'],
  ])('sends the body %j as %j', async (given, sent) => {
    const target = await tenant(answering(500));
    await call(target.origin, subAction, { webhookUrl: `${target.origin}/webhook/a/b`, body: given });
    expect(target.seen[0]?.body).toBe(sent);
  });

  test.each([
    ['another kind of action', OTHER],
    ['another id', { ...WEBHOOK, id: 3 }],
    ['another story', { ...WEBHOOK, story_id: 8 }],
    ['no path', { ...WEBHOOK, options: { secret: 's' } }],
    ['an empty path', { ...WEBHOOK, options: { path: '', secret: 's' } }],
    ['an empty secret', { ...WEBHOOK, options: { path: 'p', secret: '' } }],
  ])('refuses a webhook that is %s', async (_what, action) => {
    const target = await tenant(answering(200, action));
    expect((await call(target.origin, subAction, { webhook: CHOSEN, body })).verdict).toEqual({
      outcome: 'failed',
      code: 'target_rejected',
      message: THROWN,
      serviceMessage: 'Invalid configuration for webhook id: 1. Verify webhook exists in Tines.',
      retry: true,
      errorSource: 'framework',
    });
    expect(target.seen).toHaveLength(1);
  });

  test('needs a webhook', async () => {
    const target = await tenant(answering(200, WEBHOOK));
    expect((await call(target.origin, subAction, { body: '' })).verdict).toMatchObject({
      code: 'params_invalid',
      serviceMessage: 'Invalid subActionsParams: [webhook] or [webhookUrl] expected but got none',
      retry: true,
      errorSource: 'framework',
    });
    for (const webhookUrl of ['nope', '/webhook/a/b', 'file:///etc/passwd', 'http://[']) {
      expect((await call(target.origin, subAction, { webhookUrl, body })).verdict).toMatchObject({
        code: 'egress_url_invalid',
        serviceMessage: expect.stringMatching(/^URL Error: Invalid URL/),
      });
    }
    expect(target.seen).toEqual([]);
  });

  test('a host that is not allowed', async () => {
    const target = await tenant(answering(200, WEBHOOK));
    const { verdict } = await tryType(tines, {
      config: { url: target.origin },
      secrets: SECRETS,
      params: { subAction, subActionParams: { webhookUrl: 'https://evil.example/webhook/a/b', body } },
      allowedHosts: ['127.0.0.1'],
    });
    expect(verdict).toMatchObject({
      code: 'egress_host_not_allowed',
      serviceMessage:
        'error configuring connector action: target url "https://evil.example/webhook/a/b" is not added to the Kibana config xpack.actions.allowedHosts',
    });
  });

  test.each<[number, unknown, string]>([
    [204, '', 'Expected object, received string'],
    [200, 'Ok', 'Expected object, received string'],
    [200, [1], 'Expected object, received array'],
  ])('%i %j of a webhook is an error, and the event is not sent again', async (status, answer, detail) => {
    const target = await tenant(answering(500), answering(status, answer));
    const { verdict } = await call(target.origin, subAction, { webhookUrl: `${target.origin}/webhook/a/b`, body });
    expect(verdict).toMatchObject({
      code: 'target_response_invalid',
      serviceMessage: expect.stringContaining(`Response validation failed (${detail}). Tines has taken the event`),
      retry: false,
    });
  });
});

describe('errors', () => {
  const CREDENTIALS =
    'Check the email and the API token; the token must not be revoked, and its role must let it see the story.';
  test.each<[number, unknown, string, string, string]>([
    [
      422,
      { result: 'error', errors: { message: 'failed' } },
      'target_rejected',
      'user',
      'Status code: 422. Message: API Error: Unprocessable Entity',
    ],
    [
      401,
      { error: 'Invalid Email or password.' },
      'target_auth',
      'user',
      `Status code: 401. Message: API Error: Unauthorized: Invalid Email or password. ${CREDENTIALS}`,
    ],
    [
      404,
      { errors: ['Record Not Found'] },
      'target_rejected',
      'framework',
      'Status code: 404. Message: API Error: Not Found: Record Not Found. Check the tenant URL, and choose story and webhook again: they may have been deleted.',
    ],
    [500, '', 'target_unavailable', 'framework', 'Status code: 500. Message: API Error: Internal Server Error'],
  ])('%i %j of the API', async (status, answer, code, errorSource, serviceMessage) => {
    const target = await tenant(answering(status, answer));
    for (const params of [{}, { webhook: CHOSEN, body: '{}' }]) {
      const { verdict } = await call(target.origin, 'body' in params ? 'run' : 'stories', params);
      expect(verdict).toEqual({ outcome: 'failed', code, message: THROWN, serviceMessage, retry: true, errorSource });
    }
  });

  test.each([
    [404, 'Check the webhook in Tines'],
    [405, 'Allow POST in the webhook action'],
    [401, 'access control'],
    [429, '1,000 requests a minute'],
  ])('%i of a webhook says what to do', async (status, words) => {
    const target = await tenant(answering(500), answering(status, '', { 'retry-after': '60' }));
    const { verdict } = await call(target.origin, 'run', { webhookUrl: `${target.origin}/webhook/a/b`, body: '' });
    expect(verdict).toMatchObject({
      serviceMessage: expect.stringContaining(words),
      retry: status === 429 ? expect.any(Date) : true,
    });
  });

  test('a reason phrase that is missing', async () => {
    const target = await tenant((_request, response) => void response.writeHead(400, ' ').end());
    expect((await call(target.origin, 'stories')).verdict).toMatchObject({
      serviceMessage: 'Status code: 400. Message: Request failed with status code 400',
    });
  });

  test('no answer', async () => {
    expect((await call('http://127.0.0.1:1', 'stories')).verdict).toMatchObject({
      code: 'egress_connection',
      serviceMessage: expect.stringMatching(/^Status code: undefined\. Message: AxiosError: .*ECONNREFUSED/),
      retry: true,
    });
  });
});

describe('its test', () => {
  const check = (origin: string) => tryType(tines, { config: { url: origin }, secrets: SECRETS });

  test('looks at one story', async () => {
    const target = await tenant(answering(200, STORIES));
    expect((await check(target.origin)).verdict).toMatchObject({ outcome: 'delivered' });
    expect(target.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/v1/stories?per_page=1']);
  });

  test('notices another server', async () => {
    const target = await tenant(answering(200, '<html>'));
    expect((await check(target.origin)).verdict).toMatchObject({
      code: 'target_response_invalid',
      serviceMessage: 'Response validation failed (Expected object, received string). Check the tenant URL.',
    });
  });
});

describe('templates', () => {
  const expand = (params: Record<string, unknown>, variables: Record<string, unknown>) =>
    tines.expandTemplates?.(params, variables);

  test('all variables are the body of a run, without what alerts say twice', () => {
    const variables = {
      rule: { name: 'Disk "full"' },
      context: { alerts: [{ _id: '1', kibana: { alert: {} }, 'kibana.alert.uuid': 'u' }, 'odd'], rule: {} },
    };
    expect(expand({ subAction: 'run', subActionParams: { webhook: CHOSEN, body: '{{x}}' } }, variables)).toEqual({
      subAction: 'run',
      subActionParams: {
        webhook: CHOSEN,
        body: '{"rule":{"name":"Disk \\"full\\""},"context":{"alerts":[{"_id":"1","kibana.alert.uuid":"u"},"odd"],"rule":{}}}',
      },
    });
    expect(variables.context.alerts[0]).toHaveProperty('kibana');
    expect(expand({ subAction: 'run' }, { date: 'now' })).toMatchObject({
      subActionParams: { body: '{"date":"now"}' },
    });
  });

  test('variables that cannot be written', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const { subActionParams } = expand({ subAction: 'run', subActionParams: {} }, circle) as {
      subActionParams: { body: string };
    };
    expect(JSON.parse(subActionParams.body)).toEqual({ error: { message: expect.stringContaining('circular') } });
  });

  test('nothing else is touched', () => {
    const params = { subAction: 'test', subActionParams: { webhookUrl: '{{x}}', body: '{{y}}' } };
    expect(expand(params, { x: 1 })).toBe(params);
    expect(tines.templates).toEqual({});
  });
});

test('a tenant URL whose host is allowed', () => {
  const check = (url: string) => tines.check?.config?.({ url }, checkContext(['some-tenant-2345.tines.com']));
  expect(check('https://some-tenant-2345.tines.com')).toBeUndefined();
  expect(check('http://tines.mynonexistent.com')).toBe(
    'error validating url: target url "http://tines.mynonexistent.com" is not added to the Kibana config xpack.actions.allowedHosts',
  );
});
