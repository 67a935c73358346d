import type { IncomingMessage } from 'node:http';
import fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
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
  /** Browsers reach this server over https, directly or through a proxy that says so in `server.publicBaseUrl`. */
  readonly isSecure: boolean;
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
    // A logger of its own for every request costs more than all the lines that one in a thousand of them writes.
    childLoggerFactory: (logger) => logger,
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

  server.addHook('onRequest', (request, reply, done) => {
    reply.header('kbn-name', options.name);
    reply.header('x-content-type-options', 'nosniff');
    const isPublic = (request.routeOptions.config as RouteConfig).public;
    const admit = (principal: Principal | null) => {
      request.principal = principal;
      if (principal === null && !isPublic) throw new PatchbayError('unauthorized', 'Unauthorized');
      assertXsrfHeader(request, options.xsrf);
    };
    // Callbacks, not promises: nearly every request brings credentials that were checked a moment ago.
    const header = request.headers.authorization;
    const known = isPublic === true || header === undefined ? undefined : parts.authenticator.recall(header);
    if (isPublic !== true && known === undefined) {
      authenticate(request, parts)
        .then(admit)
        .then(() => done(), done);
      return;
    }
    try {
      admit(known ?? null);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
  return server;
}

/** `true`: nobody is asked who he is (sign-in page, static files); `optional`: credentials are checked if given. */
interface RouteConfig {
  public?: boolean | 'optional';
}

/** Kibana refuses what it does not know in queries as it does in bodies. */
const NO_QUERY = z.strictObject({});

export function addRoute(server: FastifyInstance, route: Route): void {
  const config: RouteConfig = route.isOpen ? { public: 'optional' } : {};
  const success = Number(Object.keys(route.answers)[0]);
  const contentType = route.answers[success]?.contentType;
  server.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config,
    handler: async (request, reply) => {
      if (route.kibana) reply.header('elastic-api-version', PUBLIC_API_VERSION);
      const params = route.params === undefined ? {} : validateRequestPart('params', route.params, request.params);
      assertNoNul(params);
      const query = validateRequestPart('query', route.query ?? NO_QUERY, request.query);
      const headers = route.headers === undefined ? {} : validateRequestPart('headers', route.headers, request.headers);
      const body = readBody(route, request.body ?? null);
      if (body !== undefined) route.checkBody?.(body);
      reply.code(success);
      const answer = await route.handler({
        principal: request.principal as Principal,
        spaceId: (request.raw as RequestInSpace)[SPACE] ?? 'default',
        params,
        query,
        body,
        headers,
        reply,
      });
      // Not earlier: what a handler throws is answered as JSON.
      if (contentType !== undefined) reply.type(contentType);
      return answer === undefined ? reply.send() : answer;
    },
  });
}

function readBody(route: Route, body: unknown): unknown {
  if (route.readBody !== undefined) return route.readBody(body);
  return route.body === undefined ? undefined : validateRequestPart('body', route.body, body);
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
// Keys such as `__proto__` are left to the check of the request's parts, which says where they stand.
function addJsonParser(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    // RFC 8259 section 8.1 lets a parser overlook a byte order mark; some editors of Windows write one.
    const text = (body as string).replace(/^\uFEFF/, '');
    if (text.length === 0) return done(null, undefined);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return done(new PatchbayError('bad_request', 'Invalid request payload JSON format'));
    }
    done(null, value);
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
