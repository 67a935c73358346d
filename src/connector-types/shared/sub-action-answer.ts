import type { z } from 'zod';
import { formatIssues, parseWithTexts } from '../../connectors/validation-text.ts';
import { type Failed, VerdictError } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, quote } from './http-error.ts';
import { retryAfter } from './retry-after.ts';
import { errorSourceOfStatus, thrownFailure } from './sub-action-failure.ts';

/** The URL as Kibana's framework for sub-actions calls it: without a `/` at its end, and several in a row as one. */
export function normalisedUrl(url: string): string {
  return url.replace(/\/$/, '').replace(/(?<!:)\/{2,}/g, '/');
}

/**
 * The failure that an answer is, in the words of Kibana's framework for sub-actions, then the vendor's and what to do:
 * `Status code: 404. Message: API Error: Not Found: no such action. Check the …`. A busy vendor's `Retry-After` counts,
 * which Kibana does not read.
 *
 * @param message the type's own text for the status
 * @param remedy a sentence
 */
export function answerFailure(response: HttpResponse, message: string, remedy?: string): Failed {
  const { status } = response;
  const words = wordsOf(response.json());
  const said = `Status code: ${status}. Message: ${message}${words === undefined ? '' : `: ${quote(words)}`}`;
  const advice = remedy === undefined ? '' : `${/[.!?]$/.test(said) ? '' : '.'} ${remedy}`;
  const isBusy = status === 429 || status >= 500;
  return thrownFailure(codeOfStatus(status), said + advice, {
    errorSource: errorSourceOfStatus(status),
    retry: (isBusy ? retryAfter(response) : undefined) ?? true,
  });
}

/**
 * The body of a success as the schema wants it. What is no JSON is looked at as a text.
 *
 * @param options.remedy a sentence
 * @param options.retry `false` where the vendor has done already what a repetition would do once more
 * @throws {VerdictError} `target_response_invalid`: `Response validation failed (…)`
 */
export function checkedBody<T>(
  schema: z.ZodType<T>,
  response: HttpResponse,
  { remedy, retry = true }: { remedy?: string; retry?: boolean } = {},
): T {
  const json = response.json();
  const parsed = parseWithTexts(schema, json === undefined ? response.text : json);
  if (parsed.success) return parsed.data;
  const text = `Response validation failed (${formatIssues(parsed.error)})`;
  const advice = remedy === undefined ? '' : `. ${remedy}`;
  throw new VerdictError(thrownFailure('target_response_invalid', text + advice, { retry }));
}

/** The text of an error, where JSON bodies usually have it. */
function wordsOf(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const { message, Message, error, errors } = json as Readonly<Record<string, unknown>>;
  const texts = [message, Message, error, ...(Array.isArray(errors) ? errors : [])];
  return texts.find((text): text is string => typeof text === 'string' && text.trim() !== '')?.trim();
}
