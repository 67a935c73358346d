import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Principal } from '../access/authorise.ts';

/** What a handler gets: everything checked, nothing of the web framework but the reply for headers and status. */
export interface RequestContext<P, Q, B> {
  /** Null only where the route {@link Route.isOpen}, for callers without credentials. */
  readonly principal: Principal;
  /** `default` without a `/s/{space}` prefix. */
  readonly spaceId: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: FastifyReply;
}

/**
 * One call of the HTTP API: the schemas that check it are the ones that document it (see `openapi.ts`).
 * `P`, `Q`, `B`: path parameters, query and body as their schemas return them.
 */
export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in OpenAPI: `/api/actions/connector/{id}`. Also served below `/s/{space}`. */
  readonly path: string;
  /** A verb phrase; the operation's title in the API reference. */
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'connectors' | 'executions' | 'connector types' | 'server';
  /** Kibana has this call too: answers carry its `elastic-api-version`. */
  readonly kibana?: boolean;
  /** Answers callers without credentials, too; `principal` is null for them. Wrong credentials are refused all the same. */
  readonly isOpen?: boolean;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Checks of the whole body that come with its schema, before authorisation; throws `bad_request`. */
  readonly checkBody?: (body: B) => void;
  /** What is answered, by status; the first one is the success. `undefined`: no body. */
  readonly answers: Readonly<Record<number, { description: string; schema?: z.ZodType }>>;
  handler(request: RequestContext<P, Q, B>): Promise<unknown> | unknown;
}

/** Infers the types of a route from its schemas. */
export function defineRoute<P, Q, B>(route: Route<P, Q, B>): Route {
  return route as Route;
}
