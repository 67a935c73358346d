import { type Failed, failed, VerdictError } from '../../connectors/verdict.ts';
import { EgressError, SmtpReplyError } from '../../egress/types.ts';
import type { ErrorCode } from '../../errors.ts';
import { quote } from '../shared/http-error.ts';

/** Kibana's message for everything that goes wrong while sending; the reason is the service message. */
export const SENDING_FAILED = 'error sending email';

/**
 * Microsoft ends user name and password for SMTP in Exchange Online (off by default from the end of December 2026):
 * https://techcommunity.microsoft.com/blog/exchange/exchange-online-to-retire-basic-auth-for-client-submission-smtp-auth/4114750
 */
const BASIC_AUTH_RETIRED = '5.7.30';
const BASIC_AUTH_ADVICE =
  'Exchange Online no longer accepts user name and password for sending mail. ' +
  'Change the service of this connector to "exchange_server", which sends through Microsoft Graph with an app registration.';

/** Replies about credentials, whichever command they answer (RFC 4954 section 6, RFC 3207 section 4). */
const AUTH_REPLIES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** No answer came, but the next attempt may get one. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['egress_connection', 'egress_timeout', 'egress_proxy']);

/** The verdict for what sending threw; defects and cancelled runs are thrown on. */
export function toFailure(error: unknown): Failed {
  if (error instanceof SmtpReplyError) return fromReply(error);
  if (error instanceof EgressError && error.code !== 'cancelled') {
    return failed(error.code, SENDING_FAILED, { serviceMessage: error.message, retry: PASSING.has(error.code) });
  }
  // No access token: its text is the reason here as well.
  if (error instanceof VerdictError) {
    const { code, message, serviceMessage = message, retry } = error.verdict;
    return failed(code, SENDING_FAILED, { serviceMessage, retry });
  }
  throw error;
}

/** 4xx replies ask to come back (greylisting, full mailboxes, busy servers), 5xx are final (RFC 5321 section 4.2.1). */
function fromReply({ replyCode, enhancedCode, isAuth, message }: SmtpReplyError): Failed {
  if (replyCode >= 400 && replyCode < 500) {
    return failed('target_unavailable', SENDING_FAILED, { serviceMessage: quote(message), retry: true });
  }
  const isRetired = enhancedCode === BASIC_AUTH_RETIRED;
  const code = isRetired || isAuth || AUTH_REPLIES.has(replyCode) ? 'target_auth' : 'target_rejected';
  const serviceMessage = isRetired ? `${quote(message)} (${BASIC_AUTH_ADVICE})` : quote(message);
  return failed(code, SENDING_FAILED, { serviceMessage, retry: false });
}
