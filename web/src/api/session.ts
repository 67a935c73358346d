import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { call } from './client.ts';

/** Who is signed in. */
export interface Session {
  readonly username: string;
  readonly roles: readonly string[];
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call<Session>('internal/session', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What somebody may know of themselves. */
export interface Profile extends Session {
  readonly full_name: string | null;
  readonly email: string | null;
  /** The settings decide the password. */
  readonly managed_by_settings: boolean;
}

export const profileQuery = queryOptions({
  queryKey: ['session', 'profile'],
  queryFn: ({ signal }) => call<Profile>('internal/session/profile', { signal }),
});

/** Refused with 403 where the current password is wrong. Ends all sessions but this one. */
export function changePassword(passwords: {
  readonly current_password: string;
  readonly new_password: string;
}): Promise<void> {
  return call('internal/session/password', { method: 'POST', body: passwords });
}

export function signIn(username: string, password: string): Promise<Session> {
  return call('internal/session', { method: 'POST', body: { username, password } });
}

export function signOut(): Promise<void> {
  return call('internal/session', { method: 'DELETE' });
}

/** Who is signed in; only below the shell, which waits for it. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** What a person may do with connectors, in the server's words. */
export type Operation = 'create' | 'get' | 'update' | 'delete' | 'execute';

const READ: readonly Operation[] = ['get', 'execute'];
const ALL: readonly Operation[] = ['create', 'get', 'update', 'delete', 'execute'];

/** What each role allows, as the server does it; unknown roles allow nothing. */
export const ROLES: Readonly<Record<string, readonly Operation[]>> = {
  superuser: ALL,
  actions_all: ALL,
  actions_read: READ,
};

/** Whether the person may do it: for leaving out what would be refused. The server decides. */
export function useMay(operation: Operation): boolean {
  return useSession().roles.some((role) => Object.hasOwn(ROLES, role) && ROLES[role]!.includes(operation));
}
