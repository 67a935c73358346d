import { type Failed, failed, VerdictError } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import type { ErrorCode } from '../../errors.ts';
import { quote, reasonPhrase } from '../shared/http-error.ts';

export const NAME = 'Webhook - Case Management';

/**
 * What went wrong in a step, to be put into Kibana's frame by {@link inStep}.
 *
 * @param cause a text without a full stop
 * @param options.response the answer that was a refusal: its body and reason are added to the frame
 */
export function fault(
  code: ErrorCode,
  cause: string,
  { retry, response }: { retry?: Failed['retry']; response?: HttpResponse } = {},
): VerdictError {
  return new VerdictError(failed(code, cause, { retry, serviceMessage: response && saidIn(response) }));
}

/** `{"message":"no"} Reason: Bad Request`. A text is quoted as JSON, too. */
function saidIn(response: HttpResponse): string {
  const json = response.json();
  const body = response.text === '' ? '' : JSON.stringify(json === undefined ? response.text : json);
  return `${quote(body)} Reason: ${reasonPhrase(response)}`;
}

/**
 * Does a step of a push. A fault within it gets the frame
 * `[Action][Webhook - Case Management]: <step>. Error: <cause>. <body> <reason>`; without an answer the last two are empty, and
 * the text ends in a full stop and two spaces. A step within a step is a cause like any other. All as in Kibana.
 *
 * @throws {VerdictError} whose message is the framed text
 */
export async function inStep<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof VerdictError)) throw error;
    const { code, message, serviceMessage = ' ', retry } = error.verdict;
    throw fault(code, `[Action][${NAME}]: ${step}. Error: ${message}. ${serviceMessage}`, { retry });
  }
}
