import { PatchbayError } from '../errors.ts';

/** Who calls: what authentication found out, and all that authorisation looks at. */
export interface Principal {
  readonly username: string;
  readonly roles: readonly string[];
  readonly authentication: 'basic' | 'session' | 'api_key';
}

/** The server itself, where nobody asked it to. */
export const SYSTEM: Principal = { username: 'system', roles: ['superuser'], authentication: 'basic' };

/** What a caller may be allowed to do with connectors; Kibana's words, which its refusals repeat. */
export type Operation = 'create' | 'get' | 'update' | 'delete' | 'execute';

const ALL: ReadonlySet<Operation> = new Set(['create', 'get', 'update', 'delete', 'execute']);

/**
 * What each built-in role allows. The two `actions_*` roles are the levels of Kibana's feature "Actions and
 * Connectors"; who may read may also run, as there.
 */
const ROLES: Readonly<Record<string, ReadonlySet<Operation>>> = {
  superuser: ALL,
  actions_all: ALL,
  actions_read: new Set(['get', 'execute']),
};

/** Who may manage users and what belongs to the whole server. */
export const SUPERUSER = 'superuser';
export const ROLE_NAMES = ['superuser', 'actions_all', 'actions_read'] as const satisfies (keyof typeof ROLES)[];

/** Whether who has the roles `held` may do all that `role` allows, and so may hand it on. */
export function covers(held: readonly string[], role: string): boolean {
  if (held.includes(role) || held.includes(SUPERUSER)) return true;
  return role === 'actions_read' && held.includes('actions_all');
}

/** Whether one of the caller's roles allows the operation; unknown roles allow nothing. */
export function may(principal: Principal, operation: Operation): boolean {
  return principal.roles.some((role) => Object.hasOwn(ROLES, role) && ROLES[role]!.has(operation));
}

/**
 * The one gate in front of every operation on connectors.
 *
 * @param typeId named in the refusal, where Kibana names it (create, and execute of a connector that exists)
 * @throws {PatchbayError} `forbidden` in Kibana's words
 */
export function authorise(principal: Principal, operation: Operation, typeId?: string): void {
  if (may(principal, operation)) return;
  throw new PatchbayError(
    'forbidden',
    typeId === undefined ? `Unauthorized to ${operation} actions` : `Unauthorized to ${operation} a "${typeId}" action`,
  );
}
