import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { validateConfig, validateParams, validateSecrets } from '../../connectors/validate.ts';
import { errorText } from '../../errors.ts';
import { answering, checkContext } from '../shared/testing.ts';
import slackApi from './index.ts';
import { message, runAgainst, runAt, TO_ALERTS } from './test-support.ts';

const OK = { ok: true, channel: 'C0123ABCD', ts: '1503435956.000247', message: { type: 'message', text: 'hi' } };

/** What is said of a value, or undefined when it is taken. */
function problem(validate: () => unknown): string | undefined {
  try {
    validate();
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

describe('what is accepted', () => {
  const configProblem = (value: unknown) => problem(() => validateConfig(slackApi, value, checkContext()));
  const paramsProblem = (value: unknown) => problem(() => validateParams(slackApi, value, checkContext()));

  test('config: none, entries with and without an id', () => {
    expect(validateConfig(slackApi, {}, checkContext())).toEqual({});
    for (const entry of [{ id: 'C1', name: 'alerts' }, { name: '#alerts' }]) {
      expect(configProblem({ allowedChannels: [entry] })).toBeUndefined();
    }
  });

  test.each([
    [{ x: 1 }, "Unrecognized key(s) in object: 'x'"],
    [{ allowedChannels: [{ id: 'C1' }] }, 'Field "allowedChannels.0.name": Required'],
    [
      { allowedChannels: [{ id: '', name: 'a' }] },
      'Field "allowedChannels.0.id": String must contain at least 1 character(s)',
    ],
    [
      { allowedChannels: Array(501).fill({ name: 'a' }) },
      'Field "allowedChannels": Array must contain at most 500 element(s)',
    ],
  ])('config %#', (value, detail) => {
    expect(configProblem(value)).toBe(`error validating connector type config: ${detail}`);
  });

  test('secrets: a token, and Slack among the allowed hosts', () => {
    const check = (value: unknown, hosts: string[]) =>
      problem(() => validateSecrets(slackApi, value, checkContext(hosts)));
    expect(check({ token: 'xoxb-1' }, ['slack.com'])).toBeUndefined();
    expect(check({}, ['*'])).toBe('error validating connector type secrets: Field "token": Required');
    expect(check({ token: '' }, ['*'])).toBe(
      'error validating connector type secrets: Field "token": String must contain at least 1 character(s)',
    );
    expect(check({ token: 'xoxb-1' }, ['hooks.slack.com'])).toBe(
      'error validating connector type secrets: error configuring slack action: target url "https://slack.com/api/" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });

  const NAMES = "'validChannelId' | 'postMessage' | 'postBlockkit'";
  test.each([
    [{}, `Field "subAction": Invalid discriminator value. Expected ${NAMES}`],
    [{ subAction: 'getAllowedChannels' }, `Field "subAction": Invalid discriminator value. Expected ${NAMES}`],
    [message({ text: '' }), 'Field "subActionParams.text": String must contain at least 1 character(s)'],
    [message({ channels: ['a', 'b'] }), 'Field "subActionParams.channels": Array must contain at most 1 element(s)'],
    [
      message({ channelIds: ['a', 'b'] }),
      'Field "subActionParams.channelIds": Array must contain at most 1 element(s)',
    ],
    [message({ as_user: true }), 'Field "subActionParams": Unrecognized key(s) in object: \'as_user\''],
    [
      message({ thread_key: 'a', thread_ts: '1.2' }),
      'Field "subActionParams.thread_ts": give either "thread_key" or "thread_ts", not both',
    ],
    [blocks('{"text":"x"}'), 'Field "subActionParams.text": block kit body must contain field "blocks"'],
    [blocks('null'), 'Field "subActionParams.text": block kit body must contain field "blocks"'],
    [blocks('["blocks"]'), 'Field "subActionParams.text": block kit body must contain field "blocks"'],
    [
      blocks(`{"blocks":${'['.repeat(300)}${']'.repeat(300)}}`),
      'Field "subActionParams.text": block kit body cannot be sent: nested more than 200 levels deep; at most 200 are read',
    ],
  ])('params %#', (value, detail) => {
    expect(paramsProblem(value)).toBe(`error validating action params: ${detail}`);
  });

  test('params: what the parser says of a text that is no JSON', () => {
    expect(paramsProblem(blocks('{"blocks":'))).toMatch(
      /^error validating action params: Field "subActionParams\.text": block kit body is not valid JSON - .*JSON/,
    );
  });

  test('templates: the text alone, escaped for what it is, and what names a thread', () => {
    const thread = { 'subActionParams.thread_key': 'none', 'subActionParams.thread_ts': 'none' };
    expect(slackApi.actions.postMessage?.templates).toEqual({ 'subActionParams.text': 'slack', ...thread });
    expect(slackApi.actions.postBlockkit?.templates).toEqual({ 'subActionParams.text': 'json', ...thread });
    expect(slackApi.actions.validChannelId?.templates).toEqual({});
  });
});

function blocks(text: string, more: Record<string, unknown> = {}) {
  return { subAction: 'postBlockkit', subActionParams: { channelIds: ['C0123ABCD'], text, ...more } };
}

describe('what is sent', () => {
  async function sentFor(params: Record<string, unknown>) {
    const target = await httpServer(answering(200, OK));
    const verdict = await runAt(target.origin, params);
    return { verdict, requests: target.seen };
  }

  test('a message, byte for byte', async () => {
    const { verdict, requests } = await sentFor(message({ channelIds: ['C0123ABCD'], text: 'Disk *full* "é🙂"\n' }));
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: '/api/chat.postMessage',
      body: '{"channel":"C0123ABCD","text":"Disk *full* \\"é🙂\\"\\n"}',
    });
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      authorization: 'Bearer xoxb-simulator-token',
    });
    expect(verdict).toEqual({
      outcome: 'delivered',
      data: OK,
      reference: { id: 'C0123ABCD/1503435956.000247' },
    });
  });

  test('of a Block Kit document, the blocks alone', async () => {
    const text = '{"blocks":[{"type":"divider"}],"text":"x","channel":"C9","thread_ts":"1.2"}';
    const { requests } = await sentFor(blocks(text));
    expect(requests[0]?.body).toBe('{"channel":"C0123ABCD","blocks":[{"type":"divider"}]}');
  });

  test('the options where they are given, and a broadcast only with a reply', async () => {
    const flags = { mrkdwn: false, unfurl_links: false, unfurl_media: true };
    const reply = await sentFor(
      message({ channelIds: ['C1'], ...flags, thread_ts: '1503435956.000247', reply_broadcast: true }),
    );
    expect(JSON.parse(reply.requests[0]!.body)).toEqual({
      channel: 'C1',
      text: 'hi',
      ...flags,
      thread_ts: '1503435956.000247',
      reply_broadcast: true,
    });
    const plain = await sentFor(message({ channelIds: ['C1'], reply_broadcast: true }));
    expect(JSON.parse(plain.requests[0]!.body)).toEqual({ channel: 'C1', text: 'hi' });
  });

  test('the id of a channel cannot leave its place', async () => {
    const { requests } = await sentFor({
      subAction: 'validChannelId',
      subActionParams: { channelId: 'C1&pretty=1#/../x' },
    });
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: '/api/conversations.info?channel=C1%26pretty%3D1%23%2F..%2Fx',
      body: '',
    });
    expect(requests[0]?.headers).toMatchObject({ 'content-type': 'application/json; charset=UTF-8' });
  });

  test.each([[{}], [{ channelId: '' }]])('validChannelId with %j', async (subActionParams) => {
    const { verdict, requests } = await sentFor({ subAction: 'validChannelId', subActionParams });
    expect(verdict).toMatchObject({
      message: 'error posting slack message',
      serviceMessage: 'The channel id is empty',
    });
    expect(requests).toEqual([]);
  });

  test('more than 50 blocks are not sent', async () => {
    const list = (count: number) => JSON.stringify({ blocks: Array(count).fill({ type: 'divider' }) });
    expect((await sentFor(blocks(list(50)))).requests).toHaveLength(1);
    const { verdict, requests } = await sentFor(blocks(list(51)));
    expect(verdict).toMatchObject({
      code: 'params_invalid',
      serviceMessage: 'The message has 51 blocks; Slack takes at most 50. Nothing was sent.',
      retry: false,
    });
    expect(requests).toEqual([]);
  });

  test('a text that Slack will cut is sent, with a warning', async () => {
    const text = (length: number) => message({ channelIds: ['C1'], text: 'x'.repeat(length) });
    expect((await sentFor(text(40_000))).verdict).not.toHaveProperty('warning');
    const { verdict } = await sentFor(text(40_001));
    expect(verdict).toMatchObject({
      outcome: 'delivered',
      warning: 'The message has 40001 characters; Slack shows the first 40000.',
    });
  });
});

