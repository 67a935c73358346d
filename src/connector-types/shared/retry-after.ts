import type { HttpResponse } from '../../egress/types.ts';

/** A target may ask for any wait; nobody wants an alert after more than a day, so longer ones are cut to it. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

/**
 * When the target wants to be asked again: its `Retry-After` header, in seconds or as an HTTP date
 * (https://www.rfc-editor.org/rfc/rfc9110#name-retry-after). Never in the past, at most a day ahead.
 *
 * @returns undefined when the header is absent or is neither of the two forms
 */
export function retryAfter(response: Pick<HttpResponse, 'headers'>, now = Date.now()): Date | undefined {
  const value = response.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const waitMs = /^\d+(\.\d+)?$/.test(value) ? Math.ceil(Number(value) * 1000) : httpDate(value) - now;
  if (Number.isNaN(waitMs)) return undefined;
  return new Date(now + Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS));
}

/** `Date.parse` takes almost anything (`-5` is a year); an HTTP date always begins with the day of the week. */
function httpDate(value: string): number {
  return /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
}

/**
 * The retry of a "slow down" or "broken at the moment" answer, and Kibana's words for it.
 *
 * @returns `{ retry: Date, text: 'retry at <ISO>' }` when the target names a time, else `{ retry: true, text: 'retry later' }`
 */
export function retryAdvice(response: Pick<HttpResponse, 'headers'>): { retry: Date | true; text: string } {
  const at = retryAfter(response);
  return at === undefined ? { retry: true, text: 'retry later' } : { retry: at, text: `retry at ${at.toISOString()}` };
}
