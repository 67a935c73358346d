/**
 * Every error that Patchbay raises on purpose, by code. One list, so that a code found in a log, an answer or an
 * execution record can be looked up in one place. `status` is the HTTP status when the error ends a request of ours;
 * codes without one only ever appear inside an execution.
 */
export const ERROR_CODES = {
  // requests to us
  bad_request: { status: 400, about: 'The request is malformed or breaks a rule; the message names the field.' },
  unauthorized: { status: 401, about: 'No credentials, or wrong ones.' },
  forbidden: { status: 403, about: 'The caller may not do this, or the connector type is disabled.' },
  not_found: { status: 404, about: 'No such thing in this space.' },
  conflict: { status: 409, about: 'The id is taken, or somebody changed the thing at the same time.' },
  payload_too_large: { status: 413, about: 'The request body is larger than the server reads.' },
  unsupported_media_type: { status: 415, about: 'The request body is not JSON.' },
  too_many_requests: { status: 429, about: 'Too many failed sign-ins; wait and try again.' },
  queue_full: { status: 429, about: 'As many actions wait as xpack.actions.queued.max allows; try again later.' },
  internal: { status: 500, about: 'A defect of Patchbay; the log holds the details.' },
  database_unavailable: { status: 503, about: 'The database does not answer; the request may be repeated.' },
  shutting_down: { status: 503, about: 'The server is stopping and takes no new work.' },

  // the server's own set-up
  setting_invalid: { status: 500, about: 'A setting is wrong; the process ends with exit code 78.' },
  keystore_invalid: { status: 500, about: 'The keystore cannot be read or written.' },
  database_setup_failed: { status: 500, about: 'The embedded or external database cannot be used.' },
  secrets_unreadable: { status: 500, about: 'No known encryption key opens the stored secrets.' },

  // one run of a connector
  params_invalid: { status: 400, about: 'The parameters of the action do not fit its schema.' },
  config_invalid: { status: 400, about: 'The configuration does not fit the schema of the connector type.' },
  secrets_invalid: {
    status: 400,
    about: 'The secrets do not fit the schema of the connector type, or are missing.',
  },
  connector_not_found: { about: 'The connector was deleted before its queued action ran.' },
  connector_type_disabled: { about: 'The connector type was disabled before the queued action ran.' },
  secrets_missing: { about: 'The connector has no secrets, e.g. since it was imported; they must be entered again.' },
  rate_limited: { about: 'xpack.actions.rateLimiter allows no more runs of the connector type for the moment.' },
  timed_out: { about: 'The attempt took longer than patchbay.queue.timeout.' },
  interrupted: { about: 'The server stopped or died while the attempt was under way.' },
  expired: { about: 'The time by which the action had to begin has passed.' },
  handler_failed: { about: 'The connector type threw an error that is not a verdict.' },
  target_rejected: { about: 'The target answered that it does not accept the request (4xx or an error in its body).' },
  target_auth: { about: 'The target refused the credentials (401, 403 or its own word for it).' },
  target_rate_limited: { about: 'The target asks to slow down (429).' },
  target_unavailable: { about: 'The target answered 5xx.' },
  target_response_invalid: { about: 'The target answered something that cannot be understood.' },
  partial_failure: { about: 'A part of the action was done, a part was refused.' },
  token_failed: { about: 'The OAuth token endpoint gave no usable access token.' },

  // leaving the house
  egress_host_not_allowed: { about: 'xpack.actions.allowedHosts does not contain the host.' },
  egress_address_refused: { about: 'The address behind the name is of a kind that is refused.' },
  egress_url_invalid: { about: 'The URL cannot be parsed or is not http(s).' },
  egress_header_invalid: { about: 'A header name or value has characters that HTTP forbids.' },
  egress_too_many_redirects: { about: 'More redirects than allowed.' },
  egress_response_too_large: { about: 'The response is larger than xpack.actions.maxResponseContentLength.' },
  egress_timeout: { about: 'No complete answer within the time limit.' },
  egress_connection: { about: 'No connection, or it broke.' },
  egress_tls: { about: 'The TLS handshake or the certificate check failed.' },
  egress_proxy: { about: 'The proxy refused or could not be reached.' },
  cancelled: { about: 'The caller went away or the server stopped before the run ended.' },
} as const satisfies Record<string, { status?: number; about: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The only error class that Patchbay throws on purpose. `message` is shown to users as it is, so it must say what was
 * wrong, where, and what would be right, and must hold no secret and no internal path.
 */
export class PatchbayError extends Error {
  readonly code: ErrorCode;
  /** Extra members of the HTTP error body, e.g. `{ expected, got }`. */
  readonly attributes?: Record<string, unknown>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; attributes?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PatchbayError';
    this.code = code;
    this.attributes = options.attributes;
  }

  /** HTTP status when this error ends a request of ours. */
  get status(): number {
    const entry = ERROR_CODES[this.code];
    return 'status' in entry ? entry.status : 500;
  }
}

export function isPatchbayError(error: unknown, code?: ErrorCode): error is PatchbayError {
  return error instanceof PatchbayError && (code === undefined || error.code === code);
}

/** Text of anything that was thrown; never throws itself. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  try {
    return String(error);
  } catch {
    return 'unknown error';
  }
}
