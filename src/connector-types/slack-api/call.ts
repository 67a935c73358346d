import { delivered, type Failed, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient, HttpRequestOptions, HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, statusLine, transportTrouble } from '../shared/http-error.ts';
import { retryAdvice, retryAfter } from '../shared/retry-after.ts';
import { type Answer, codeOfWord, explain } from './errors.ts';

/** Kibana's message for everything that Slack or a check refuses; the reason is beside it. */
export const FAILED = 'error posting slack message';

/** What became of one call of a method. */
export type Reply =
  | { readonly ok: true; readonly answer: Answer; readonly headers: HttpResponse['headers'] }
  /** `word`: Slack's own for the error, if it gave one. */
  | { readonly ok: false; readonly word?: string; readonly verdict: Failed };

/** Kibana's spelling, for GET as well. */
const HEADERS = { 'Content-type': 'application/json; charset=UTF-8' };

/**
 * Calls a method of Slack's Web API, e.g. `ask(http, 'GET', 'conversations.info', { query: { channel } })`. Never throws
 * for what Slack or the way there does.
 */
export async function ask(
  http: HttpClient,
  verb: 'GET' | 'POST',
  method: string,
  options: Pick<HttpRequestOptions, 'query' | 'json'> = {},
): Promise<Reply> {
  let response: HttpResponse;
  try {
    response = await http.request(verb, method, { ...options, headers: HEADERS });
  } catch (error) {
    const trouble = transportTrouble(error);
    if (trouble === undefined) throw error;
    return refuse(failed(trouble.code, FAILED, { serviceMessage: trouble.text }));
  }
  return isSuccess(response) ? replyOf(response) : refuse(httpError(response));
}

/** For actions that hand Slack's whole answer on. */
export function toVerdict(reply: Reply): Verdict {
  return reply.ok ? delivered(reply.answer) : reply.verdict;
}

function refuse(verdict: Failed, word?: string): Reply {
  return { ok: false, verdict, ...(word === undefined ? {} : { word }) };
}

/** A success of HTTP, which says nothing yet: errors come as `{ "ok": false, "error": "<word>" }`. */
function replyOf(response: HttpResponse): Reply {
  const answer = response.json();
  if (response.text === '' || answer === null) {
    return refuse(failed('target_response_invalid', 'unexpected null response from slack'));
  }
  if (!isObject(answer) || typeof answer.ok !== 'boolean') {
    const serviceMessage = `The answer is not one of Slack's Web API. It begins: ${quote(response.text, 200)}`;
    return refuse(failed('target_response_invalid', FAILED, { serviceMessage }));
  }
  if (answer.ok) return { ok: true, answer, headers: response.headers };

  const code = codeOfWord(answer.error);
  const retry = code === 'target_rate_limited' ? { retry: retryAfter(response) ?? true } : {};
  const verdict = failed(code, FAILED, { serviceMessage: explain(answer), ...retry });
  return refuse(verdict, typeof answer.error === 'string' ? answer.error : undefined);
}

function httpError(response: HttpResponse): Failed {
  const { status, text } = response;
  const code = codeOfStatus(status);
  if (status === 429 || status >= 500) {
    const advice = retryAdvice(response);
    return failed(code, `error posting a slack message, ${advice.text}`, {
      ...(advice.retry === true ? {} : { serviceMessage: `Request failed with status code ${status}` }),
      retry: advice.retry,
    });
  }
  const answer = response.json();
  const words = isObject(answer) && typeof answer.error === 'string' ? explain(answer) : quote(text, 500);
  return failed(code, `unexpected http response from slack: ${statusLine(response)}`, {
    serviceMessage: words === '' ? undefined : `[${status}] ${words}`,
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
