import { type Kysely, sql } from 'kysely';
import { PatchbayError } from '../errors.ts';
import { isUniqueViolation } from './errors.ts';
import type { Schema } from './schema.ts';
import { assertKey, canBeKey } from './text.ts';

/** A user as stored. */
export interface UserRow {
  readonly username: string;
  /** As `access/` made it; never the password. */
  readonly passwordHash: string;
  readonly roles: readonly string[];
  readonly fullName: string | null;
  readonly email: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewUserRow = Pick<UserRow, 'username' | 'passwordHash' | 'roles'> &
  Partial<Pick<UserRow, 'fullName' | 'email'>>;

export interface UserRows {
  findUser(username: string): Promise<UserRow | undefined>;
  /** @throws {PatchbayError} `conflict` when the name is taken; `bad_request` when it cannot be stored */
  insert(user: NewUserRow): Promise<UserRow>;
  /** Inserts the first user of an empty table. False when there is one already, also if another node was faster. */
  insertFirst(user: NewUserRow): Promise<boolean>;
  /** False when there is no such user. */
  setPasswordHash(username: string, passwordHash: string): Promise<boolean>;
  list(): Promise<UserRow[]>;
  /** Removes the sessions as well. False when there is no such user. */
  remove(username: string): Promise<boolean>;
}

const COLUMNS = [
  'username',
  'password_hash as passwordHash',
  'roles',
  'full_name as fullName',
  'email',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;

export function userRows(db: Kysely<Schema>): UserRows {
  return {
    async findUser(username) {
      if (!canBeKey(username)) return undefined;
      return db.selectFrom('users').select(COLUMNS).where('username', '=', username).executeTakeFirst();
    },

    async insert(user) {
      try {
        return await db.insertInto('users').values(columnsOf(user)).returning(COLUMNS).executeTakeFirstOrThrow();
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new PatchbayError('conflict', `A user named "${user.username}" exists already. Choose another name.`, {
          cause: error,
        });
      }
    },

    async insertFirst(user) {
      const values = columnsOf(user);
      return db.transaction().execute(async (transaction) => {
        // Two nodes may start on an empty database at once; readers are not held up by this lock.
        await sql`lock table patchbay.users in share row exclusive mode`.execute(transaction);
        const existing = await transaction.selectFrom('users').select('username').limit(1).executeTakeFirst();
        if (existing !== undefined) return false;
        await transaction.insertInto('users').values(values).execute();
        return true;
      });
    },

    async setPasswordHash(username, passwordHash) {
      if (!canBeKey(username)) return false;
      const result = await db
        .updateTable('users')
        .set({ password_hash: passwordHash, updated_at: sql`now()` })
        .where('username', '=', username)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    list: () => db.selectFrom('users').select(COLUMNS).orderBy('username').execute(),

    async remove(username) {
      if (!canBeKey(username)) return false;
      const result = await db.deleteFrom('users').where('username', '=', username).executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

function columnsOf(user: NewUserRow) {
  assertKey(user.username, 'The user name');
  return {
    username: user.username,
    password_hash: user.passwordHash,
    roles: [...user.roles],
    full_name: user.fullName ?? null,
    email: user.email ?? null,
  };
}
