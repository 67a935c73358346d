import type { SessionRows } from '../db/sessions.ts';
import type { UserRows } from '../db/users.ts';
import { isPatchbayError } from '../errors.ts';
import { hashPassword, makePassword, verifyPassword } from './passwords.ts';

/** What seeing to the first administrator asks of the database. */
export interface AdminRows {
  readonly users: Pick<UserRows, 'findUser' | 'insert' | 'insertFirst' | 'setPasswordHash'>;
  readonly sessions: Pick<SessionRows, 'removeOfUser'>;
}

/** Gives the administrator the password of the settings, which win at every start. A new one ends his sessions. */
export async function setAdminPassword(rows: AdminRows, username: string, password: string): Promise<void> {
  const existing = await rows.users.findUser(username);
  if (existing === undefined) {
    try {
      await rows.users.insert({ username, passwordHash: await hashPassword(password), roles: ['superuser'] });
    } catch (error) {
      // Another server with the same settings starts at the same time and was faster.
      if (!isPatchbayError(error, 'conflict')) throw error;
    }
  } else if (!(await verifyPassword(password, existing.passwordHash))) {
    await rows.users.setPasswordHash(username, await hashPassword(password));
    await rows.sessions.removeOfUser(username);
  }
}

/**
 * Makes an administrator when there is no user at all and the settings name no password.
 *
 * @returns the password that was made, to be shown once; undefined if none was
 */
export async function makeFirstAdmin(rows: AdminRows, username: string): Promise<string | undefined> {
  if ((await rows.users.findUser(username)) !== undefined) return undefined;
  const password = makePassword();
  const passwordHash = await hashPassword(password);
  const made = await rows.users.insertFirst({ username, passwordHash, roles: ['superuser'] });
  // Another administrator is there already, or another server on the same database was first and has shown its password.
  return made ? password : undefined;
}
