import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isPatchbayError } from '../errors.ts';

/** Kibana's error body. */
export interface ErrorBody {
  statusCode: number;
  error: string;
  message: string;
  attributes?: Record<string, unknown>;
}

export function errorBody(statusCode: number, message: string, attributes?: Record<string, unknown>): ErrorBody {
  const body: ErrorBody = { statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message };
  return attributes === undefined ? body : { ...body, attributes };
}

// What the web framework refuses by itself, in the words that Kibana's users know or in ours.
const FRAMEWORK_TEXTS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'Invalid request payload JSON format',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'Invalid request payload JSON format',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The Content-Length header does not match the size of the request body.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE:
    'Unsupported Media Type: send the body as JSON, with the header Content-Type: application/json.',
  FST_ERR_BAD_URL:
    'The path is not a valid URL path: a % must be followed by two hexadecimal digits that form UTF-8 text.',
};

/** Turns whatever a request ended with into Kibana's error body; only the log learns what was unexpected. */
export function replyWithError(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (isPatchbayError(error)) {
    if (error.status >= 500)
      request.log.error({ request: request.id, code: error.code, err: error.cause }, error.message);
    if (error.status === 503) reply.header('retry-after', '1');
    if (error.status === 429) reply.header('retry-after', '60');
    // A browser would answer this header with a dialogue of its own; the console has a page for it.
    if (error.status === 401 && request.headers['sec-fetch-mode'] === undefined) {
      reply.header('www-authenticate', 'Basic realm="Patchbay", charset="UTF-8"');
    }
    return reply.code(error.status).send(errorBody(error.status, error.message, error.attributes));
  }
  const code = 'code' in error ? String(error.code) : '';
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const limit = request.routeOptions?.bodyLimit ?? 'the limit';
    return reply
      .code(413)
      .send(
        errorBody(
          413,
          `Payload content length greater than maximum allowed: ${limit} bytes (setting server.maxPayload).`,
        ),
      );
  }
  // The framework's text repeats the whole path.
  if (status === 414)
    return reply.code(414).send(errorBody(414, 'A part of the path is longer than the server reads.'));
  if (status >= 400 && status < 500)
    return reply.code(status).send(errorBody(status, FRAMEWORK_TEXTS[code] ?? error.message));
  request.log.error({ request: request.id, err: error }, 'a request ended with an unexpected error');
  return reply
    .code(500)
    .send(
      errorBody(500, `An internal server error occurred. The server log has the details under request ${request.id}.`),
    );
}
