import { createHmac } from 'node:crypto';
import { IncomingWebhook } from '@slack/webhook';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRAPH_TENANT, graph } from './graph.ts';
import { type Simulator, startSimulator } from './harness.ts';
import { OAUTH_CLIENT, oauthServer } from './oauth.ts';
import { SLACK_ARCHIVED_PATH, SLACK_PATH, slack } from './slack.ts';
import { WEBHOOK_SIGNING_SECRET, webhook } from './webhook.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const basicHeader = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` });

/** Starts one simulator for a describe block and returns a function that posts to it. */
function use(definition: Parameters<typeof startSimulator>[0]) {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator(definition);
  });
  afterAll(() => simulator.close());
  return {
    url: () => simulator.url,
    post: async (path: string, body: string, headers: Record<string, string> = {}) => {
      const response = await fetch(simulator.url + path, { method: 'POST', body, headers });
      return { status: response.status, text: await response.text() };
    },
  };
}

describe('slack', () => {
  const { url, post } = use(slack);

  test('takes what Slack’s own client sends', async () => {
    expect(await new IncomingWebhook(url() + SLACK_PATH).send({ text: 'hi' })).toEqual({ text: 'ok' });
    expect(await post(SLACK_PATH, new URLSearchParams({ payload: '{"text":"hi"}' }).toString(), FORM)).toMatchObject({
      text: 'ok',
    });
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    [SLACK_PATH, '{"text":', JSON_TYPE, 400, 'invalid_payload'],
    [SLACK_PATH, '["text"]', JSON_TYPE, 400, 'invalid_payload'],
    [SLACK_PATH, '{"text":"hi"}', { 'content-type': 'text/plain' }, 400, 'invalid_payload'],
    [SLACK_PATH, '{"text":5}', JSON_TYPE, 400, 'invalid_payload'],
    [SLACK_PATH, '{"text":""}', JSON_TYPE, 400, 'no_text'],
    [SLACK_PATH, '{"blocks":"x"}', JSON_TYPE, 400, 'invalid_blocks'],
    ['/services/T000/B000/WRONG', '{"text":"hi"}', JSON_TYPE, 403, 'invalid_token'],
    ['/services/T000/B999/XXXX', '{"text":"hi"}', JSON_TYPE, 404, 'no_service'],
    ['/services/T999/B000/XXXX', '{"text":"hi"}', JSON_TYPE, 404, 'no_team'],
    ['/', '{"text":"hi"}', JSON_TYPE, 404, 'no_service'],
    [SLACK_ARCHIVED_PATH, '{"text":"hi"}', JSON_TYPE, 410, 'channel_is_archived'],
  ])('%s %s %o is refused', async (path, body, headers, status, text) => {
    expect(await post(path, body, headers)).toEqual({ status, text });
  });
});

describe('webhook', () => {
  const { post } = use(webhook);
  const now = () => Math.floor(Date.now() / 1000);

  /** By the text of the specification, with changes. */
  function signed(body: string, { secret = WEBHOOK_SIGNING_SECRET, at = now(), version = 'v1' } = {}) {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(`m1.${at}.${body}`).digest('base64');
    return { 'webhook-id': 'm1', 'webhook-timestamp': String(at), 'webhook-signature': `${version},${signature}` };
  }

  test('takes a signature, also as one of several', async () => {
    const headers = signed('{"text":"Grüße 📚"}');
    const several = { ...headers, 'webhook-signature': `v1a,x v1,AAAA ${headers['webhook-signature']}` };
    for (const given of [headers, several]) {
      expect(await post('/signed', '{"text":"Grüße 📚"}', given)).toMatchObject({ status: 200 });
    }
  });

  test.each<[string, Record<string, string>, string]>([
    ['none', {}, 'The request is not signed.'],
    ['one of another body', signed('other'), 'No signature fits the secret and the body.'],
    [
      'one by another key',
      signed('body', { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
      'No signature fits the secret and the body.',
    ],
    ['one of another version', signed('body', { version: 'v2' }), 'No signature fits the secret and the body.'],
    ['an old one', signed('body', { at: now() - 600 }), 'The timestamp is not within 300 s of now.'],
    ['one from the future', signed('body', { at: now() + 600 }), 'The timestamp is not within 300 s of now.'],
  ])('refuses a signature: %s', async (_name, headers, message) => {
    expect(await post('/signed', 'body', headers)).toEqual({ status: 401, text: JSON.stringify({ message }) });
  });
});

const credentials = { client_id: OAUTH_CLIENT.id, client_secret: OAUTH_CLIENT.secret };
const form = (fields: Record<string, string>) =>
  new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString();

describe('oauth', () => {
  const { post } = use(oauthServer({ expiresIn: 60 }));

  test('gives a token for credentials in the body or the header, and knows it again', async () => {
    for (const answer of [
      await post('/token', form(credentials), FORM),
      await post('/token', form({}), { ...FORM, ...basicHeader(`${OAUTH_CLIENT.id}:${OAUTH_CLIENT.secret}`) }),
    ]) {
      const token = JSON.parse(answer.text) as { access_token: string };
      expect([answer.status, token]).toEqual([
        200,
        { access_token: expect.any(String), token_type: 'Bearer', expires_in: 60 },
      ]);
      expect(await post('/api', '{}', { authorization: `Bearer ${token.access_token}` })).toMatchObject({
        status: 200,
      });
    }
    expect(await post('/api', '{}', { authorization: 'Bearer invented' })).toMatchObject({ status: 401 });
    expect(await post('/api', '{}')).toMatchObject({ status: 401 });
  });

  test.each<[string, Record<string, string>, number, string]>([
    [form({ ...credentials, client_secret: 'x' }), FORM, 401, 'invalid_client'],
    [form({}), FORM, 401, 'invalid_client'],
    [form({}), { ...FORM, ...basicHeader('patchbay:x') }, 401, 'invalid_client'],
    [form(credentials), { ...FORM, ...basicHeader('patchbay:client-s3cret') }, 400, 'invalid_request'],
    [`${form(credentials)}&client_id=again`, FORM, 400, 'invalid_request'],
    [JSON.stringify(credentials), JSON_TYPE, 400, 'invalid_request'],
    [new URLSearchParams(credentials).toString(), FORM, 400, 'invalid_request'],
    [form({ ...credentials, grant_type: 'password' }), FORM, 400, 'unsupported_grant_type'],
  ])('%s %o is refused', async (body, headers, status, error) => {
    const answer = await post('/token', body, headers);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      status,
      { error, error_description: expect.any(String) },
    ]);
  });

  test('a token dies', async () => {
    const simulator = await startSimulator(oauthServer({ expiresIn: 0 }));
    const answer = await fetch(`${simulator.url}/token`, { method: 'POST', body: form(credentials), headers: FORM });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const call = await fetch(`${simulator.url}/api`, { headers: { authorization: `Bearer ${token}` } });
    expect(call.status).toBe(401);
    await simulator.close();
  });
});

