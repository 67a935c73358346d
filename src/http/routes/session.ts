import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Authenticator } from '../../access/authenticate.ts';
import { readCookie, SESSION_COOKIE, SESSION_SECONDS, type Sessions } from '../../access/sessions.ts';
import { validateRequestPart } from '../validate-request.ts';

const signInBody = z.strictObject({ username: z.string().min(1).max(1_000), password: z.string().max(1_000) });

/** Signing in and out of the console. Not part of the public API: programs send credentials with each request. */
export function addSessionRoutes(
  server: FastifyInstance,
  { authenticator, sessions, isSecure }: { authenticator: Authenticator; sessions: Sessions; isSecure: boolean },
): void {
  const setCookie = (reply: FastifyReply, value: string, maxAge: number) =>
    // Strict: the cookie never comes along with a request that another site caused.
    reply.header(
      'set-cookie',
      `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`,
    );

  server.post('/internal/session', { config: { public: true }, bodyLimit: 8_192 }, async (request, reply) => {
    const { username, password } = validateRequestPart('body', signInBody, request.body ?? null);
    const principal = await authenticator.authenticatePassword(username, password);
    setCookie(reply, await sessions.open(principal.username), SESSION_SECONDS);
    return { username: principal.username, roles: principal.roles };
  });

  server.get('/internal/session', (request) => {
    const { username, roles } = request.principal!;
    return { username, roles };
  });

  server.delete('/internal/session', { config: { public: true } }, async (request, reply) => {
    const token = readCookie(request.headers.cookie, SESSION_COOKIE);
    if (token !== undefined) await sessions.close(token);
    setCookie(reply, '', 0);
    return reply.code(204).send();
  });
}
