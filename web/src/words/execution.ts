import type { ExecutionStatus } from '../api/executions.ts';
import { formatNumber } from '../ui/format.ts';

const attempts = (n: number) => (n === 1 ? '1 attempt' : `${formatNumber(n)} attempts`);

/** All text of one execution. */
export const executionWords = {
  title: 'Execution',
  loadFailed: 'The execution could not be loaded',
  notFound: 'There is no such execution',
  notFoundHint:
    'It may be older than the server keeps its log, belong to another space, or the address may be incomplete.',
  toList: 'Show the list',
  outcome: (status: ExecutionStatus, n: number): string => {
    switch (status) {
      case 'succeeded':
        return n > 1 ? `Succeeded after ${attempts(n)}` : 'Succeeded';
      case 'failed':
        return n === 0 ? 'Failed before the first attempt' : `Failed after ${attempts(n)}`;
      case 'expired':
        return n === 0 ? 'Expired before the first attempt' : `Expired after ${attempts(n)}`;
      case 'cancelled':
        return n === 0 ? 'Cancelled before the first attempt' : `Cancelled after ${attempts(n)}`;
      case 'retrying':
        return `Waits for its next attempt, after ${attempts(n)}`;
      case 'running':
        return `Attempt ${formatNumber(n + 1)} is under way`;
      case 'queued':
        return 'Waits for its first attempt';
    }
  },
  facts: {
    id: 'Execution',
    connector: 'Connector',
    type: 'Type',
    source: 'Source',
    by: 'By',
    created: 'Created',
    took: 'Took',
    deliverBy: 'Deliver by',
    retryOf: 'Repeats',
    reference: 'Created at the target',
  },
  copyId: 'Copy the id',
  openReference: 'Open at the target',
  openRepeated: 'Open the execution that this one repeats',

  timeline: 'Attempts',
  attempt: (n: number) => `Attempt ${formatNumber(n)}`,
  attemptUnderWay: (n: number) => `Attempt ${formatNumber(n)} is under way`,
  waited: (duration: string) => `Waited ${duration}`,
  waitedInQueue: (duration: string) => `Waited ${duration} in the queue`,
  delivered: 'Delivered',
  failed: 'Failed',
  noAnswer: 'No answer',
  noRequests: 'No request was sent',
  noAttempts: 'Nothing was sent. The reason is above.',
  requestOf: (n: number, all: number) => (all === 1 ? 'Request' : `Request ${n} of ${all}`),
  answerOf: (n: number, all: number) => (all === 1 ? 'Answer' : `Answer ${n} of ${all}`),
  headers: 'Headers',
  body: 'Body',
  noBody: 'No body',
  noHeaders: 'No headers',
  redacted: 'Secrets are masked, and long bodies are cut.',
  serviceMessage: 'The target said',
  params: 'Parameters',
  paramsHint: 'What this execution was asked to send.',

  next: {
    now: 'The next attempt comes now',
    at: (relative: string, clock: string) => `The next attempt comes ${relative}, at ${clock}`,
    first: (relative: string, clock: string) => `The first attempt comes ${relative}, at ${clock}`,
    turn: 'It waits for its turn: it is sent as soon as a place is free',
    late: (clock: string) => `It has been due since ${clock} and waits for its turn`,
    because: (reason: string) => `The last attempt failed in a way that may pass: ${reason}`,
    asked: 'The target named this time itself.',
    held: (connector: string, clock: string) =>
      `Nothing is sent to ${connector} for the moment, because its target failed several times in a row. It is tried again at ${clock}.`,
    heldNow: (connector: string) =>
      `Nothing is sent to ${connector} for the moment, because its target failed several times in a row. It is being tried again now.`,
    until: (clock: string) => `No attempt begins after ${clock}.`,
  },

  retry: 'Retry',
  retryWithChanges: 'Retry with changes',
  cancel: 'Cancel execution',
  fix: 'Fix connector',
  retried: 'Queued again',
  retriedHint: 'This is the new execution.',
  retryFailed: 'It could not be queued again',
  cancelled: 'Execution cancelled',
  cancelFailed: 'It could not be cancelled',
  forbidden: 'You may not run connectors. Ask an administrator for the role actions_read or actions_all.',
  paramsGone: 'The parameters of executions that succeeded are not kept, so this one cannot be sent again.',
  confirmCancel: {
    title: 'Cancel this execution',
    text: 'It is taken out of the queue and not attempted again. It can be retried later.',
    confirm: 'Cancel execution',
    keep: 'Keep it',
  },

  editor: {
    title: 'Retry with changes',
    label: 'Parameters (JSON)',
    hint: 'Sent as a new execution; this one stays as it is.',
    send: 'Send',
    back: 'Back',
    notJson: (why: string) => `This is not JSON: ${why}`,
    notObject: 'The parameters must be an object: { … }.',
    reset: 'Undo changes',
  },
} as const;

