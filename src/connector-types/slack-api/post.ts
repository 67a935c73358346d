import type { ActionContext } from '../../connectors/define.ts';
import { delivered, type Failed, failed, type Reference, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient } from '../../egress/types.ts';
import { ask, FAILED, type Reply } from './call.ts';
import { type Channel, chooseChannel, findByName } from './channels.ts';
import { type Answer, explain } from './errors.ts';
import type { BlockKitParams, Config, MessageParams, PostOptions } from './schema.ts';
import { findInThread, findOpening, metadataOf } from './threads.ts';

/** Slack cuts longer texts, and refuses more blocks (https://docs.slack.dev/reference/methods/chat.postMessage). */
const MAX_TEXT_LENGTH = 40_000;
const MAX_BLOCKS = 50;

/** What is said, without where: `text` or `blocks`. */
type Content = Readonly<Record<string, unknown>>;
type Context<P> = ActionContext<Config, P>;

export function postMessage(context: Context<MessageParams>): Promise<Verdict> {
  const { text, mrkdwn } = context.params;
  const cut =
    text.length > MAX_TEXT_LENGTH
      ? `The message has ${text.length} characters; Slack shows the first ${MAX_TEXT_LENGTH}.`
      : undefined;
  return post(context, { text, ...(mrkdwn === undefined ? {} : { mrkdwn }) }, cut);
}

/** Of the document only `blocks` is sent, as in Kibana. */
export async function postBlockKit(context: Context<BlockKitParams>): Promise<Verdict> {
  const { blocks } = JSON.parse(context.params.text) as { blocks: unknown };
  if (Array.isArray(blocks) && blocks.length > MAX_BLOCKS) {
    return failed('params_invalid', FAILED, {
      serviceMessage: `The message has ${blocks.length} blocks; Slack takes at most ${MAX_BLOCKS}. Nothing was sent.`,
      retry: false,
    });
  }
  return post(context, { blocks });
}

async function post(
  context: Context<MessageParams | BlockKitParams>,
  content: Content,
  warning?: string,
): Promise<Verdict> {
  const { config, params, http } = context;
  const channel = chooseChannel(config, params);
  if ('outcome' in channel) return channel;

  const { thread_key: threadKey, unfurl_links, unfurl_media } = params;
  const more = { ...content, ...defined({ unfurl_links, unfurl_media }) };
  if (threadKey !== undefined) return postInThread(context, channel, more, threadKey, warning);
  const body = { ...more, ...replyTo(params.thread_ts, params) };
  return verdictOf(await sendToAnyName(http, channel, body), warning);
}

function send(http: HttpClient, channel: string, body: Content): Promise<Reply> {
  return ask(http, 'POST', 'chat.postMessage', { json: { channel, ...body } });
}

/** What Slack says to a name that it does not resolve itself, e.g. with a token for a whole organisation. */
const UNRESOLVED: ReadonlySet<string | undefined> = new Set(['channel_not_found', 'team_not_found']);

/** Slack takes names as well as IDs. Those that it does not find are looked up; nothing was posted by then. */
async function sendToAnyName(http: HttpClient, { value, isName }: Channel, body: Content): Promise<Reply> {
  const reply = await send(http, value, body);
  if (reply.ok || !isName || !UNRESOLVED.has(reply.word)) return reply;
  const found = await findByName(http, value);
  if (found.ok) return found.entry === undefined ? reply : send(http, String(found.entry.id), body);
  if (found.verdict.retry !== undefined) return found;
  const { serviceMessage } = reply.verdict;
  const why = `The list of channels could not be read either: ${found.verdict.serviceMessage ?? found.verdict.message}`;
  return { ...reply, verdict: { ...reply.verdict, serviceMessage: `${serviceMessage} ${why}` } };
}

/** Replies to the message that opened the thread, or opens it; unless an earlier attempt has done so already. */
async function postInThread(
  { http, execution, params }: Context<PostOptions>,
  { value, isName }: Channel,
  content: Content,
  threadKey: string,
  warning: string | undefined,
): Promise<Verdict> {
  const id = isName ? await idOf(http, value) : value;
  if (typeof id !== 'string') return id;
  const opening = await findOpening(http, id, threadKey);
  if (!opening.ok) return opening.verdict;

  const ts = opening.entry === undefined ? undefined : String(opening.entry.ts);
  if (ts !== undefined && execution.attempt > 1) {
    const earlier = await findInThread(http, id, ts, execution.id);
    if (!earlier.ok) return earlier.verdict;
    if (earlier.entry !== undefined) return postedBefore(id, earlier.entry);
  }
  const metadata = metadataOf({ thread_key: threadKey, execution_id: execution.id });
  return verdictOf(await send(http, id, { ...content, ...replyTo(ts, params), metadata }), warning);
}

async function idOf(http: HttpClient, name: string): Promise<string | Failed> {
  const found = await findByName(http, name);
  if (!found.ok) return found.verdict;
  if (found.entry !== undefined) return String(found.entry.id);
  return failed('target_rejected', FAILED, { serviceMessage: explain({ error: 'channel_not_found' }) });
}

function replyTo(ts: string | undefined, { reply_broadcast }: PostOptions): Content {
  return ts === undefined ? {} : { thread_ts: ts, ...defined({ reply_broadcast }) };
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function postedBefore(channel: string, message: Record<string, unknown>): Verdict {
  return delivered(
    { ok: true, channel, ts: message.ts, message },
    { warning: 'An earlier attempt had posted this message already.', ...referenceOf({ channel, ts: message.ts }) },
  );
}

function verdictOf(reply: Reply, warning?: string): Verdict {
  if (!reply.ok) return reply.verdict;
  return delivered(reply.answer, { ...(warning === undefined ? {} : { warning }), ...referenceOf(reply.answer) });
}

/** A message is known by its channel and its time stamp. Neither is taken unless it looks like one. */
function referenceOf({ channel, ts }: Answer): { reference?: Reference } {
  if (typeof channel !== 'string' || typeof ts !== 'string') return {};
  if (!/^[A-Z0-9]{1,40}$/.test(channel) || !/^\d{1,12}\.\d{1,9}$/.test(ts)) return {};
  return { reference: { id: `${channel}/${ts}` } };
}
