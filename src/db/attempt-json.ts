import type { AttemptRow } from './executions.ts';
import { recordable } from './text.ts';

/** Characters; what a record is for is said by then. */
export const LOGGED_NAME_MAX = 1_000;
const MESSAGE_MAX = 20_000;

/** A text as the log keeps it; what is absent is left out of the JSON, and null in the table. */
export function loggedText<T extends string | undefined>(value: T, max = MESSAGE_MAX): T {
  return (value === undefined ? value : recordable(value, max)) as T;
}

/**
 * A statement's part that stores attempts, each in the partition of its execution's day.
 *
 * @param json the placeholder of a JSON array of {@link attemptJson}
 */
export function insertAttempts(json: string): string {
  return `insert into patchbay.attempts (execution_id, created_at, attempt, due_at, started_at, duration_ms, outcome, code,
    message, service_message, requests, reference, next_attempt_at)
  select execution_id, patchbay.uuid_time(execution_id), attempt, due_at, started_at, duration_ms, outcome, code, message,
    service_message, requests::json, reference, next_attempt_at
  from json_to_recordset(${json}::json) as r(execution_id uuid, attempt int, due_at timestamptz, started_at timestamptz,
    duration_ms float8, outcome text, code text, message text, service_message text, requests text,
    reference json, next_attempt_at timestamptz)`;
}

/**
 * One attempt for {@link insertAttempts}. The requests travel as text within the JSON: their escapes of NUL and lone
 * surrogates, which a `json` column keeps as they are, would be decoded on the way otherwise, and fail.
 */
export function attemptJson(executionId: string, attempt: AttemptRow): object {
  return {
    execution_id: executionId,
    attempt: attempt.attempt,
    due_at: attempt.dueAt,
    started_at: attempt.startedAt,
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    code: loggedText(attempt.code),
    message: loggedText(attempt.message),
    service_message: loggedText(attempt.serviceMessage),
    requests: JSON.stringify(attempt.requests),
    reference: attempt.reference,
    next_attempt_at: attempt.nextAttemptAt,
  };
}