describe('verdicts', () => {
  const FAILED = 'error posting slack message';

  test.each([
    ['invalid_auth', 'target_auth'],
    ['token_revoked', 'target_auth'],
    ['channel_not_found', 'target_rejected'],
    ['not_in_channel', 'target_rejected'],
    ['is_archived', 'target_rejected'],
    ['fatal_error', 'target_unavailable'],
  ])('%s in a 200: the word and what to do', async (error, code) => {
    const verdict = await runAgainst(200, { ok: false, error });
    expect(verdict).toEqual({
      outcome: 'failed',
      code,
      message: FAILED,
      serviceMessage: expect.stringMatching(new RegExp(`^${error}: [A-Z].+\\.$`)),
    });
  });

  test.each([
    [{ error: 'a_new_word' }, 'a_new_word'],
    [{ error: { why: 1 } }, '{"why":1}'],
    [{}, 'no reason given'],
    [{ error: 'constructor' }, 'constructor'],
  ])('other errors: %j', async (answer, serviceMessage) => {
    expect(await runAgainst(200, { ok: false, ...answer })).toMatchObject({ message: FAILED, serviceMessage });
  });

  test('the scope that is missing', async () => {
    const answer = { ok: false, error: 'missing_scope', needed: 'chat:write:bot', provided: 'incoming-webhook' };
    const { code, serviceMessage } = await runAgainst(200, answer);
    expect(code).toBe('target_auth');
    expect(serviceMessage).toMatch(
      /^missing_scope: The token lacks the scope chat:write:bot\. .+install the app again\.$/,
    );
  });

  test("Slack's own details on blocks", async () => {
    const pointer = 'must be less than 3001 characters [json-pointer:/blocks/0/text/text]';
    const { serviceMessage } = await runAgainst(200, {
      ok: false,
      error: 'invalid_blocks',
      errors: [pointer],
      response_metadata: { messages: [`[ERROR] ${pointer}`] },
    });
    expect(serviceMessage).toMatch(/^invalid_blocks: A block is not as Slack wants it/);
    expect(serviceMessage).toContain(`Slack says: [ERROR] ${pointer}`);
  });

  test.each(['ratelimited', 'rate_limited'])('%s in a 200 is a reason to wait', async (error) => {
    expect(await runAgainst(200, { ok: false, error })).toMatchObject({ code: 'target_rate_limited', retry: true });
    const { retry, message: text } = await runAgainst(200, { ok: false, error }, { 'retry-after': '30' });
    expect(retry).toBeInstanceOf(Date);
    expect(text).toBe(FAILED);
  });

  test('429 with Retry-After: the message and the retry name the same time', async () => {
    const {
      code,
      message: text,
      retry,
    } = await runAgainst(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '30' });
    expect([code, text]).toEqual([
      'target_rate_limited',
      `error posting a slack message, retry at ${(retry as Date).toISOString()}`,
    ]);
  });

  test.each([429, 500, 503])('%i: retry later', async (status) => {
    expect(await runAgainst(status, 'x')).toEqual({
      outcome: 'failed',
      code: status === 429 ? 'target_rate_limited' : 'target_unavailable',
      message: 'error posting a slack message, retry later',
      retry: true,
    });
  });

  test.each([
    [400, 'bad', '400 Bad Request', '[400] bad'],
    [404, '', '404 Not Found', undefined],
    [403, { ok: false, error: 'a_new_word' }, '403 Forbidden', '[403] a_new_word'],
  ])('%i %j', async (status, body, line, serviceMessage) => {
    const verdict = await runAgainst(status, body);
    expect(verdict.message).toBe(`unexpected http response from slack: ${line}`);
    expect(verdict.serviceMessage).toBe(serviceMessage);
  });

  test.each(['', 'null'])('no answer in a 200: %j', async (body) => {
    expect(await runAgainst(200, body)).toMatchObject({
      code: 'target_response_invalid',
      message: 'unexpected null response from slack',
    });
  });

  test.each(['<!doctype html>', '[]', '{}', '{"ok":"true"}'])('a 200 that is not from Slack: %s', async (body) => {
    const { code, serviceMessage } = await runAgainst(200, body);
    expect([code, serviceMessage]).toEqual([
      'target_response_invalid',
      `The answer is not one of Slack's Web API. It begins: ${body}`,
    ]);
  });

  test('a message whose place is not one is delivered without a reference', async () => {
    for (const odd of [{ ts: 'https://evil' }, { channel: '<script>' }, { ts: 5 }]) {
      expect(await runAgainst(200, { ...OK, ...odd })).toEqual({ outcome: 'delivered', data: { ...OK, ...odd } });
    }
  });

  test('no answer at all', async () => {
    const verdict = await runAt('http://127.0.0.1:1', TO_ALERTS);
    expect(verdict).toMatchObject({
      code: 'egress_connection',
      message: FAILED,
      serviceMessage: expect.stringMatching(/^\[ECONNREFUSED\] /),
    });
    expect(verdict).not.toHaveProperty('retry');
  });
});

