import { LogLevel, WebClient } from '@slack/web-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../../simulators/harness.ts';
import { SLACK_TOKEN, slackApi as simulator } from '../../../simulators/slack-api.ts';
import { httpServer, type SeenRequest } from '../../../test/support/http-servers.ts';
import { answering } from '../shared/testing.ts';
import { CONTRACT } from './test-contract.ts';
import { message, runAt } from './test-support.ts';

function sdk(origin: string): WebClient {
  return new WebClient(SLACK_TOKEN, {
    slackApiUrl: `${origin}/api/`,
    retryConfig: { retries: 0 },
    logLevel: LogLevel.ERROR,
  });
}

const OK = { ok: true, channel: 'C0123ABCD', ts: '1503435956.000247', message: { type: 'message', text: 'hi' } };
const BLOCKS = [
  { type: 'section', text: { type: 'mrkdwn', text: 'Disk *full* & "é👩‍🚒" <https://x|y>\n' } },
  { type: 'divider' },
];

/**
 * The method and its arguments, whichever of the two encodings of the API carries them: JSON, or a form whose members
 * hold JSON where they are no texts (https://docs.slack.dev/apis/web-api/#basics).
 */
function meaning({ url, headers, body, method }: SeenRequest) {
  const { pathname, searchParams } = new URL(url, 'http://x');
  const isJson = headers['content-type']?.startsWith('application/json') && method === 'POST';
  const form = [...searchParams, ...(isJson ? [] : new URLSearchParams(body))].map(([name, value]) => [name, value]);
  const given = isJson ? (JSON.parse(body) as object) : {};
  const all = { ...Object.fromEntries(form), ...given } as Record<string, unknown>;
  const args = Object.entries(all).map(([name, value]) => [name, name === 'text' ? value : decoded(value)]);
  return { pathname, args: Object.fromEntries(args) as unknown, authorization: headers.authorization };
}

function decoded(value: unknown): unknown {
  return typeof value === 'string' && /^(true|false|\d+|[[{].*)$/s.test(value) ? JSON.parse(value) : value;
}

describe('the same task by @slack/web-api', () => {
  const channel = 'C0123ABCD';
  const text = BLOCKS[0]!.text!.text;
  const options = { thread_ts: '1503435956.000247', reply_broadcast: true, unfurl_links: false, unfurl_media: true };

  test.each<[string, Record<string, unknown>, (client: WebClient) => Promise<unknown>]>([
    ['a message', message({ channelIds: [channel], text }), (client) => client.chat.postMessage({ channel, text })],
    [
      'a message by name',
      message({ channelNames: ['#alerts'], text }),
      (client) => client.chat.postMessage({ channel: '#alerts', text }),
    ],
    [
      'a reply with everything',
      message({ channelIds: [channel], text, mrkdwn: false, ...options }),
      (client) => client.chat.postMessage({ channel, text, mrkdwn: false, ...options }),
    ],
    [
      'blocks',
      {
        subAction: 'postBlockkit',
        subActionParams: { channelIds: [channel], text: JSON.stringify({ blocks: BLOCKS }) },
      },
      (client) => client.chat.postMessage({ channel, blocks: BLOCKS }),
    ],
    [
      'the details of a channel',
      { subAction: 'validChannelId', subActionParams: { channelId: channel } },
      (client) => client.conversations.info({ channel }),
    ],
  ])('%s means the same', async (_name, params, call) => {
    const target = await httpServer(answering(200, OK));
    await runAt(target.origin, params);
    await call(sdk(target.origin));
    const [ours, theirs] = target.seen;
    expect(meaning(ours!)).toEqual(meaning(theirs!));
  });

  test('what the comparison would notice', async () => {
    const target = await httpServer(answering(200, OK));
    await runAt(target.origin, message({ channelIds: [channel], text }));
    await sdk(target.origin).chat.postMessage({ channel, text: `${text} ` });
    const [ours, theirs] = target.seen;
    expect(meaning(ours!)).not.toEqual(meaning(theirs!));
  });
});

describe("the simulator's answers keep Slack's contract", () => {
  type Method = keyof typeof CONTRACT;
  const METHODS = Object.keys(CONTRACT) as Method[];
  let slack: Simulator;
  const answers = {} as Record<Method, unknown>;
  beforeAll(async () => {
    slack = await startSimulator(simulator());
    const client = sdk(slack.url);
    const channel = 'C0123ABCD';
    const posted = await client.chat.postMessage({ channel, text: 'hi' });
    await client.chat.postMessage({ channel, text: 'reply', thread_ts: posted.ts! });
    answers['auth.test'] = await client.auth.test();
    answers['chat.postMessage'] = posted;
    answers['conversations.info'] = await client.conversations.info({ channel });
    answers['conversations.list'] = await client.conversations.list({ limit: 2 });
    answers['conversations.history'] = await client.conversations.history({ channel });
    answers['conversations.replies'] = await client.conversations.replies({ channel, ts: posted.ts! });
  });
  afterAll(() => slack.close());

  const problems = (method: Method, answer: unknown) =>
    CONTRACT[method].safeParse(answer).error?.issues.map(({ path }) => path.join('.')) ?? [];

  test.each(METHODS)('%s', (method) => {
    expect(problems(method, answers[method])).toEqual([]);
  });

  test.each(METHODS)('%s: the contract misses each of its members', (method) => {
    for (const name of Object.keys(CONTRACT[method].shape)) {
      const { [name]: _left, ...rest } = answers[method] as Record<string, unknown>;
      expect(problems(method, rest)).toEqual([name]);
    }
  });

  test.each<[Method, Record<string, unknown>, string]>([
    ['chat.postMessage', { ok: false }, 'ok'],
    ['chat.postMessage', { channel: '#alerts' }, 'channel'],
    ['chat.postMessage', { ts: '1503435956' }, 'ts'],
    ['chat.postMessage', { message: { type: 'message', text: 'hi', ts: 'now' } }, 'message.ts'],
    ['auth.test', { team_id: 'ops' }, 'team_id'],
    ['conversations.list', { channels: [{ id: 'alerts' }] }, 'channels.0.id'],
    ['conversations.history', { messages: [] }, 'messages'],
  ])('%s: the contract refuses %j', (method, change, path) => {
    expect(problems(method, { ...(answers[method] as object), ...change })).toContain(path);
  });
});
