import { z } from 'zod';
import { f } from '../../connectors/fields.ts';
import { findInputProblem } from '../../connectors/input-limits.ts';

/** Kibana's limit. */
const MAX_ALLOWED_CHANNELS = 500;
/** A key is stored with the message, whose metadata Slack bounds without saying how. */
const MAX_THREAD_KEY = 255;

const nonEmpty = () => z.string().min(1);

/** Kibana up to 9.2 wants both members of an entry; from 9.3 on the name alone will do. Both are taken. */
const allowedChannel = z.strictObject({
  id: f.of(nonEmpty(), 'Channel ID', 'As Slack shows it at the end of the details of a channel.').optional(),
  name: f.of(nonEmpty(), 'Channel name', 'With or without its leading #.'),
});

export const config = z.strictObject({
  allowedChannels: f
    .of(
      z.array(allowedChannel).max(MAX_ALLOWED_CHANNELS),
      'Allowed channels',
      'Messages go to these channels only. Empty: to any that the app may write to.',
      { widget: 'json' },
    )
    .optional(),
});

export const secrets = z.strictObject({
  token: f.of(nonEmpty(), 'API Token', 'The bot user OAuth token of the Slack app.', {
    widget: 'password',
    secret: true,
    placeholder: 'xoxb-…',
  }),
});

/** What is wrong with a Block Kit document, in Kibana's words where it has some. */
function blockKitProblem(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return `block kit body is not valid JSON - ${error instanceof Error ? error.message : ''}`;
  }
  const problem = findInputProblem(body);
  if (problem !== undefined) return `block kit body cannot be sent: ${problem.message}`;
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'blocks')) return undefined;
  return 'block kit body must contain field "blocks"';
}

const blockKit = z.string().superRefine((text, context) => {
  const message = blockKitProblem(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const atMostOne = () => z.array(z.string()).max(1).optional();

const destination = {
  channelIds: f.of(atMostOne(), 'Channel ID', 'A list with the ID of one channel, e.g. ["C0123ABCD"].', {
    widget: 'list',
  }),
  channelNames: f.of(
    atMostOne(),
    'Channel name',
    'A list with the name of one channel, e.g. ["#alerts"]; wins over the ID.',
    { widget: 'list' },
  ),
};

/** What Slack takes beside the content, under Slack's own names; Kibana has none of it. */
const options = {
  thread_key: f
    .of(
      z.string().min(1).max(MAX_THREAD_KEY),
      'Thread key',
      'Messages of one key form a thread: the first opens it, the others reply to it; it is looked for among the last 1,000 messages of the channel, and two that come at the same moment may open two. A repeated attempt first looks whether its message is there already. The app must be in the channel and have the scope channels:history (groups:history for private ones).',
    )
    .optional(),
  thread_ts: f
    .of(nonEmpty(), 'Reply to', 'The "ts" of a message, from the data of an earlier run; not beside a thread key.', {
      placeholder: '1503435956.000247',
    })
    .optional(),
  reply_broadcast: f.flag('Replies also in the channel', 'Shows a reply outside of its thread, too.').optional(),
  unfurl_links: f.flag('Previews of linked pages').optional(),
  unfurl_media: f.flag('Previews of linked images and videos').optional(),
};

const legacy = {
  channels: f.of(atMostOne(), 'Channel', 'Older actions name their channel here, by ID or by name.', {
    widget: 'list',
  }),
};

function withOneThread<T extends z.ZodObject<typeof options>>(schema: T): T {
  return schema.superRefine(({ thread_key, thread_ts }, context) => {
    if (thread_key === undefined || thread_ts === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['thread_ts'],
      message: 'give either "thread_key" or "thread_ts", not both',
    });
  }) as T;
}

export const channelParams = z.strictObject({
  channelId: f.text('Channel ID', undefined, { placeholder: 'C0123ABCD' }).optional(),
});

export const messageParams = withOneThread(
  z.strictObject({
    ...destination,
    text: f.of(
      nonEmpty(),
      'Message',
      "Slack's mrkdwn may be used: *bold*, _italic_, <https://…|link>. Slack cuts it after 40,000 characters.",
      { widget: 'textarea' },
    ),
    mrkdwn: f.flag('Formatting', 'Off: the message is shown as it is written, asterisks and all.').optional(),
    ...options,
    ...legacy,
  }),
);

export const blockKitParams = withOneThread(
  z.strictObject({
    ...destination,
    text: f.of(
      blockKit,
      'Block Kit',
      'A JSON object with the list "blocks", as https://app.slack.com/block-kit-builder makes it; at most 50 blocks. Its other members are not sent.',
      {
        widget: 'json',
        tool: { label: 'View in Slack Block Kit Builder', url: 'https://app.slack.com/block-kit-builder/' },
      },
    ),
    ...options,
    ...legacy,
  }),
);

export type Config = z.output<typeof config>;
export type MessageParams = z.output<typeof messageParams>;
export type BlockKitParams = z.output<typeof blockKitParams>;
export type Destination = Pick<MessageParams, 'channels' | 'channelIds' | 'channelNames'>;
export type PostOptions = Pick<MessageParams, keyof typeof options>;
