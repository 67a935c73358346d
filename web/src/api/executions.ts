import { queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

export const STATUSES = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'expired', 'cancelled'] as const;
export type ExecutionStatus = (typeof STATUSES)[number];
export const SOURCES = ['http_request', 'queue', 'notification', 'rule', 'test'] as const;
export type ExecutionSource = (typeof SOURCES)[number];

/** Not ended yet. */
export const UNFINISHED: readonly ExecutionStatus[] = ['queued', 'running', 'retrying'];
/** What the server runs again of all that match. */
export const REPEATABLE: readonly ExecutionStatus[] = ['failed', 'expired', 'cancelled'];
/** What the server cancels of all that match. */
export const WAITING: readonly ExecutionStatus[] = ['queued', 'retrying'];

export interface Execution {
  readonly execution_id: string;
  readonly connector_id: string;
  readonly connector_type_id: string;
  readonly connector_name: string;
  readonly source: ExecutionSource;
  readonly status: ExecutionStatus;
  readonly created_at: string;
  readonly finished_at?: string;
  readonly username?: string;
  readonly code?: string;
  readonly message?: string;
  /** The execution that this one repeats. */
  readonly retry_of?: string;
  /** No attempt begins later. */
  readonly deliver_by?: string;
  /** When the next attempt is due; unfinished ones only. */
  readonly due_at?: string;
}

/** One request of an attempt with its answer, as they were recorded: redacted and capped by the server. */
export interface RequestRecord {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status?: number;
  readonly response_headers?: Readonly<Record<string, string>>;
  readonly response_body?: string;
  readonly duration_ms: number;
  readonly error?: string;
}

export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly outcome: 'delivered' | 'failed';
  readonly code?: string;
  readonly message?: string;
  readonly service_message?: string;
  readonly requests: readonly RequestRecord[];
  /** What was created at the target. */
  readonly reference?: { readonly id: string; readonly url?: string };
  readonly next_attempt_at?: string;
}

export interface ExecutionDetail extends Execution {
  /** Kept of those that did not succeed. */
  readonly params?: unknown;
  readonly attempts: readonly Attempt[];
}

/** An execution as the list has it. */
export interface ListedExecution extends Execution {
  /** Attempts that ended. */
  readonly attempt_count: number;
}

export interface ExecutionPage {
  readonly page: number;
  readonly per_page: number;
  /** Counts no further than {@link COUNTED_MAX}. */
  readonly total: number;
  readonly data: readonly ListedExecution[];
}

/** The server counts and pages no further. */
export const COUNTED_MAX = 10_000;
/** How many executions one call runs again or cancels. */
export const MATCHING_MAX = 1_000;

/** What executions are searched by, in the API's own words. */
export interface ExecutionFilter {
  readonly connector_id?: string;
  readonly connector_type_id?: string;
  readonly status?: readonly ExecutionStatus[];
  readonly source?: ExecutionSource;
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
}

export interface Histogram {
  readonly from: string;
  readonly to: string;
  readonly bucket_ms: number;
  readonly buckets: readonly Bucket[];
  readonly by_connector?: readonly FailingConnector[];
}

export interface Bucket {
  readonly at: string;
  readonly succeeded: number;
  /** Expired ones as well. */
  readonly failed: number;
  /** Not ended yet, or cancelled. */
  readonly other: number;
}

/** A connector with failures in the time of a histogram. */
export interface FailingConnector {
  readonly connector_id: string;
  readonly connector_type_id: string;
  readonly connector_name: string;
  /** Failed or expired. */
  readonly failed: number;
  /** All that ended. */
  readonly total: number;
}

function query(values: Readonly<Record<string, string | number | readonly string[] | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of value === undefined ? [] : [value].flat()) parameters.append(name, String(one));
  }
  return parameters.toString();
}

export function searchExecutions(
  filter: ExecutionFilter,
  { page = 1, perPage, sort = 'newest' }: { page?: number; perPage: number; sort?: 'newest' | 'oldest' },
  signal?: AbortSignal,
): Promise<ExecutionPage> {
  return call(`api/actions/executions?${query({ ...filter, page, per_page: perPage, sort })}`, { signal });
}

/** How many match, up to {@link COUNTED_MAX}. */
export async function countExecutions(filter: ExecutionFilter, signal?: AbortSignal): Promise<number> {
  return (await searchExecutions(filter, { perPage: 1 }, signal)).total;
}

export function readHistogram(
  filter: ExecutionFilter & { readonly from: string; readonly to: string },
  buckets: number,
  signal?: AbortSignal,
): Promise<Histogram> {
  return call(`internal/executions/histogram?${query({ ...filter, buckets })}`, { signal });
}

/** All queries about executions have keys that begin with this, so that one call makes them all read again. */
export const EXECUTIONS_KEY = ['executions'] as const;

/** How often an execution that has not ended is looked at again. */
const WATCH_MS = 1_500;

/** An execution with its attempts; kept up to date until it has ended. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: [...EXECUTIONS_KEY, 'one', id],
    queryFn: ({ signal }) => call<ExecutionDetail>(`api/actions/execution/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state }) =>
      state.data !== undefined && UNFINISHED.includes(state.data.status) ? WATCH_MS : false,
  });

export interface Accepted {
  readonly execution_id: string;
}

/** @param params instead of those that were kept */
export function retryExecution(id: string, params?: unknown): Promise<Accepted> {
  const body = params === undefined ? {} : { params };
  return call(`api/actions/execution/${encodeURIComponent(id)}/_retry`, { method: 'POST', body });
}

export function cancelExecution(id: string): Promise<ExecutionDetail> {
  return call(`api/actions/execution/${encodeURIComponent(id)}/_cancel`, { method: 'POST' });
}

/** What became of all that matched. */
export interface MatchingOutcome {
  readonly matched: number;
  readonly execution_ids: readonly string[];
  /** How many were left out, by the reason. */
  readonly skipped: Readonly<Record<string, number>>;
}

export type MatchingAction = 'retry' | 'cancel';

/** Runs again, or cancels, up to {@link MATCHING_MAX} of the executions that match, the oldest first. */
export function actOnMatching(action: MatchingAction, filter: ExecutionFilter): Promise<MatchingOutcome> {
  return call(`api/actions/executions/_${action}`, { method: 'POST', body: { filter } });
}
