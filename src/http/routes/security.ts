import { z } from 'zod';
import type { ApiKeyRow, ApiKeys } from '../../access/api-keys.ts';
import { type Principal, ROLE_NAMES, SUPERUSER } from '../../access/authorise.ts';
import type { User, Users } from '../../access/users.ts';
import { PatchbayError } from '../../errors.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { passwordField } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';

const roles = z.array(z.enum(ROLE_NAMES)).min(1).max(ROLE_NAMES.length);
const about = {
  full_name: z.string().max(255).nullable().optional(),
  email: z.string().max(255).nullable().optional(),
};
const newUser = z.strictObject({
  username: z
    .string()
    .min(1)
    .max(255)
    // RFC 7617, section 2: what is before the first colon is the name.
    .regex(/^[^\s:\p{Cc}](?:[^:\p{Cc}]*[^\s:\p{Cc}])?$/u, {
      error: 'a user name has no colon and no control character, and no blank at its ends',
    }),
  password: passwordField,
  roles,
  ...about,
});
const userUpdate = z.strictObject({ password: passwordField.optional(), roles: roles.optional(), ...about });
const userParams = z.strictObject({ username: z.string().min(1).max(1_000) });

const userAnswer = z.object({
  username: z.string(),
  full_name: z.string().nullable(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  managed_by_settings: z.boolean().describe('The settings decide the password, and that there is this user.'),
});

const newKey = z.strictObject({
  name: z.string().trim().min(1).max(255),
  roles: roles.optional().describe('Of those that you have; left out: the ones you have at the time of each call.'),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});
const keyParams = z.strictObject({ id: z.string().min(1).max(1_000) });

const keyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  username: z.string(),
  roles: z.array(z.string()).nullable().describe('Null: those of the user.'),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
  last_used_at: z.iso.datetime().nullable().describe('To the minute.'),
});

const notFound = { 404: { description: 'There is none with this name or id.', schema: errorAnswer } } as const;
const conflict = {
  409: { description: 'The name is taken, or nobody would be superuser any more.', schema: errorAnswer },
} as const;
const USERS = '/internal/security/users';
const KEYS = '/internal/security/api_keys';

/** Users and API keys. Only for people: a key that leaked must not be able to make others. */
export function securityRoutes({ users, apiKeys }: { users: Users; apiKeys: ApiKeys }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: USERS,
      summary: 'List the users',
      tag: 'server',
      answers: { 200: { description: 'By name.', schema: z.object({ users: z.array(userAnswer) }) }, ...refusals },
      handler: async ({ principal }) => {
        assertAdministrator(principal);
        return { users: (await users.list()).map(toUserAnswer) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: USERS,
      summary: 'Add a user',
      tag: 'server',
      body: newUser,
      answers: { 200: { description: 'The user.', schema: userAnswer }, ...refusals, ...conflict },
      handler: async ({ principal, body: { full_name: fullName, ...rest } }) => {
        assertAdministrator(principal);
        return toUserAnswer(await users.create({ ...rest, fullName }));
      },
    }),

    defineRoute({
      method: 'PUT',
      path: `${USERS}/{username}`,
      summary: 'Change a user',
      description: 'What is left out stays. A new password or other roles end the sessions of the user.',
      tag: 'server',
      params: userParams,
      body: userUpdate,
      answers: { 200: { description: 'The user.', schema: userAnswer }, ...refusals, ...notFound, ...conflict },
      handler: async ({ principal, params, body: { full_name: fullName, ...rest } }) => {
        assertAdministrator(principal);
        return toUserAnswer(await users.update(params.username, { ...rest, fullName }));
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: `${USERS}/{username}`,
      summary: 'Remove a user',
      tag: 'server',
      params: userParams,
      answers: { 204: { description: 'Removed, with sessions and API keys.' }, ...refusals, ...notFound, ...conflict },
      handler: async ({ principal, params }) => {
        assertAdministrator(principal);
        await users.remove(params.username);
      },
    }),

    defineRoute({
      method: 'GET',
      path: KEYS,
      summary: 'List API keys',
      tag: 'server',
      answers: {
        200: {
          description: 'Your own; for superusers, all. The newest first.',
          schema: z.object({ api_keys: z.array(keyAnswer) }),
        },
        ...refusals,
      },
      handler: async ({ principal }) => {
        assertPerson(principal);
        return { api_keys: (await apiKeys.list(principal)).map(toKeyAnswer) };
      },
    }),

    defineRoute({
      method: 'POST',
      path: KEYS,
      summary: 'Make an API key for yourself',
      tag: 'server',
      body: newKey,
      answers: {
        200: {
          description: 'The key; this answer is the only one with its secret half.',
          schema: keyAnswer.extend({
            api_key: z.string().describe('The secret half.'),
            encoded: z.string().describe('What follows `ApiKey ` in the header `Authorization`.'),
          }),
        },
        ...refusals,
        409: { description: 'You have as many as you can have.', schema: errorAnswer },
      },
      handler: async ({ principal, body: { expires_at, ...rest } }) => {
        assertPerson(principal);
        const expiresAt = expires_at === undefined ? undefined : new Date(expires_at);
        const { key, secret } = await apiKeys.create(principal, { ...rest, expiresAt });
        const encoded = Buffer.from(`${key.id}:${secret}`).toString('base64');
        return { ...toKeyAnswer(key), api_key: secret, encoded };
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: `${KEYS}/{id}`,
      summary: 'Remove an API key',
      tag: 'server',
      params: keyParams,
      answers: { 204: { description: 'Removed; it opens nothing from now on.' }, ...refusals, ...notFound },
      handler: async ({ principal, params }) => {
        assertPerson(principal);
        await apiKeys.remove(principal, params.id);
      },
    }),
  ];
}

function assertPerson({ authentication }: Principal): void {
  if (authentication !== 'api_key') return;
  const message = 'An API key cannot manage users and API keys. Sign in with a user name and a password.';
  throw new PatchbayError('forbidden', message);
}

function assertAdministrator(principal: Principal): void {
  assertPerson(principal);
  if (!principal.roles.includes(SUPERUSER)) {
    throw new PatchbayError('forbidden', 'Only a superuser can manage users.');
  }
}

function toUserAnswer(user: User): z.infer<typeof userAnswer> {
  return {
    username: user.username,
    full_name: user.fullName,
    email: user.email,
    roles: [...user.roles],
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
    managed_by_settings: user.isFromSettings,
  };
}

function toKeyAnswer(key: ApiKeyRow): z.infer<typeof keyAnswer> {
  return {
    id: key.id,
    name: key.name,
    username: key.username,
    roles: key.roles === null ? null : [...key.roles],
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}
