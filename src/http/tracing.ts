import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TraceSpan, Tracing } from '../events/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    traceSpan?: TraceSpan;
  }
}

/** Asked every few seconds by probes; their spans would bury the others. */
const UNTRACED: ReadonlySet<string> = new Set(['/api/status', '/api/task_manager/_health', '/api/openapi.json']);

/**
 * A span for each call of the API that is past authentication: strangers neither fill the traces nor continue them. What
 * a handler calls finds it with {@link Tracing.current}. Adds nothing while tracing is off.
 *
 * Call it after `createServer`, whose hook authenticates, and before the server listens.
 */
export function addTracing(server: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return;
  server.decorateRequest('traceSpan', undefined);

  server.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}');
    if (route?.startsWith('/api/') && !UNTRACED.has(route)) {
      request.traceSpan = tracing.request({
        method: request.method,
        route,
        traceparent: header(request, 'traceparent'),
        startedAt: new Date(Date.now() - reply.elapsedTime),
      });
    }
    done();
  });
  // Not earlier: the body arrives in the context of the connection, not of what was called before it.
  server.addHook('preHandler', (request, _reply, done) => {
    if (request.traceSpan === undefined) done();
    else tracing.within(request.traceSpan, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    request.traceSpan?.end({ status: reply.statusCode });
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    request.traceSpan?.end({ code: 'cancelled', message: 'The client went away.' });
    done();
  });
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
