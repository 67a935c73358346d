import { isObject } from './harness.ts';
import { blocksProblem } from './slack-blocks.ts';

/** A channel as Slack describes it, and what was posted there, oldest first. */
export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly isMember: boolean;
  readonly messages: SlackMessage[];
}

export interface SlackMessage {
  readonly type: 'message';
  readonly user: string;
  readonly bot_id: string;
  readonly team: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks?: unknown;
  readonly thread_ts?: string;
  readonly metadata?: { readonly event_type: string; readonly event_payload: object };
  /** A reply that is shown in the channel, too. */
  readonly subtype?: 'thread_broadcast';
}

export type Arguments = Readonly<Record<string, unknown>>;
export interface Refusal {
  readonly error: string;
  /** What exactly is wrong with blocks. */
  readonly details?: readonly string[];
  /** The scopes that are missing, and those that are there. */
  readonly needed?: string;
  readonly provided?: string;
}

export const isRefusal = (value: object): value is Refusal => 'error' in value;

export const SLACK_TEAM = 'T0SIMULATE';
const MAX_MESSAGES = 2_000;
const MAX_TEXT_LENGTH = 40_000;
/** More than fit on one page, so that whoever looks for the last one has to turn over. */
const TEAM_CHANNELS = 1_200;

function channel(id: string, name: string, more: Partial<SlackChannel> = {}): SlackChannel {
  return { id, name, isPrivate: false, isArchived: false, isMember: true, messages: [], ...more };
}

export function newChannels(): SlackChannel[] {
  const teams = Array.from({ length: TEAM_CHANNELS }, (_, n) =>
    channel(`C1${String(n).padStart(7, '0')}`, `team-${n}`, { isMember: false }),
  );
  return [
    channel('C0GENERAL', 'general'),
    channel('C0123ABCD', 'alerts'),
    channel('C0GONE000', 'retired', { isArchived: true }),
    ...teams,
    channel('C0PRIVATE', 'on-call', { isPrivate: true }),
    channel('C0STRANGE', 'strangers', { isPrivate: true, isMember: false }),
  ];
}

/** True and false in JSON, and as texts of a form or query. */
export const isTrue = (value: unknown) => value === true || value === 'true' || value === '1';

function truncated(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text;
}

/** A member that stands as JSON in a form, and as itself in JSON. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Keeps a message as `chat.postMessage` does. @see https://docs.slack.dev/reference/methods/chat.postMessage */
export function addMessage(target: SlackChannel, given: Arguments, ts: string): SlackMessage | Refusal {
  const { text = '', thread_ts: threadTs, metadata: givenMetadata, attachments } = given;
  const blocks = given.blocks === undefined ? undefined : decoded(given.blocks);
  const problem = blocks === undefined ? undefined : blocksProblem(blocks);
  if (problem !== undefined) return problem;
  if (typeof text !== 'string') return { error: 'invalid_arguments' };
  if (text === '' && !isFilled(blocks) && !isFilled(decoded(attachments))) return { error: 'no_text' };
  if (threadTs !== undefined && !target.messages.some((message) => message.ts === threadTs)) {
    return { error: 'thread_not_found' };
  }
  const metadata = givenMetadata === undefined ? undefined : decoded(givenMetadata);
  if (metadata !== undefined && !isMetadata(metadata)) return { error: 'invalid_metadata_format' };

  const isBroadcast = threadTs !== undefined && isTrue(given.reply_broadcast);
  const message: SlackMessage = {
    type: 'message',
    user: 'U0SIMULATE',
    bot_id: 'B0SIMULATE',
    team: SLACK_TEAM,
    ts,
    text: truncated(text),
    ...(blocks === undefined ? {} : { blocks }),
    ...(threadTs === undefined ? {} : { thread_ts: String(threadTs) }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(isBroadcast ? { subtype: 'thread_broadcast' } : {}),
  };
  target.messages.push(message);
  if (target.messages.length > MAX_MESSAGES) target.messages.shift();
  return message;
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** Payloads are flat: texts, numbers and truth values (https://docs.slack.dev/messaging/message-metadata). */
function isMetadata(value: unknown): value is NonNullable<SlackMessage['metadata']> {
  if (!isObject(value) || typeof value.event_type !== 'string' || !isObject(value.event_payload)) return false;
  return Object.values(value.event_payload).every((entry) => ['string', 'number', 'boolean'].includes(typeof entry));
}

/** The messages of the channel itself, newest first. */
export function history(channel: SlackChannel): SlackMessage[] {
  return channel.messages
    .filter(({ thread_ts, subtype }) => thread_ts === undefined || subtype !== undefined)
    .map((message) => asOpening(channel, message))
    .reverse();
}

/** The message that opened a thread, and its replies, oldest first. */
export function replies(channel: SlackChannel, ts: unknown): SlackMessage[] {
  return channel.messages
    .filter((message) => message.ts === ts || message.thread_ts === ts)
    .map((message) => asOpening(channel, message));
}

/** A message with replies names its own thread. */
function asOpening({ messages }: SlackChannel, message: SlackMessage): SlackMessage {
  const isOpening = messages.some(({ thread_ts }) => thread_ts === message.ts);
  return isOpening ? { ...message, thread_ts: message.ts } : message;
}