/** Why an attempt or an execution failed, and what helps, by code. */
export const codeWords: Readonly<Record<string, { readonly what: string; readonly advice: string }>> = {
  params_invalid: {
    what: 'The parameters do not fit the action.',
    advice: 'Retry with changes: correct what the message names.',
  },
  config_invalid: {
    what: 'The configuration of the connector does not fit its type.',
    advice: 'Fix the connector, then retry.',
  },
  secrets_invalid: {
    what: 'The secrets of the connector do not fit its type, or are missing.',
    advice: 'Enter the secrets of the connector again, then retry.',
  },
  secrets_missing: {
    what: 'The connector has no secrets, for example because it was imported.',
    advice: 'Enter the secrets of the connector, then retry.',
  },
  connector_not_found: {
    what: 'The connector was deleted before this was sent.',
    advice: 'Send it through another connector.',
  },
  connector_type_disabled: {
    what: 'The connector’s type was switched off before this was sent.',
    advice: 'Ask an administrator to add the type to xpack.actions.enabledActionTypes, then retry.',
  },
  rate_limited: {
    what: 'The server’s own limit allows no more runs of this type for the moment.',
    advice: 'Wait, or ask an administrator to raise xpack.actions.rateLimiter.',
  },
  timed_out: {
    what: 'The attempt took longer than the server allows, so it is not known whether it was delivered.',
    advice: 'Look at the target first. If it is not there, retry.',
  },
  interrupted: {
    what: 'The server stopped while the attempt was under way, so it is not known whether it was delivered.',
    advice: 'Look at the target first. If it is not there, retry.',
  },
  expired: {
    what: 'The time by which it had to be sent has passed.',
    advice: 'Retry if it is still of use.',
  },
  handler_failed: {
    what: 'The connector type itself failed.',
    advice: 'The log of the server has the details. Report it to whoever made the type.',
  },
  target_rejected: {
    what: 'The target refused the request.',
    advice: 'The answer below says why. Correct the parameters or the connector, then retry.',
  },
  target_auth: {
    what: 'The target refused the credentials.',
    advice: 'Enter new credentials in the connector, then retry.',
  },
  target_rate_limited: {
    what: 'The target asked to slow down.',
    advice: 'Retry later, or send less at once.',
  },
  target_unavailable: {
    what: 'The target had a failure of its own.',
    advice: 'Retry once the target works again.',
  },
  target_response_invalid: {
    what: 'The target answered something that cannot be understood.',
    advice: 'Check that the address leads to the right service, then retry.',
  },
  partial_failure: {
    what: 'A part was done and a part was refused.',
    advice: 'The answer below names the parts. Retry with those that are missing.',
  },
  token_failed: {
    what: 'The sign-in service gave no usable access token.',
    advice: 'Check client id, secret and token address in the connector, then retry.',
  },
  egress_host_not_allowed: {
    what: 'The server may not send to this host.',
    advice: 'Ask an administrator to add the host to xpack.actions.allowedHosts, then retry.',
  },
  egress_address_refused: {
    what: 'The address behind the name is of a kind that the server refuses.',
    advice: 'Check the address in the connector, or ask an administrator about the rules for addresses.',
  },
  egress_url_invalid: {
    what: 'The address is not a URL that can be called.',
    advice: 'Correct the address in the connector, then retry.',
  },
  egress_header_invalid: {
    what: 'A header has characters that HTTP forbids.',
    advice: 'Correct the headers in the connector, then retry.',
  },
  egress_too_many_redirects: {
    what: 'The target sent the request on more often than allowed.',
    advice: 'Enter the final address in the connector, then retry.',
  },
  egress_response_too_large: {
    what: 'The answer is larger than the server reads, so it is not known what it says.',
    advice: 'Look at the target, or ask an administrator to raise xpack.actions.maxResponseContentLength.',
  },
  egress_timeout: {
    what: 'The target did not answer in time, so it is not known whether it was delivered.',
    advice: 'Look at the target first. If it is not there, retry.',
  },
  egress_connection: {
    what: 'No connection to the target, or it broke.',
    advice: 'Check that the address is right and the target runs, then retry.',
  },
  egress_tls: {
    what: 'The secure connection failed: the certificate was not accepted.',
    advice: 'Check the certificate of the target and the TLS settings, then retry.',
  },
  egress_proxy: {
    what: 'The proxy refused the connection or could not be reached.',
    advice: 'Ask an administrator to check the proxy settings, then retry.',
  },
  cancelled: {
    what: 'It was cancelled before it ended.',
    advice: 'Retry if it is still wanted.',
  },
};
