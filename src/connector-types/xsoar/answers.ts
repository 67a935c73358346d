import type { z } from 'zod';
import { type Failed, VerdictError } from '../../connectors/verdict.ts';
import type { HttpClient, HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, reasonPhrase } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';
import { checkedBody } from '../shared/sub-action-answer.ts';
import { errorSourceOfStatus, noAnswerFailure, thrownFailure } from '../shared/sub-action-failure.ts';

/** What to do, by the status of a refusal. */
const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Check the API key; XSOAR 8 and XSIAM also want its id, and a key of the security level "Standard".',
  403: 'Give the role of the API key the right to do this.',
  404: 'Check the URL: of XSOAR 8 it is the address of the API, which begins with https://api-, and needs an API key id; of XSOAR 6 it goes without one.',
};

const NO_JSON =
  'The answer is no JSON, so it is hardly that of the API; check the URL, which for XSOAR 8 begins with https://api-.';

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * XSOAR's own words, where they say more than the status: of `{ title, detail, error }` what goes beyond the title; of
 * `{ reply: { err_msg, err_extra } }`, which the gateway of XSOAR 8 answers, all.
 */
function wordsOf(answer: unknown): string {
  if (!isObject(answer)) return '';
  const { title, detail, error, message, reply } = answer;
  const said = isObject(reply) ? [reply.err_msg, reply.err_extra] : [detail, error, message];
  const texts = said.filter((text): text is string => typeof text === 'string' && text !== '' && text !== title);
  return [...new Set(texts)].join('; ');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Kibana's text, and then XSOAR's words and what to do, which Kibana leaves out. */
function refused(response: HttpResponse): Failed {
  const { status, statusText } = response;
  const reason =
    statusText === ''
      ? `AxiosError: Request failed with status code ${status}`
      : `API Error: ${reasonPhrase(response)}`;
  const kibanas = `Status code: ${status}. Message: ${reason}`;
  const words = wordsOf(response.json());
  const more = [words === '' ? undefined : `XSOAR says: ${quote(words)}`, REMEDIES[status]].filter(
    (text) => text !== undefined,
  );
  const isBusy = status === 429 || status >= 500;
  return thrownFailure(codeOfStatus(status), more.length === 0 ? kibanas : [kibanas, ...more].map(sentence).join(' '), {
    errorSource: errorSourceOfStatus(status),
    retry: (isBusy ? retryAfter(response) : undefined) ?? true,
  });
}

/**
 * Posts JSON to XSOAR and gives its answer.
 *
 * @param body JSON text
 * @param schema what a success must hold at least
 * @param options.retry whether a success that cannot be read may be tried again; Kibana says that all may
 * @throws {VerdictError} for every answer that is no success or does not fit, and when none came
 */
export async function ask<T>(
  http: HttpClient,
  path: string,
  body: string,
  schema: z.ZodType<T>,
  { retry = true }: { retry?: boolean } = {},
): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await http.post(path, { headers, body }).catch((error: unknown) => {
    throw new VerdictError(noAnswerFailure(error, 'Error: '));
  });
  if (!isSuccess(response)) throw new VerdictError(refused(response));
  return checkedBody(schema, response, { retry, remedy: response.json() === undefined ? NO_JSON : undefined });
}
