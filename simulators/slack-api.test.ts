import { WebClient } from '@slack/web-api';
import { afterEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { SLACK_TOKEN, type SlackApiOptions, slackApi } from './slack-api.ts';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function open(options: SlackApiOptions = {}) {
  simulator = await startSimulator(slackApi(options));
  const { url } = simulator;
  const call = async (method: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/${method}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${SLACK_TOKEN}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as Record<string, unknown> & { ts: string };
  };
  const client = new WebClient(SLACK_TOKEN, { slackApiUrl: `${url}/api/`, retryConfig: { retries: 0 } });
  return { url, call, client, post: (args: object) => call('chat.postMessage', { channel: 'C0123ABCD', ...args }) };
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe('slack-api', () => {
  test('takes what Slack’s own client sends, and shows it again', async () => {
    const { client, url } = await open();
    const blocks = [section('*hi*'), { type: 'divider' }];
    const metadata = { event_type: 'note', event_payload: { id: 1 } };
    const { ts } = await client.chat.postMessage({ channel: '#alerts', text: 'hi', blocks, metadata });
    await client.chat.postMessage({ channel: 'C0123ABCD', text: 'reply', thread_ts: ts! });

    const history = await client.conversations.history({ channel: 'C0123ABCD', include_all_metadata: true });
    expect(history.messages).toEqual([expect.objectContaining({ text: 'hi', ts, blocks, metadata })]);
    const thread = await client.conversations.replies({ channel: 'C0123ABCD', ts: ts! });
    expect(thread.messages).toMatchObject([{ metadata: { event_type: 'note' } }, { text: 'reply', thread_ts: ts }]);
    expect(thread.messages?.[0]?.metadata).not.toHaveProperty('event_payload');
    expect(await (await fetch(`${url}/messages`)).json()).toHaveLength(2);
  });

  test('gives lists page by page, without what the app cannot see', async () => {
    const { client } = await open();
    const names: string[] = [];
    const types = 'public_channel,private_channel';
    for await (const page of client.paginate('conversations.list', { types, exclude_archived: true, limit: 500 })) {
      names.push(...(page as unknown as { channels: { name: string }[] }).channels.map(({ name }) => name));
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('on-call');
    expect(names).not.toContain('retired');
    expect(names).not.toContain('strangers');
    expect(names.length).toBeGreaterThan(999);
  });

  test.each<[string, object, string]>([
    ['no text', {}, 'no_text'],
    ['no list of blocks', { blocks: { type: 'divider' } }, 'invalid_blocks_format'],
    ['51 blocks', { blocks: Array(51).fill({ type: 'divider' }) }, 'invalid_blocks'],
    ['a block of no known type', { blocks: [{ type: 'toast' }] }, 'invalid_blocks'],
    ['an empty section', { blocks: [{ type: 'section' }] }, 'invalid_blocks'],
    ['a long section', { blocks: [section('x'.repeat(3_001))] }, 'invalid_blocks'],
    ['a header in mrkdwn', { blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] }, 'invalid_blocks'],
    ['much in all', { blocks: Array(5).fill(section('x'.repeat(2_900))) }, 'msg_blocks_too_long'],
    ['a thread that is not there', { text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
    ['metadata without a type', { text: 'x', metadata: { event_payload: {} } }, 'invalid_metadata_format'],
    [
      'metadata that is nested',
      { text: 'x', metadata: { event_type: 'a', event_payload: { b: [] } } },
      'invalid_metadata_format',
    ],
    ['nowhere', { text: 'x', channel: 'C0NOWHERE' }, 'channel_not_found'],
    ['a private channel of others', { text: 'x', channel: 'C0STRANGE' }, 'channel_not_found'],
    ['a private channel by name', { text: 'x', channel: '#on-call' }, 'channel_not_found'],
    ['an archived channel', { text: 'x', channel: '#retired' }, 'is_archived'],
  ])('refuses a message with %s', async (_name, args, error) => {
    const { post } = await open();
    expect(await post(args)).toMatchObject({ ok: false, error });
  });

  test('cuts a long text', async () => {
    const { post } = await open();
    const { message } = await post({ text: 'x'.repeat(40_001) });
    expect((message as { text: string }).text).toBe(`${'x'.repeat(40_000)}…`);
  });

  test('checks the token, the content type and the arguments', async () => {
    const { call } = await open();
    const message = { channel: 'C0123ABCD', text: 'x' };
    for (const [answer, error] of [
      [call('chat.postMessage', message, { authorization: '' }), 'not_authed'],
      [call('chat.postMessage', message, { authorization: 'Bearer xoxb-other' }), 'invalid_auth'],
      [call('chat.postMessage', message, { 'content-type': 'text/csv' }), 'invalid_post_type'],
      [call('chat.postMessage', '{'), 'invalid_json'],
      [call('chat.postMessage', '[]'), 'json_not_object'],
      [call('chat.nothing', message), 'unknown_method'],
      [call('conversations.list?limit=1000'), 'invalid_limit'],
      [call('conversations.list?cursor=abc'), 'invalid_cursor'],
      [call('conversations.list?types=rooms'), 'invalid_types'],
      [call('conversations.info?channel=general'), 'channel_not_found'],
      [call('conversations.history?channel=C10000001'), 'not_in_channel'],
    ] as const) {
      expect(await answer).toEqual({ ok: false, error });
    }
  });

  test('knows scopes, and tokens of organisations', async () => {
    const { call, post } = await open({ scopes: ['channels:read'] });
    expect(await post({ text: 'x' })).toEqual({
      ok: false,
      error: 'missing_scope',
      needed: 'chat:write',
      provided: 'channels:read',
    });
    expect(await call('conversations.history?channel=C0123ABCD')).toMatchObject({ needed: 'channels:history' });
    expect(await call('conversations.list?types=private_channel')).toMatchObject({ needed: 'groups:read' });
    await simulator?.close();

    const org = await open({ orgWide: true });
    expect(await org.post({ text: 'x', channel: '#general' })).toEqual({ ok: false, error: 'team_not_found' });
    expect(await org.post({ text: 'x' })).toMatchObject({ ok: true });
  });

  test('does as it is told once', async () => {
    const { call } = await open();
    simulator?.failNext(1, { status: 200, body: '{"ok":false,"error":"ratelimited"}' });
    expect(await call('auth.test')).toEqual({ ok: false, error: 'ratelimited' });
    expect(await call('auth.test')).toMatchObject({ ok: true, team: 'Simulator' });
  });
});
