import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';
import { SLACK_TOKEN, slackApi } from '../../simulators/slack-api.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** From the HTTP API to Slack's Web API and back, as a person would do it. */

let slack: Simulator;
let app: TestApp;
beforeAll(async () => {
  slack = await startSimulator(slackApi());
  app = await startTestApp({ 'patchbay.slackApiUrl': `${slack.url}/api/` });
});
afterAll(async () => {
  await app.stop();
  await slack.close();
});

async function create(token: string, config: Record<string, unknown> = {}): Promise<string> {
  const connector = { name: 'Round trip', connector_type_id: '.slack_api', config, secrets: { token } };
  const { status, text, body } = await app.call('POST', '/api/actions/connector', connector);
  expect(status, text).toBe(200);
  expect(body.config).toEqual(config);
  return body.id;
}

async function run(id: string, subAction: string, subActionParams: Record<string, unknown>) {
  const params = { subAction, subActionParams };
  const { status, text, body } = await app.call('POST', `/api/actions/connector/${id}/_execute?extended=true`, {
    params,
  });
  expect(status, text).toBe(200);
  return body;
}

test('posts a message and blocks, and knows a channel', async () => {
  const id = await create(SLACK_TOKEN);
  const posted = await run(id, 'postMessage', { channelNames: ['#alerts'], text: 'Disk is *full* 👩‍🚒' });
  expect(posted).toMatchObject({
    status: 'ok',
    data: { ok: true, channel: 'C0123ABCD', message: { text: 'Disk is *full* 👩‍🚒' } },
    response: { status: 200 },
  });
  const blocks = JSON.stringify({ blocks: [{ type: 'section', text: { type: 'plain_text', text: 'Disk is full' } }] });
  expect(await run(id, 'postBlockkit', { channelIds: ['C0123ABCD'], text: blocks })).toMatchObject({ status: 'ok' });
  expect(await run(id, 'validChannelId', { channelId: 'C0123ABCD' })).toMatchObject({
    status: 'ok',
    data: { ok: true, channel: { id: 'C0123ABCD', name: 'alerts' } },
  });
});

test("Slack's words for a wrong token, an unknown channel, a bad block", async () => {
  const text = JSON.stringify({ blocks: [{ type: 'toast' }] });
  const [right, wrong] = await Promise.all([create(SLACK_TOKEN), create('xoxb-another-token')]);
  for (const [id, subAction, params, words] of [
    [wrong, 'postMessage', { channelIds: ['C0123ABCD'], text: 'x' }, 'invalid_auth: Slack does not accept the token'],
    [right, 'postMessage', { channelIds: ['C0NOWHERE'], text: 'x' }, 'channel_not_found: Slack knows no such channel'],
    [right, 'postBlockkit', { channelIds: ['C0123ABCD'], text }, '[json-pointer:/blocks/0/type]'],
  ] as const) {
    expect(await run(id, subAction, params)).toMatchObject({
      status: 'error',
      message: 'error posting slack message',
      service_message: expect.stringContaining(words),
      errorSource: 'user',
    });
  }
});

test('the allowed channels hold, and params are checked before anything is sent', async () => {
  const id = await create(SLACK_TOKEN, { allowedChannels: [{ name: '#general' }] });
  const before = slack.requests.length;
  expect(await run(id, 'postMessage', { channelIds: ['C0123ABCD'], text: 'x' })).toMatchObject({
    status: 'error',
    service_message: 'One or more provided channels are not included in the allowed channels list',
  });
  expect(await run(id, 'getAllowedChannels', {})).toMatchObject({
    status: 'error',
    message: expect.stringContaining('error validating action params: Field "subAction": Invalid discriminator value.'),
    retry: false,
    errorSource: 'user',
  });
  expect(slack.requests).toHaveLength(before);
});

test('the connection can be checked, and the log holds no token', async () => {
  const connector = { connector_type_id: '.slack_api', config: {} };
  const check = (token: string) => app.call('POST', '/api/actions/_check', { ...connector, secrets: { token } });
  expect((await check(SLACK_TOKEN)).body).toMatchObject({ status: 'ok', data: { team: 'Simulator' } });
  expect((await check('xoxb-another-token')).body).toMatchObject({ status: 'error' });
  for (const token of [SLACK_TOKEN, 'xoxb-another-token']) expect(app.log()).not.toContain(token);
});
