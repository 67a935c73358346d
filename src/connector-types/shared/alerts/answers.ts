import { formatIssues, parseWithTexts } from '../../../connectors/validation-text.ts';
import { delivered, type Failed, type Reference, type Verdict } from '../../../connectors/verdict.ts';
import type { HttpResponse } from '../../../egress/types.ts';
import { codeOfStatus, isSuccess, quote } from '../http-error.ts';
import { retryAfter } from '../retry-after.ts';
import { errorSourceOfStatus, thrownFailure } from '../sub-action-failure.ts';
import type { AlertService } from './service.ts';

/** What went wrong, in the vendor's words. */
interface Refusal {
  readonly message?: string;
  readonly errors?: unknown;
}

/** Both vendors say `message`, and in a 422 `errors` by field. */
function refusalOf(response: HttpResponse): Refusal {
  const { message, errors } = (response.json() ?? {}) as { message?: unknown; errors?: unknown };
  return { errors, ...(typeof message === 'string' ? { message } : {}) };
}

function isEmpty(errors: unknown): boolean {
  return errors === undefined || errors === null || (typeof errors === 'object' && Object.keys(errors).length === 0);
}

/** A key that is none: answered with 422 as if it were a mistake in the body. */
function isKeyMalformed({ message = '' }: Refusal, status: number): boolean {
  return status === 422 && /^key format is not valid/i.test(message);
}

/** True when the vendor took the key and missed nothing but the message: the answer to `{}`. */
export function onlyLacksMessage(response: HttpResponse): boolean {
  const { status } = response;
  const { errors } = refusalOf(response);
  return (status === 422 || status === 400) && typeof errors === 'object' && errors !== null && 'message' in errors;
}

function refused(response: HttpResponse, { remedies }: AlertService): Failed {
  const { status } = response;
  const refusal = refusalOf(response);
  const { message, errors } = refusal;
  const details = isEmpty(errors) ? '' : `: ${JSON.stringify(errors)}`;
  const said = quote(`${message || `Request failed with status code ${status}`}${details}`);
  const isKey = isKeyMalformed(refusal, status);
  const remedy = remedies[isKey ? 401 : status];
  const advice = remedy === undefined ? '' : `${/[.!?]$/.test(said) ? '' : '.'} ${remedy}`;
  const isBusy = status === 429 || status >= 500;
  return thrownFailure(
    isKey ? 'target_auth' : codeOfStatus(status),
    `Status code: ${status}. Message: ${said}${advice}`,
    {
      errorSource: errorSourceOfStatus(status),
      retry: (isBusy ? retryAfter(response) : undefined) ?? true,
    },
  );
}

/** The part of an answer that identifies it; all members are the vendor's to leave out. */
function requestIdOf(answer: unknown): string | undefined {
  const id = typeof answer === 'object' && answer !== null && 'requestId' in answer ? answer.requestId : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/**
 * The verdict for an answer. A success says that the request was taken, not that it was done: the vendor does it
 * afterwards. An alert is found again by its alias; without one, by the id of the request that made it.
 *
 * @param made what the request makes: its alias if it has one. Left out: it makes nothing
 */
export function verdictOf(
  response: HttpResponse,
  service: AlertService,
  made?: { readonly alias?: string; readonly warning?: string },
): Verdict {
  if (!isSuccess(response)) return refused(response, service);
  const answer = response.json();
  const parsed = parseWithTexts(service.answer, answer);
  if (!parsed.success) {
    const shown =
      answer === undefined ? ` The answer is no JSON, so it is hardly ${service.name}'s; check the URL.` : '';
    return thrownFailure(
      'target_response_invalid',
      `Response validation failed (${formatIssues(parsed.error)})${shown}`,
    );
  }
  const id = made && (made.alias || requestIdOf(answer));
  const reference: { reference?: Reference } = id === undefined ? {} : { reference: { id } };
  return delivered(answer, { ...reference, ...(made?.warning === undefined ? {} : { warning: made.warning }) });
}
