import type { Failed } from '../../connectors/verdict.ts';
import type { HttpClient, HttpRequestOptions } from '../../egress/types.ts';
import { ask, isObject } from './call.ts';

/** A list that Slack gives out page by page. */
export interface Listing {
  /** e.g. `conversations.list`. */
  readonly method: string;
  readonly query: NonNullable<HttpRequestOptions['query']>;
  /** The member of the answer that holds the entries, e.g. `channels`. */
  readonly entries: string;
  readonly maxPages: number;
}

/** The entry that was looked for, or undefined where there is none; or why it could not be looked for. */
export type Found =
  | { readonly ok: true; readonly entry: Record<string, unknown> | undefined }
  | { readonly ok: false; readonly word?: string; readonly verdict: Failed };

/**
 * Reads a list until an entry fits, it ends, or `maxPages` were read. Each page says with `next_cursor` where the next
 * one begins (https://docs.slack.dev/apis/web-api/pagination).
 */
export async function find(
  http: HttpClient,
  { method, query, entries, maxPages }: Listing,
  fits: (entry: Record<string, unknown>) => boolean,
): Promise<Found> {
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const reply = await ask(http, 'GET', method, { query: { ...query, cursor } });
    if (!reply.ok) return reply;
    const list = reply.answer[entries];
    const entry = Array.isArray(list) ? list.filter(isObject).find(fits) : undefined;
    if (entry !== undefined) return { ok: true, entry };
    const metadata = reply.answer.response_metadata;
    const next = isObject(metadata) ? metadata.next_cursor : undefined;
    if (typeof next !== 'string' || next === '' || next === cursor) break;
    cursor = next;
  }
  return { ok: true, entry: undefined };
}
