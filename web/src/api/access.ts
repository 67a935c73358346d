import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client.ts';

/** Somebody who may sign in. */
export interface User {
  readonly username: string;
  readonly full_name: string | null;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
  /** The settings decide the password, and that there is this user. */
  readonly managed_by_settings: boolean;
}

/** What can be set of a user; a password that is left out stays. */
export interface UserInput {
  readonly full_name: string | null;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly password?: string;
}

/** A key for programs, without its secret half. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  /** Null: those of its user. */
  readonly roles: readonly string[] | null;
  readonly created_at: string;
  /** Null: never. */
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}

export interface ApiKeyInput {
  readonly name: string;
  readonly roles?: readonly string[];
  readonly expires_at?: string;
}

/** The one answer that holds the secret half; `encoded` follows `ApiKey ` in the header. */
export interface NewApiKey extends ApiKey {
  readonly encoded: string;
}

const USERS = 'internal/security/users';
const KEYS = 'internal/security/api_keys';

export const usersQuery = queryOptions({
  queryKey: ['access', 'users'],
  queryFn: ({ signal }) => call<{ users: User[] }>(USERS, { signal }).then(({ users }) => users),
});

export const apiKeysQuery = queryOptions({
  queryKey: ['access', 'api-keys'],
  queryFn: ({ signal }) => call<{ api_keys: ApiKey[] }>(KEYS, { signal }).then(({ api_keys }) => api_keys),
});

/** A mutation after which users and keys are read anew. */
function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Not waited for: what the caller does next must not depend on reading the lists again.
    onSettled: () => void client.invalidateQueries({ queryKey: ['access'] }),
  });
}

const userPath = (username: string) => `${USERS}/${encodeURIComponent(username)}`;

export const useAddUser = () =>
  useChange((user: UserInput & { readonly username: string }) => call<User>(USERS, { method: 'POST', body: user }));

export const useChangeUser = (username: string) =>
  useChange((user: UserInput) => call<User>(userPath(username), { method: 'PUT', body: user }));

export const useRemoveUser = () =>
  useChange((username: string) => call<void>(userPath(username), { method: 'DELETE' }));

export const useMakeApiKey = () =>
  useChange((key: ApiKeyInput) => call<NewApiKey>(KEYS, { method: 'POST', body: key }));

export const useRemoveApiKey = () =>
  useChange((id: string) => call<void>(`${KEYS}/${encodeURIComponent(id)}`, { method: 'DELETE' }));
