import { z } from 'zod';
import type { Authenticator } from '../../access/authenticate.ts';
import type { Principal } from '../../access/authorise.ts';
import { readCookie, SESSION_COOKIE } from '../../access/sessions.ts';
import type { Users } from '../../access/users.ts';
import { isPatchbayError, PatchbayError } from '../../errors.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { passwordField } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';

const passwords = z.strictObject({
  current_password: z.string().max(1_000),
  new_password: passwordField,
});

const profileAnswer = z.object({
  username: z.string(),
  full_name: z.string().nullable(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  managed_by_settings: z.boolean().describe('The settings decide the password.'),
});

/** What everybody may know and change of themselves. */
export function profileRoutes({ users, authenticator }: { users: Users; authenticator: Authenticator }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/internal/session/profile',
      summary: 'Say who is signed in',
      tag: 'server',
      answers: { 200: { description: 'The user.', schema: profileAnswer }, ...refusals },
      handler: async ({ principal }) => {
        assertPerson(principal);
        const user = await users.get(principal.username);
        return {
          username: user.username,
          full_name: user.fullName,
          email: user.email,
          roles: [...user.roles],
          managed_by_settings: user.isFromSettings,
        };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/internal/session/password',
      summary: 'Change your own password',
      description: 'The session that this is called with goes on; all others end.',
      tag: 'server',
      body: passwords,
      headers: z.object({ cookie: z.string().optional() }),
      answers: {
        204: { description: 'It is the only right one from now on.' },
        ...refusals,
        429: { description: 'Too many wrong ones; wait and try again.', schema: errorAnswer },
      },
      handler: async ({ principal, body, headers }) => {
        assertPerson(principal);
        await confirm(authenticator, principal, body.current_password);
        if (body.new_password === body.current_password) {
          throw new PatchbayError('bad_request', '[request body.new_password]: it is the present one. Choose another.');
        }
        await users.changePassword(principal.username, body.new_password, readCookie(headers.cookie, SESSION_COOKIE));
      },
    }),
  ];
}

/** A key that leaked must not be able to lock its owner out. */
function assertPerson({ authentication }: Principal): void {
  if (authentication !== 'api_key') return;
  const message = 'An API key has no password and no profile. Sign in with a user name and a password.';
  throw new PatchbayError('forbidden', message);
}

/** Asks again, as signing in does, limits included: whoever finds a console open must not be able to keep it. */
async function confirm(authenticator: Authenticator, { username }: Principal, password: string): Promise<void> {
  try {
    await authenticator.authenticatePassword(username, password);
  } catch (error) {
    if (!isPatchbayError(error, 'unauthorized')) throw error;
    // Not 401: the caller is signed in, and stays so.
    const message = 'The current password is wrong. Nothing was changed. Check it and try again.';
    throw new PatchbayError('forbidden', message, { cause: error });
  }
}
