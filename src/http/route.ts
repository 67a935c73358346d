import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import type { Principal } from '../access/authorise.ts';

/** What a handler gets: everything checked, nothing of the web framework but the reply for headers and status. */
export interface RequestContext<P, Q, B, H = unknown> {
  /** Null only where the route {@link Route.isOpen}, for callers without credentials. */
  readonly principal: Principal;
  /** `default` without a `/s/{space}` prefix. */
  readonly spaceId: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: H;
  readonly reply: FastifyReply;
}

/**
 * One call of the HTTP API: the schemas that check it are the ones that document it (see `openapi.ts`).
 * `P`, `Q`, `B`, `H`: path parameters, query, body and headers as their schemas return them.
 */
export interface Route<P = unknown, Q = unknown, B = unknown, H = unknown> {
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
  /** An object of those headers that the handler reads, by lower-case name; the others are left alone. */
  readonly headers?: z.ZodType<H>;
  /** Documents a body of `multipart/form-data` in the place of {@link Route.body}: its fields. See `addUploadRoutes`. */
  readonly form?: z.ZodType;
  /** Reads the body instead of {@link Route.body}, which then only documents: for lists whose items are judged one by one. */
  readonly readBody?: (body: unknown) => B;
  /** Checks of the whole body that come with its schema, before authorisation; throws `bad_request`. */
  readonly checkBody?: (body: B) => void;
  /** What is answered, by status; the first one is the success. `undefined`: no body. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  handler(request: RequestContext<P, Q, B, H>): Promise<unknown> | unknown;
}

/** One kind of answer. */
export interface RouteAnswer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Of an answer that is not JSON: its handler returns a string, a Buffer or a stream, which is sent as it is. */
  readonly contentType?: string;
  /** Headers that the handler sets, by name, with what they say. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Infers the types of a route from its schemas. */
export function defineRoute<P, Q, B, H>(route: Route<P, Q, B, H>): Route {
  return route as Route;
}