describe('the connection test', () => {
  async function check(body: unknown, headers: Record<string, string> = {}) {
    const target = await httpServer(answering(200, body, headers));
    return { verdict: await runAt(target.origin), requests: target.seen };
  }
  const who = { ok: true, team: 'Ops', user: 'patchbay', url: 'https://ops.slack.com/' };

  test('asks whose token it is', async () => {
    const { verdict, requests } = await check(who, { 'x-oauth-scopes': 'channels:read, chat:write' });
    expect(requests).toMatchObject([{ method: 'GET', url: '/api/auth.test', body: '' }]);
    expect(verdict).toEqual({
      outcome: 'delivered',
      data: { team: 'Ops', user: 'patchbay', url: 'https://ops.slack.com/' },
    });
  });

  test('a token that may not post, and a wrong one', async () => {
    const { verdict } = await check(who, { 'x-oauth-scopes': 'channels:read,chat:write.public' });
    expect(verdict).toMatchObject({
      code: 'target_auth',
      serviceMessage: expect.stringMatching(/^missing_scope: The token lacks the scope chat:write\./),
    });
    const wrong = await check({ ok: false, error: 'invalid_auth' });
    expect(wrong.verdict).toMatchObject({
      code: 'target_auth',
      serviceMessage: expect.stringMatching(/^invalid_auth: /),
    });
  });
});
