import type { FastifyInstance } from 'fastify';
import { buildOpenApi } from './openapi.ts';
import { connectorTypeRoutes } from './routes/connector-types.ts';
import { type ConnectorRouteParts, connectorRoutes } from './routes/connectors.ts';
import { encryptionRoutes } from './routes/encryption.ts';
import { executeRoutes } from './routes/execute.ts';
import { executionRoutes } from './routes/executions.ts';
import { addSessionRoutes } from './routes/session.ts';
import { type StatusParts, statusRoute } from './routes/status.ts';
import { addRoute, createServer, type ServerOptions, type ServerParts } from './server.ts';
import { addStaticRoutes } from './static.ts';

export type ApiParts = ServerParts &
  ConnectorRouteParts &
  Parameters<typeof executeRoutes>[0] &
  Parameters<typeof executionRoutes>[0] &
  Parameters<typeof encryptionRoutes>[0] & {
    readonly options: ServerOptions;
    readonly status: StatusParts;
  };

/** The web server with every route; not yet listening. */
export function buildApi(parts: ApiParts): FastifyInstance {
  const server = createServer(parts.options, parts);
  const routes = [
    ...connectorRoutes(parts),
    ...executeRoutes(parts),
    ...connectorTypeRoutes(parts),
    ...executionRoutes(parts),
    ...encryptionRoutes(parts),
    statusRoute(parts.status),
  ];
  for (const route of routes) addRoute(server, route);
  addSessionRoutes(server, { ...parts, isSecure: parts.options.isSecure });

  // Built when first asked for: it takes longer than starting should, and never changes.
  let document: string | undefined;
  server.get('/api/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(buildOpenApi(routes, parts.registry));
    return reply.type('application/json; charset=utf-8').send(document);
  });

  addStaticRoutes(server);
  return server;
}
