import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, quote, transportTrouble } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';

const FAILED = 'error posting pagerduty event';
/** Characters; the longest key that PagerDuty takes. */
const LONGEST_KEY = 255;

/**
 * The verdict on the answer to an event.
 *
 * @param sentKey the dedup key that the event had; it names the alert where the answer does not
 */
export function verdictOf(response: HttpResponse, sentKey: string | undefined): Verdict {
  const { status } = response;
  const answer = response.json();
  // Nothing but 202 says that the event was taken: 200 is what a proxy or a sign-in page answers.
  if (status === 202) {
    const key = memberOf(answer, 'dedup_key') ?? sentKey;
    const isKey = typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY;
    return delivered(answer ?? response.text, isKey ? { reference: { id: key } } : {});
  }
  const words = wordsOf(answer, response.text);
  if (status === 429 || status >= 500) {
    return failed(codeOfStatus(status), `${FAILED}: http status ${status}, retry later`, {
      ...serviceMessage(words),
      retry: retryAfter(response) ?? true,
    });
  }
  const isKey = status === 400 && /routing.?key/i.test(words);
  return failed(
    isKey ? 'target_auth' : codeOfStatus(status),
    `${FAILED}: unexpected status ${status}`,
    serviceMessage(words, remedyFor(status, isKey)),
  );
}

function serviceMessage(...sentences: string[]): { serviceMessage?: string } {
  const text = sentences.filter((sentence) => sentence !== '').join(' ');
  return text === '' ? {} : { serviceMessage: text };
}

/** What a person can do about a refusal; empty where PagerDuty's words have to do. */
function remedyFor(status: number, isKey: boolean): string {
  if (isKey || status === 401 || status === 403) {
    return 'Copy the integration key of an "Events API V2" integration again; an API access key is another thing.';
  }
  if (status === 413) return 'PagerDuty takes events of at most 512 KB: shorten the custom details.';
  return status < 400 || status === 404
    ? 'This is no answer of PagerDuty: check the API URL, which is the whole address, as in https://events.pagerduty.com/v2/enqueue.'
    : '';
}

function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

/**
 * What PagerDuty has against an event, `{status, message, errors: […]}`, as sentences: `Event object is invalid: Length of
 * 'routing_key' is incorrect (should be 32 characters).`
 */
function wordsOf(answer: unknown, text: string): string {
  const message = memberOf(answer, 'message') ?? memberOf(answer, 'error');
  const errors = [memberOf(answer, 'errors')].flat().filter((error) => typeof error === 'string' && error !== '');
  const parts = [...(typeof message === 'string' && message !== '' ? [message] : []), errors.join('; ')].filter(
    Boolean,
  );
  const isPage = text.trimStart().startsWith('<');
  const words = parts.length > 0 || isPage || typeof answer === 'object' ? parts.join(': ') : text.trim();
  if (words === '') return '';
  return quote(/[.!?…]$/.test(words) ? words : `${words}.`);
}

/** @throws what is no trouble of the network: a defect */
export function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  if (trouble === undefined) throw error;
  return failed(trouble.code, FAILED, { serviceMessage: trouble.text });
}