describe('graph', () => {
  const { post } = use(graph);
  const scope = 'https://graph.microsoft.com/.default';
  const mail = (message: object = {}) => ({
    message: {
      subject: 's',
      body: { contentType: 'HTML', content: 'c' },
      toRecipients: [{ emailAddress: { address: 'a@x.org' } }],
      ...message,
    },
  });
  const send = async (
    body: unknown,
    path = '/v1.0/users/me@x.org/sendMail',
    headers: Record<string, string> = JSON_TYPE,
  ) => {
    const answer = await post(`/${GRAPH_TENANT}/oauth2/v2.0/token`, form({ ...credentials, scope }), FORM);
    const { access_token: token } = JSON.parse(answer.text) as { access_token: string };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return post(path, text, { authorization: `Bearer ${token}`, ...headers });
  };

  test('accepts a mail', async () => {
    expect(await send(mail())).toEqual({ status: 202, text: '' });
    const attachments = [
      { '@odata.type': '#microsoft.graph.fileAttachment', name: 'a', contentType: 't/p', contentBytes: 'YQ==' },
    ];
    expect(await send({ ...mail({ attachments, ccRecipients: [] }), saveToSentItems: false })).toEqual({
      status: 202,
      text: '',
    });
  });

  test.each<[unknown, number, string]>([
    ['{', 400, 'BadRequest'],
    [{}, 400, 'ErrorInvalidParameter'],
    [{ ...mail(), extra: 1 }, 400, 'RequestBodyRead'],
    [mail({ subjekt: 'x' }), 400, 'RequestBodyRead'],
    [mail({ body: { contentType: 'markdown', content: '' } }), 400, 'RequestBodyRead'],
    [mail({ toRecipients: ['a@x.org'] }), 400, 'RequestBodyRead'],
    [mail({ toRecipients: [] }), 400, 'ErrorInvalidRecipients'],
    [mail({ toRecipients: [{ emailAddress: { address: 'nobody' } }] }), 400, 'ErrorInvalidRecipients'],
    [mail({ attachments: [{ name: 'a' }] }), 400, 'RequestBodyRead'],
  ])('%j is refused', async (body, status, code) => {
    const answer = await send(body);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      status,
      { error: { code, message: expect.any(String) } },
    ]);
  });

  test('checks token, content type, sender and path', async () => {
    expect(await post('/v1.0/users/me@x.org/sendMail', '{}', JSON_TYPE)).toMatchObject({
      status: 401,
      text: expect.stringContaining('InvalidAuthenticationToken'),
    });
    expect(await send(mail(), undefined, { ...JSON_TYPE, authorization: 'Bearer invented' })).toMatchObject({
      status: 401,
    });
    expect(await send(JSON.stringify(mail()), undefined, { 'content-type': 'text/plain' })).toMatchObject({
      status: 400,
    });
    expect(await send(mail(), '/v1.0/users/unknown@x.org/sendMail')).toMatchObject({
      status: 404,
      text: expect.stringContaining('ErrorInvalidUser'),
    });
    expect(await send(mail(), '/v1.0/me')).toMatchObject({ status: 404 });
    const badScope = await post(`/${GRAPH_TENANT}/oauth2/v2.0/token`, form({ ...credentials, scope: 'mail' }), FORM);
    expect(badScope).toMatchObject({ status: 400, text: expect.stringContaining('invalid_scope') });
  });
});
