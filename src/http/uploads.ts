import type { FastifyError, FastifyInstance } from 'fastify';
import { PatchbayError } from '../errors.ts';
import { replyWithError } from './errors.ts';
import type { Route } from './route.ts';
import { addRoute } from './server.ts';

/** The body of a route that takes uploads, before it is read. */
export interface Upload {
  readonly contentType: string;
  readonly data: Buffer;
}

/** Bytes; Kibana's default of `savedObjects.maxImportPayloadBytes`. */
const UPLOAD_BYTES_MAX = 26_214_400;

/** Adds routes whose body is a form with a file, which no other route takes. They get it as an {@link Upload}. */
export function addUploadRoutes(server: FastifyInstance, routes: readonly Route[]): void {
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      /^multipart\/form-data/i,
      { parseAs: 'buffer', bodyLimit: UPLOAD_BYTES_MAX },
      (request, data, parsed) => {
        const upload: Upload = { contentType: request.headers['content-type'] ?? '', data: data as Buffer };
        parsed(null, upload);
      },
    );
    scope.setErrorHandler((error: FastifyError, request, reply) => replyWithError(explain(error), request, reply));
    for (const route of routes) addRoute(scope as FastifyInstance, route);
    done();
  });
}

/** Who uploads is told of uploads, not of the limits and types of all other calls. */
function explain(error: FastifyError): Error {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new PatchbayError('payload_too_large', `The file is larger than ${UPLOAD_BYTES_MAX} bytes. Split it.`);
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const text = 'Unsupported Media Type: send the file as multipart/form-data, in a field named "file".';
    return new PatchbayError('unsupported_media_type', text);
  }
  return error;
}
