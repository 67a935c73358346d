import { delivered, failed, type Reference, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, statusLine } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';

/** Kibana's message for everything that goes wrong; the reason is beside it. */
export const FAILED = 'error indexing documents';

export type Document = Record<string, unknown>;

/** One document's result, as `data.items` of a failed run. */
export interface DocumentResult {
  /** Place in the action's `documents`, from 0. */
  readonly position: number;
  readonly index?: string;
  readonly id?: string;
  readonly status?: number;
  readonly type?: string;
  readonly reason?: string;
}

/**
 * The body of a `_bulk` request: for each document a line of what to do and the document itself, each ended by a
 * line feed. `op_type: create` is what data streams ask for, and together with an `_id` that stays the same over the
 * attempts of one execution it makes a repetition harmless: what is there already is not written again.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 *
 * @param executionId stable over attempts
 */
export function bulkBody(documents: readonly Document[], executionId: string): string {
  return documents
    .map((document, position) => {
      const action = { index: { op_type: 'create', _id: documentId(executionId, position) } };
      return `${JSON.stringify(action)}\n${JSON.stringify(document)}\n`;
    })
    .join('');
}

function documentId(executionId: string, position: number): string {
  return `${executionId}-${position}`;
}

/** What is read of an item of the answer. Everything is optional: the answer comes from outside. */
interface Item {
  _index?: unknown;
  _id?: unknown;
  status?: unknown;
  error?: { type?: unknown; reason?: unknown; caused_by?: { reason?: unknown } };
}

/** What the verdict on an answer depends on besides the answer. */
export interface BulkRun {
  readonly executionId: string;
  readonly documentCount: number;
  /** True when the same documents may have been sent before: a later attempt, or a host that broke off. */
  readonly repeated: boolean;
}

/**
 * The verdict on the answer to a `_bulk` request: delivered with the whole answer as data, or `error indexing
 * documents` with all reasons joined by `;` as Kibana writes them, and one entry per document as data.
 */
export function verdictOfBulk(response: HttpResponse, run: BulkRun): Verdict {
  if (!isSuccess(response)) return requestRefused(response);
  const answer = response.json();
  const items = itemsOf(answer);
  if (items === undefined || items.length !== run.documentCount) {
    return failed('target_response_invalid', FAILED, {
      serviceMessage: `The answer is not that of a _bulk request. Does elasticsearch.hosts name an Elasticsearch or OpenSearch? It begins: ${quote(response.text, 200)}`,
    });
  }
  const broken = items.map((item, position) => ({ item, position })).filter(({ item }) => item.error !== undefined);
  const bad = broken.filter(
    ({ item, position }) => !(run.repeated && isOwnEarlierWrite(item, documentId(run.executionId, position))),
  );
  if (bad.length === 0) {
    if (broken.length === 0) return delivered(answer, referenceOf(items));
    return delivered(answer, {
      warning: `${broken.length} of ${items.length} documents had been written by an earlier attempt.`,
    });
  }

  const statuses = bad.map(({ item }) => item.status);
  const allBusy = statuses.every((status) => status === 429 || status === 503);
  return failed(codeOfItems(statuses, bad.length < items.length), FAILED, {
    serviceMessage: quote(reasonsOf(bad.map(({ item }) => item))),
    ...(allBusy ? { retry: true } : {}),
    data: { failed: bad.length, succeeded: items.length - bad.length, items: items.map(resultOf) },
  });
}

/** Where to find the document, if there is but one; the data names all of them. */
function referenceOf([item, ...more]: readonly Item[]): { reference?: Reference } {
  if (more.length > 0 || typeof item?._index !== 'string' || typeof item._id !== 'string') return {};
  return { reference: { id: `${item._index}/${item._id}` } };
}

/** The request as a whole was refused: `[403] security_exception: action […] is unauthorized …`. */
export function requestRefused(response: HttpResponse): Verdict {
  const { status } = response;
  const body = response.json();
  const error = isObject(body) ? body.error : undefined;
  const words = isObject(error)
    ? [error.type, error.reason].filter((word) => typeof word === 'string').join(': ')
    : error;
  const text = typeof words === 'string' && words !== '' ? `[${status}] ${words}` : statusLine(response);
  const retry = status === 429 || status >= 500 ? { retry: retryAfter(response) ?? true } : {};
  return failed(codeOfStatus(status), FAILED, { serviceMessage: quote(text), ...retry });
}

/** `{ items: [{ <operation>: result }] }`: the operation is `create` or `index`, by the age of the server. */
function itemsOf(answer: unknown): Item[] | undefined {
  if (!isObject(answer) || !Array.isArray(answer.items)) return undefined;
  const items = answer.items.map((entry) => (isObject(entry) ? Object.values(entry)[0] : undefined));
  return items.every(isObject) ? items.map(readItem) : undefined;
}

function readItem(raw: Record<string, unknown>): Item {
  if (raw.error === undefined || raw.error === null) return { ...raw, error: undefined };
  return { ...raw, error: isObject(raw.error) ? raw.error : { reason: raw.error } };
}

function isOwnEarlierWrite(item: Item, id: string): boolean {
  return item.status === 409 && item._id === id && item.error?.type === 'version_conflict_engine_exception';
}

function codeOfItems(statuses: readonly unknown[], isPartial: boolean) {
  if (isPartial) return 'partial_failure';
  const [status] = statuses;
  return statuses.every((other) => other === status) && typeof status === 'number'
    ? codeOfStatus(status)
    : 'target_rejected';
}

function reasonsOf(items: readonly Item[]): string {
  const texts = (values: unknown[]) => values.filter((value) => typeof value === 'string' && value !== '').join(';');
  const reasons = texts(items.map(({ error }) => error?.reason));
  const causes = texts(items.map(({ error }) => (isObject(error?.caused_by) ? error.caused_by.reason : undefined)));
  if (reasons === '' && causes === '') return 'Indexing error but no reason returned.';
  return causes === '' ? reasons : `${reasons} (${causes})`;
}

function resultOf({ _index, _id, status, error }: Item, position: number): DocumentResult {
  return {
    position,
    ...(typeof _index === 'string' ? { index: _index } : {}),
    ...(typeof _id === 'string' ? { id: _id } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof error?.type === 'string' ? { type: error.type } : {}),
    ...(typeof error?.reason === 'string' ? { reason: quote(error.reason, 500) } : {}),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
