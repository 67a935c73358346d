import { afterEach, describe, expect, test } from 'vitest';
import type { Simulator } from '../../../simulators/harness.ts';
import { calls, type Outcome, workspace } from './test-support.ts';

let slack: Simulator | undefined;
afterEach(() => slack?.close());

async function open(options: Parameters<typeof workspace>[0] = {}) {
  const opened = await workspace(options);
  slack = opened.slack;
  return opened;
}

interface Posted {
  readonly ts: string;
  readonly text: string;
  readonly thread_ts?: string;
}

const tsOf = ({ data }: Outcome) => (data as Posted).ts;
const ALERT = { channelIds: ['C0123ABCD'], thread_key: 'alert-1' };

async function posted({ url }: Simulator): Promise<Posted[]> {
  return (await (await fetch(`${url}/messages`)).json()) as Posted[];
}

describe('a thread key', () => {
  test('makes later messages replies to the first', async () => {
    const { post, slack } = await open();
    const first = await post({ ...ALERT, text: 'broken' }, { executionId: 'e1' });
    const other = await post({ ...ALERT, text: 'other', thread_key: 'alert-2' }, { executionId: 'e2' });
    const second = await post({ ...ALERT, text: 'mended', reply_broadcast: true }, { executionId: 'e3' });
    const third = await post({ ...ALERT, text: 'again' }, { executionId: 'e4' });

    expect([first, other, second, third].map(({ outcome }) => outcome)).toEqual(Array(4).fill('delivered'));
    const thread = tsOf(first);
    expect((await posted(slack)).map(({ text, thread_ts }) => [text, thread_ts])).toEqual([
      ['broken', undefined],
      ['other', undefined],
      ['mended', thread],
      ['again', thread],
    ]);
    expect(calls(slack).slice(0, 2)).toEqual(['conversations.history', 'chat.postMessage']);
  });

  test('is looked for beyond the first page', async () => {
    const { post, slack } = await open();
    const first = await post(ALERT, { executionId: 'e1' });
    for (let n = 0; n < 200; n += 1) await post({ channelIds: ['C0123ABCD'] });
    await post({ ...ALERT, text: 'later' }, { executionId: 'e2' });
    expect((await posted(slack)).at(-1)).toMatchObject({ text: 'later', thread_ts: tsOf(first) });
    expect(calls(slack).slice(-3)).toEqual(['conversations.history', 'conversations.history', 'chat.postMessage']);
  });

  test('does not hide that a text was cut', async () => {
    const { post } = await open();
    const verdict = await post({ ...ALERT, text: 'x'.repeat(40_001) });
    expect(verdict).toMatchObject({ outcome: 'delivered', warning: expect.stringContaining('40001 characters') });
  });

  test('works with the name of a channel, and with blocks', async () => {
    const { post, slack } = await open();
    const first = await post({ ...ALERT, channelIds: undefined, channelNames: ['#on-call'] }, { executionId: 'e1' });
    const again = await post({ ...ALERT, channelIds: ['C0PRIVATE'] }, { executionId: 'e2' });
    expect(first).toMatchObject({ outcome: 'delivered', data: { channel: 'C0PRIVATE' } });
    expect((again.data as { message: Posted }).message.thread_ts).toBe(tsOf(first));
    expect(slack.requests.at(-1)?.text).toContain('"metadata":{"event_type":"patchbay_message"');
  });

  test('a repeated attempt posts nothing twice, neither the first message nor a reply', async () => {
    const { post, slack } = await open();
    const first = await post(ALERT, { executionId: 'e1' });
    const firstAgain = await post(ALERT, { executionId: 'e1', attempt: 2 });
    const reply = await post(ALERT, { executionId: 'e2' });
    const replyAgain = await post(ALERT, { executionId: 'e2', attempt: 2 });

    for (const [again, once] of [
      [firstAgain, first],
      [replyAgain, reply],
    ] as const) {
      expect(again).toMatchObject({
        outcome: 'delivered',
        data: { ok: true, channel: 'C0123ABCD', ts: tsOf(once) },
        warning: 'An earlier attempt had posted this message already.',
        reference: once.reference,
      });
    }
    expect(await posted(slack)).toHaveLength(2);
    // One that was not posted yet still is.
    await post(ALERT, { executionId: 'e3', attempt: 2 });
    expect(await posted(slack)).toHaveLength(3);
  });

  test('what other apps keep with their messages is not taken for ours', async () => {
    const { post, slack } = await open();
    const foreign = { event_type: 'task_created', event_payload: { thread_key: 'alert-1', execution_id: 'e1' } };
    await fetch(`${slack.url}/api/chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer xoxb-simulator-token' },
      body: JSON.stringify({ channel: 'C0123ABCD', text: 'foreign', metadata: foreign }),
    });
    await post(ALERT, { executionId: 'e1' });
    expect((await posted(slack)).map(({ thread_ts }) => thread_ts)).toEqual([undefined, undefined]);
  });

  test.each([
    ['the app is not in the channel', {}, { channelIds: ['C10000001'] }, /^not_in_channel: /],
    [
      'a scope is missing',
      { scopes: ['chat:write'] },
      {},
      /^missing_scope: The token lacks the scope channels:history\./,
    ],
    ['no channel has the name', {}, { channelIds: undefined, channelNames: ['#nowhere'] }, /^channel_not_found: /],
  ])('nothing is posted when %s', async (_name, options, params, serviceMessage) => {
    const { post, slack } = await open(options);
    const verdict = await post({ ...ALERT, ...params });
    expect(verdict).toMatchObject({ outcome: 'failed', serviceMessage: expect.stringMatching(serviceMessage) });
    expect(await posted(slack)).toEqual([]);
  });
});

test('thread_ts replies to the message that it names', async () => {
  const { post } = await open();
  const first = await post({ channelIds: ['C0123ABCD'] });
  const reply = await post({ channelIds: ['C0123ABCD'], thread_ts: tsOf(first) });
  expect((reply.data as { message: Posted }).message.thread_ts).toBe(tsOf(first));
  expect(await post({ channelIds: ['C0123ABCD'], thread_ts: '1.000001' })).toMatchObject({
    serviceMessage: expect.stringMatching(/^thread_not_found: /),
  });
});
