import type { Attempt, ExecutionDetail, RequestRecord } from '../../../api/executions.ts';
import { formatClock, formatDayAndTime } from '../../../ui/format.ts';

/** Failures that most likely go away when somebody changes the connector. */
const OF_CONNECTOR: ReadonlySet<string> = new Set([
  'config_invalid',
  'secrets_invalid',
  'secrets_missing',
  'target_auth',
  'token_failed',
  'target_response_invalid',
  'egress_host_not_allowed',
  'egress_address_refused',
  'egress_url_invalid',
  'egress_header_invalid',
  'egress_too_many_redirects',
  'egress_connection',
  'egress_tls',
]);

export function isFixable(code: string | undefined): boolean {
  return code !== undefined && OF_CONNECTOR.has(code);
}

/** The answer header with which targets name the time of the next attempt. */
const RETRY_AFTER = 'retry-after';

/** Whether the target itself said when to try again. */
export function hasNamedTime({ requests }: Attempt): boolean {
  const headers = requests.at(-1)?.response_headers ?? {};
  return Object.keys(headers).some((name) => name.toLowerCase() === RETRY_AFTER);
}

/** When the next attempt of one that waits comes; undefined when it is its turn already, or was never planned. */
export function nextAttemptAt({ status, due_at, attempts }: ExecutionDetail): number | undefined {
  if (status !== 'queued' && status !== 'retrying') return undefined;
  const at = due_at ?? attempts.at(-1)?.next_attempt_at;
  return at === undefined ? undefined : Date.parse(at);
}

/** A web address that a link may lead to: a target could answer any text, also `javascript:`. */
export function webUrl(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
}

/** What an attempt came to in a word or a number: the status of its last answer. */
export function lastStatus(requests: readonly RequestRecord[]): number | undefined {
  return requests.at(-1)?.status;
}

/** The time of day, with the day where that is not today. */
export function whenText(at: string | number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  return isToday ? formatClock(at) : formatDayAndTime(at);
}

/** Time between two moments of the log, never negative: clocks of two nodes may differ. */
export function between(from: string | number, to: string | number): number {
  return Math.max(0, new Date(to).getTime() - new Date(from).getTime());
}

export function endOf({ started_at, duration_ms }: Attempt): number {
  return Date.parse(started_at) + duration_ms;
}
