import type { UserRows } from '../db/users.ts';
import { hashPassword, makePassword, verifyPassword } from './passwords.ts';

/** What making the first administrator asks of the database. */
export type AdminRows = Pick<UserRows, 'findUser' | 'insert' | 'insertFirst' | 'setPasswordHash'>;

/**
 * Sees to it that there is an administrator. With a password in the settings, the settings win at every start; without
 * one, a password is made when there is no user at all.
 *
 * @returns the password that was made, to be shown once; undefined if none was
 */
export async function ensureAdmin(
  rows: AdminRows,
  username: string,
  configuredPassword: string | undefined,
): Promise<string | undefined> {
  const existing = await rows.findUser(username);
  if (configuredPassword !== undefined) {
    if (existing === undefined) {
      await rows.insert({ username, passwordHash: await hashPassword(configuredPassword), roles: ['superuser'] });
    } else if (!(await verifyPassword(configuredPassword, existing.passwordHash))) {
      await rows.setPasswordHash(username, await hashPassword(configuredPassword));
    }
    return undefined;
  }
  if (existing !== undefined) return undefined;
  const password = makePassword();
  const made = await rows.insertFirst({ username, passwordHash: await hashPassword(password), roles: ['superuser'] });
  // Another administrator is there already, or another server on the same database was first and has shown its password.
  return made ? password : undefined;
}
