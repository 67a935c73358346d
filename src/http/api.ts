import type { FastifyInstance } from 'fastify';
import type { Tracing } from '../events/tracing.ts';
import { buildOpenApi } from './openapi.ts';
import { connectorTypeRoutes } from './routes/connector-types.ts';
import { type ConnectorRouteParts, connectorRoutes } from './routes/connectors.ts';
import { type ConsoleParts, consoleRoutes } from './routes/console.ts';
import { encryptionRoutes } from './routes/encryption.ts';
import { eventLogRoutes } from './routes/event-log.ts';
import { executeRoutes } from './routes/execute.ts';
import { executionRoutes } from './routes/executions.ts';
import { firstRunRoutes } from './routes/first-run.ts';
import { healthRoute } from './routes/health.ts';
import { type MetricsParts, metricsRoute } from './routes/metrics.ts';
import { profileRoutes } from './routes/profile.ts';
import { queueRoutes } from './routes/queue.ts';
import { savedObjectRoutes } from './routes/saved-objects.ts';
import { savedObjectImportRoutes } from './routes/saved-objects-import.ts';
import { securityRoutes } from './routes/security.ts';
import { addSessionRoutes } from './routes/session.ts';
import { type StatusParts, statusRoute } from './routes/status.ts';
import { addRoute, createServer, type ServerOptions, type ServerParts } from './server.ts';
import { addStaticRoutes } from './static.ts';
import { addTracing } from './tracing.ts';
import { addUploadRoutes } from './uploads.ts';

export type ApiParts = ServerParts &
  ConnectorRouteParts &
  Parameters<typeof executeRoutes>[0] &
  Parameters<typeof executionRoutes>[0] &
  Parameters<typeof queueRoutes>[0] &
  Parameters<typeof eventLogRoutes>[0] &
  Parameters<typeof healthRoute>[0] &
  MetricsParts &
  ConsoleParts &
  Parameters<typeof firstRunRoutes>[0] &
  Parameters<typeof securityRoutes>[0] &
  Parameters<typeof savedObjectRoutes>[0] &
  Parameters<typeof savedObjectImportRoutes>[0] &
  Parameters<typeof encryptionRoutes>[0] & {
    readonly options: ServerOptions;
    readonly tracing: Tracing;
    readonly status: StatusParts;
  };

/** The web server with every route; not yet listening. */
export function buildApi(parts: ApiParts): FastifyInstance {
  const server = createServer(parts.options, parts);
  addTracing(server, parts.tracing);
  const routes = [
    ...connectorRoutes(parts),
    ...executeRoutes(parts),
    ...connectorTypeRoutes(parts),
    ...queueRoutes(parts),
    ...executionRoutes(parts),
    ...eventLogRoutes(parts),
    healthRoute(parts),
    metricsRoute(parts),
    ...encryptionRoutes(parts),
    statusRoute(parts.status),
    ...savedObjectRoutes(parts),
  ];
  const uploads = savedObjectImportRoutes(parts);
  // The console's own: not documented, as they change with it.
  const internal = [
    ...consoleRoutes(parts),
    ...firstRunRoutes(parts),
    ...securityRoutes(parts),
    ...profileRoutes(parts),
  ];
  for (const route of [...routes, ...internal]) addRoute(server, route);
  addUploadRoutes(server, uploads);
  addSessionRoutes(server, { ...parts, isSecure: parts.options.isSecure });

  // Built when first asked for: it takes longer than starting should, and never changes.
  let document: string | undefined;
  server.get('/api/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(buildOpenApi([...routes, ...uploads], parts.registry));
    return reply.type('application/json; charset=utf-8').send(document);
  });

  addStaticRoutes(server);
  return server;
}
