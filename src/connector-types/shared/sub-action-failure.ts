import { THROWN_IN_RUN } from '../../connectors/validate.ts';
import { type Failed, failed } from '../../connectors/verdict.ts';
import { EgressError } from '../../egress/types.ts';
import type { ErrorCode } from '../../errors.ts';

/** Statuses that Kibana puts down to the user since 9.2; all others, and no answer at all, to the framework. */
const USER_STATUSES: ReadonlySet<number> = new Set([401, 402, 403, 407, 409, 412, 413, 417, 422, 423, 429, 451]);

/** Who has to act on an answer that is not a success, as Kibana reports it for types with sub-actions. */
export function errorSourceOfStatus(status: number): 'user' | 'framework' {
  return USER_STATUSES.has(status) ? 'user' : 'framework';
}

/**
 * What comes of an error that a sub-action throws in Kibana: a fixed message, the reason as the service message, and
 * always to be tried again.
 *
 * @param options.retry a date when the target names one
 */
export function thrownFailure(
  code: ErrorCode,
  serviceMessage: string,
  { retry = true, errorSource = 'framework' }: Pick<Failed, 'retry' | 'errorSource'> = {},
): Failed {
  return failed(code, THROWN_IN_RUN, { serviceMessage, retry, errorSource });
}

/** Refusals before anything was sent: our own, whose texts say all there is to say. */
const UNSENT: ReadonlySet<ErrorCode> = new Set([
  'egress_address_refused',
  'egress_url_invalid',
  'egress_header_invalid',
  'cancelled',
]);

/**
 * The failure when no usable answer came, in the words of Kibana's framework: `Status code: undefined. Message: connect
 * ECONNREFUSED 127.0.0.1:1`.
 *
 * @param message put before the cause, by types that have words of their own: `Unknown API Error: `
 * @throws what is no trouble on the way out, which is a defect, and what already says all there is to say
 */
export function noAnswerFailure(error: unknown, message = ''): Failed {
  if (!(error instanceof EgressError) || UNSENT.has(error.code)) throw error;
  const { code } = error;
  const prefix =
    code === 'egress_host_not_allowed'
      ? 'error configuring connector action: '
      : `Status code: undefined. Message: ${message}`;
  return thrownFailure(code, prefix + error.message);
}
