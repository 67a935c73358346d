import type { HttpClient } from '../../egress/types.ts';
import { isObject } from './call.ts';
import { type Found, find } from './pages.ts';

/**
 * Threads and repeated attempts are recognised by what is written into the messages themselves: Slack keeps "metadata"
 * with a message and gives it out with the history (https://docs.slack.dev/messaging/message-metadata). It has no dedup
 * key of its own: `client_msg_id` belongs to Slack's own apps and is not a documented argument.
 */
const EVENT_TYPE = 'patchbay_message';

/** 200 a page is what Slack recommends. */
const PAGE_SIZE = 200;
const MAX_PAGES = 5;

export interface Marks {
  readonly thread_key: string;
  readonly execution_id: string;
}

/** The `metadata` of a message that later ones are to find. */
export function metadataOf(marks: Marks): object {
  return { event_type: EVENT_TYPE, event_payload: { ...marks } };
}

/** What {@link metadataOf} wrote into a message that Slack gives back. */
function marksOf(message: Record<string, unknown>): Partial<Record<keyof Marks, unknown>> {
  const { metadata } = message;
  if (!isObject(metadata) || metadata.event_type !== EVENT_TYPE || !isObject(metadata.event_payload)) return {};
  return metadata.event_payload;
}

/** The message that opened the thread; the latest one, should there be several. */
export function findOpening(http: HttpClient, channel: string, threadKey: string): Promise<Found> {
  const query = { channel, include_all_metadata: true, limit: PAGE_SIZE };
  return find(
    http,
    { method: 'conversations.history', query, entries: 'messages', maxPages: MAX_PAGES },
    // A reply that is shown in the channel as well names the thread that it belongs to.
    (message) => marksOf(message).thread_key === threadKey && isOpening(message),
  );
}

function isOpening({ ts, thread_ts: threadTs }: Record<string, unknown>): boolean {
  return typeof ts === 'string' && (threadTs === undefined || threadTs === ts);
}

/** What an earlier attempt of the same execution has posted: a reply, or the message that opened the thread. */
export function findInThread(http: HttpClient, channel: string, ts: string, executionId: string): Promise<Found> {
  const query = { channel, ts, include_all_metadata: true, limit: PAGE_SIZE };
  return find(
    http,
    { method: 'conversations.replies', query, entries: 'messages', maxPages: MAX_PAGES },
    (message) => marksOf(message).execution_id === executionId,
  );
}
