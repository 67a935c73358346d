import { afterEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../../simulators/harness.ts';
import { calls, workspace } from './test-support.ts';

let slack: Simulator | undefined;
afterEach(() => slack?.close());

async function open(options: Parameters<typeof workspace>[0] = {}) {
  const opened = await workspace(options);
  slack = opened.slack;
  return opened;
}

/** The channel of the last message that was asked for. */
function asked({ requests }: Simulator): unknown {
  return (JSON.parse(requests.at(-1)!.text) as { channel: unknown }).channel;
}

describe('which channel', () => {
  test('its name wins over its id, and that over the older field', async () => {
    const { post, slack } = await open();
    const older = { channels: ['general'] };
    const ids = { channelIds: ['C0123ABCD'], ...older };
    for (const [params, channel] of [
      [{ channelNames: ['#general'], ...ids }, '#general'],
      [ids, 'C0123ABCD'],
      [older, 'general'],
      [{ channelIds: [], ...older }, 'general'],
    ] as const) {
      expect(await post(params)).toMatchObject({ outcome: 'delivered' });
      expect(asked(slack)).toBe(channel);
    }
  });

  test.each([{}, { channels: [] }, { channelIds: [''] }])('none: %j', async (params) => {
    const { post, slack } = await open();
    const verdict = await post(params);
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'params_invalid',
      message: 'error posting slack message',
      serviceMessage: 'One of channels, channelIds, or channelNames is required and cannot be empty',
    });
    expect(slack.requests).toEqual([]);
  });

  test.each([[['general']], [[]]])('names %j', async (channelNames) => {
    const { post, slack } = await open();
    expect(await post({ channelNames, channelIds: ['C0123ABCD'] })).toMatchObject({
      message: 'an error occurred while running the action',
      serviceMessage: '[Action][ExternalService] -> [Slack API] Unsupported channel name. Must start with #',
      retry: true,
      errorSource: 'framework',
    });
    expect(slack.requests).toEqual([]);
  });
});

describe('allowed channels', () => {
  const config = { allowedChannels: [{ id: 'C0123ABCD', name: 'alerts' }, { name: '#general' }] };

  test.each([
    [{ channelIds: ['C0123ABCD'] }],
    [{ channelNames: ['#alerts'] }],
    [{ channelNames: ['#general'] }],
    [{ channels: ['C0123ABCD'] }],
    [{ channels: ['general'] }],
  ])('%j is one of them', async (params) => {
    const { post } = await open();
    expect(await post(params, { config })).toMatchObject({ outcome: 'delivered' });
  });

  test.each([
    [{ channelIds: ['C0PRIVATE'] }],
    [{ channelIds: ['general'] }],
    [{ channelNames: ['##alerts'] }],
    [{ channelNames: ['#on-call'], channelIds: ['C0123ABCD'] }],
    [{ channels: ['C0PRIVATE'] }],
  ])('%j is none of them', async (params) => {
    const { post, slack } = await open();
    expect(await post(params, { config })).toMatchObject({
      message: 'error posting slack message',
      serviceMessage: 'One or more provided channels are not included in the allowed channels list',
    });
    expect(slack.requests).toEqual([]);
  });

  test('an empty list allows all', async () => {
    const { post } = await open();
    expect(await post({ channelNames: ['#team-7'] }, { config: { allowedChannels: [] } })).toMatchObject({
      outcome: 'delivered',
    });
  });
});

describe('a name that Slack does not resolve', () => {
  test('is looked up, to the last page of the list', async () => {
    const { post, slack } = await open();
    expect(await post({ channelNames: ['#on-call'] })).toMatchObject({
      outcome: 'delivered',
      data: { channel: 'C0PRIVATE' },
    });
    expect(calls(slack)).toEqual(['chat.postMessage', 'conversations.list', 'conversations.list', 'chat.postMessage']);
    expect(slack.requests[1]?.query.get('types')).toBe('public_channel,private_channel');
  });

  test('is looked up with a token for a whole organisation', async () => {
    const { post, slack } = await open({ orgWide: true });
    expect(await post({ channels: ['general'] })).toMatchObject({ data: { channel: 'C0GENERAL' } });
    expect(calls(slack)).toEqual(['chat.postMessage', 'conversations.list', 'chat.postMessage']);
  });

  test('and that nobody has', async () => {
    const { post, slack } = await open();
    expect(await post({ channelNames: ['#nowhere'] })).toMatchObject({
      code: 'target_rejected',
      serviceMessage: expect.stringMatching(/^channel_not_found: /),
    });
    expect(calls(slack)).toEqual(['chat.postMessage', 'conversations.list', 'conversations.list']);
  });

  test('an id is not looked up', async () => {
    const { post, slack } = await open();
    for (const params of [{ channelIds: ['C0NOWHERE'] }, { channels: ['C0NOWHERE'] }]) {
      expect(await post(params)).toMatchObject({ serviceMessage: expect.stringMatching(/^channel_not_found: /) });
    }
    expect(calls(slack)).toEqual(['chat.postMessage', 'chat.postMessage']);
  });

  test('without the scope for private channels, among the public ones', async () => {
    const { post, slack } = await open({ orgWide: true, scopes: ['chat:write', 'chat:write.public', 'channels:read'] });
    expect(await post({ channelNames: ['#team-7'] })).toMatchObject({ data: { channel: 'C10000007' } });
    expect(calls(slack)).toEqual(['chat.postMessage', 'conversations.list', 'conversations.list', 'chat.postMessage']);
  });

  test('without any scope for it, both reasons are told', async () => {
    const { post } = await open({ scopes: ['chat:write', 'chat:write.public'] });
    const { serviceMessage } = await post({ channelNames: ['#on-call'] });
    expect(serviceMessage).toMatch(
      /^channel_not_found: .+The list of channels could not be read either: missing_scope: /,
    );
  });

  test('when Slack asks to wait meanwhile, that is the verdict: nothing was posted', async () => {
    const { post, slack } = await open();
    slack.failNext(1, { status: 200, body: '{"ok":false,"error":"channel_not_found"}' });
    slack.failNext(1, { status: 429, headers: { 'retry-after': '30' } });
    const { code, retry } = await post({ channelNames: ['#alerts'] });
    expect(code).toBe('target_rate_limited');
    expect(retry).toBeInstanceOf(Date);
  });
});
