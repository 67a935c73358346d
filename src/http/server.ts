import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Authenticator } from '../access/authenticate.ts';
import type { Principal } from '../access/authorise.ts';
import { readCookie, SESSION_COOKIE, type Sessions } from '../access/sessions.ts';
import { PatchbayError } from '../errors.ts';
import { KIBANA_VERSION } from '../version.ts';
import { errorBody, replyWithError } from './errors.ts';
import type { Route } from './route.ts';
import { validateRequestPart } from './validate-request.ts';

export interface ServerOptions {
  readonly name: string;
  readonly basePath?: string;
  readonly rewriteBasePath: boolean;
  /** Bytes. */
  readonly maxPayload: number;
  readonly xsrf: { readonly disableProtection: boolean; readonly allowlist: readonly string[] };
  /** PEM text. */
  readonly ssl?: { readonly cert: string; readonly key: string; readonly passphrase?: string };
}

export interface ServerParts {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly log: Logger;
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
}

const PUBLIC_API_VERSION = '2023-10-31';
const SPACE_PREFIX = /^\/s\/([a-z0-9_-]+)(?=\/)/;
const SPACE = Symbol('space');
type RequestInSpace = IncomingMessage & { [SPACE]?: string };

/**
 * The web server without any route. Checks run in Kibana's order: who calls, the XSRF header, the shape of path,
 * query and body; what the caller may do is checked by the handlers.
 */
export function createServer(options: ServerOptions, parts: ServerParts): FastifyInstance {
  const server = fastify({
    ...(options.ssl === undefined ? {} : { https: options.ssl }),
    loggerInstance: parts.log as Logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.maxPayload,
    // A body that trickles in must not hold a connection for ever.
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 8_192 },
    rewriteUrl: (request) => rewriteUrl(request, options),
    frameworkErrors: (error, request, reply) => {
      replyWithError(error, request, reply);
    },
  }) as unknown as FastifyInstance;

  server.decorateRequest('principal', null);
  addJsonParser(server);
  server.setErrorHandler(replyWithError);
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(404, 'Not Found')));

  server.addHook('onRequest', async (request, reply) => {
    reply.header('kbn-name', options.name);
    const config = request.routeOptions.config as RouteConfig;
    if (config.public !== true) {
      request.principal = await authenticate(request, parts);
      if (request.principal === null && config.public !== 'optional') {
        throw new PatchbayError('unauthorized', 'Unauthorized');
      }
    }
    assertXsrfHeader(request, options.xsrf);
  });
  return server;
}

/** `true`: nobody is asked who he is (sign-in page, static files); `optional`: credentials are checked if given. */
interface RouteConfig {
  public?: boolean | 'optional';
}

export function addRoute(server: FastifyInstance, route: Route, config: RouteConfig = {}): void {
  const success = Number(Object.keys(route.answers)[0]);
  server.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config,
    handler: async (request, reply) => {
      if (route.kibana) reply.header('elastic-api-version', PUBLIC_API_VERSION);
      const params = route.params === undefined ? {} : validateRequestPart('params', route.params, request.params);
      assertNoNul(params);
      const query = route.query === undefined ? {} : validateRequestPart('query', route.query, request.query);
      const body = route.body === undefined ? undefined : validateRequestPart('body', route.body, request.body ?? null);
      if (body !== undefined) route.checkBody?.(body);
      reply.code(success);
      const answer = await route.handler({
        principal: request.principal as Principal,
        spaceId: (request.raw as RequestInSpace)[SPACE] ?? 'default',
        params,
        query,
        body,
        reply,
      });
      return answer === undefined ? reply.send() : answer;
    },
  });
}

// No text in the database can hold one, so nothing has an id with one.
function assertNoNul(params: unknown): void {
  for (const [name, value] of Object.entries(params as Record<string, unknown>)) {
    if (typeof value === 'string' && value.includes('\0')) {
      throw new PatchbayError('bad_request', `[request params.${name}]: a NUL character is not allowed`);
    }
  }
}

async function authenticate(request: FastifyRequest, parts: ServerParts): Promise<Principal | null> {
  const header = request.headers.authorization;
  if (header !== undefined) return parts.authenticator.authenticateHeader(header);
  const token = readCookie(request.headers.cookie, SESSION_COOKIE);
  if (token === undefined) return null;
  return (await parts.sessions.authenticate(token)) ?? null;
}

function assertXsrfHeader(request: FastifyRequest, xsrf: ServerOptions['xsrf']): void {
  if (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS') return;
  // The operator writes a path as the documentation does: `/api/actions/connector/{id}`.
  const route = request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}') ?? '';
  if (xsrf.disableProtection || xsrf.allowlist.includes(route)) return;
  const version = request.headers['kbn-version'];
  if (version !== undefined && version !== KIBANA_VERSION) {
    throw new PatchbayError(
      'bad_request',
      `Browser client is out of date, please refresh the page ("kbn-version" header was "${version}" but should be "${KIBANA_VERSION}")`,
      { attributes: { expected: KIBANA_VERSION, got: version } },
    );
  }
  if (version === undefined && request.headers['kbn-xsrf'] === undefined) {
    throw new PatchbayError('bad_request', 'Request must contain a kbn-xsrf header.');
  }
}

// Clients such as `curl -X DELETE -H 'Content-Type: application/json'` announce JSON and send nothing: that is no body.
function addJsonParser(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    return parseJson(request, body as string, (error, value) => {
      if (error === null) return done(null, value);
      const key = /"(?:__proto__|\\u005f\\u005fproto__)"\s*:/i.test(body as string) ? '__proto__' : 'constructor.prototype';
      const isPollution = /forbidden prototype property/.test(error.message);
      done(isPollution ? new PatchbayError('bad_request', `[request body]: '${key}' is an invalid key`) : error);
    });
  });
}

/** Takes the base path (if this server is told to) and the space off the URL, so that each route exists once. */
function rewriteUrl(request: RequestInSpace, options: ServerOptions): string {
  let url = request.url ?? '/';
  if (options.rewriteBasePath && options.basePath !== undefined && url.startsWith(`${options.basePath}/`)) {
    url = url.slice(options.basePath.length);
  }
  const match = SPACE_PREFIX.exec(url);
  if (match === null) return url;
  request[SPACE] = match[1];
  return url.slice(match[0].length);
}
