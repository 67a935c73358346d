import { type Kysely, type SqlBool, sql } from 'kysely';
import { PatchbayError } from '../errors.ts';
import type { Schema } from './schema.ts';
import { assertKey, assertStorable, canBeKey } from './text.ts';

/** The channel that hears, from whichever node, of changed and removed users and of removed keys; see migration 4. */
export const ACCOUNTS_CHANNEL = 'patchbay_accounts';

/** A key as lists show it. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  /** Null: those of the user. */
  readonly roles: readonly string[] | null;
  readonly createdAt: Date;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export type NewApiKeyRow = Pick<ApiKeyRow, 'id' | 'name' | 'username' | 'roles' | 'expiresAt'> & {
  readonly secretHash: Buffer;
};

/** What signing in with a key needs. */
export interface ApiKeyHolder extends Pick<ApiKeyRow, 'username' | 'roles' | 'expiresAt'> {
  readonly secretHash: Buffer;
  /** Those that the user has now. */
  readonly userRoles: readonly string[];
}

/** Queries on API keys. A key goes with its user. Times are the caller's, so that one clock decides. */
export interface ApiKeyRows {
  /**
   * @param limit keys that one user may have
   * @throws {PatchbayError} `conflict` when the user has as many already; `bad_request` for text that cannot be stored
   */
  insert(key: NewApiKeyRow, limit: number): Promise<ApiKeyRow>;
  findHolder(id: string): Promise<ApiKeyHolder | undefined>;
  noteUse(id: string, at: Date): Promise<void>;
  /** Newest first; of one user, or all. */
  list(username?: string): Promise<ApiKeyRow[]>;
  /** False when there is no such key, or it is another user's than the one given. */
  remove(id: string, username?: string): Promise<boolean>;
}

const COLUMNS = [
  'id',
  'name',
  'username',
  'roles',
  'created_at as createdAt',
  'expires_at as expiresAt',
  'last_used_at as lastUsedAt',
] as const;

export function apiKeyRows(db: Kysely<Schema>): ApiKeyRows {
  return {
    async insert({ id, name, username, roles, expiresAt, secretHash }, limit) {
      assertStorable(name, 'The name of the API key');
      assertKey(username, 'The user name');
      return db.transaction().execute(async (transaction) => {
        // The user's row, so that two keys at once are counted one after the other.
        const owner = await transaction
          .selectFrom('users')
          .select('username')
          .where('username', '=', username)
          .forUpdate()
          .executeTakeFirst();
        const { count } = await transaction
          .selectFrom('api_keys')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .where('username', '=', username)
          .executeTakeFirstOrThrow();
        if (owner === undefined) throw new PatchbayError('conflict', `The user "${username}" was removed just now.`);
        if (count >= limit) {
          throw new PatchbayError('conflict', `You have ${count} API keys, which is the most. Remove one first.`);
        }
        return transaction
          .insertInto('api_keys')
          .values({
            id,
            name,
            username,
            roles: roles === null ? null : [...roles],
            expires_at: expiresAt,
            secret_hash: secretHash,
          })
          .returning(COLUMNS)
          .executeTakeFirstOrThrow();
      });
    },

    async findHolder(id) {
      if (!canBeKey(id)) return undefined;
      return db
        .selectFrom('api_keys')
        .innerJoin('users', 'users.username', 'api_keys.username')
        .select([
          'api_keys.username',
          'api_keys.roles',
          'users.roles as userRoles',
          'secret_hash as secretHash',
          'expires_at as expiresAt',
        ])
        .where('id', '=', id)
        .executeTakeFirst();
    },

    async noteUse(id, at) {
      await db.updateTable('api_keys').set({ last_used_at: at }).where('id', '=', id).execute();
    },

    async list(username) {
      if (username !== undefined && !canBeKey(username)) return [];
      return db
        .selectFrom('api_keys')
        .select(COLUMNS)
        .where(username === undefined ? sql<SqlBool>`true` : sql<SqlBool>`username = ${username}`)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .execute();
    },

    async remove(id, username) {
      if (!canBeKey(id) || (username !== undefined && !canBeKey(username))) return false;
      const result = await db
        .deleteFrom('api_keys')
        .where('id', '=', id)
        .$if(username !== undefined, (query) => query.where('username', '=', username!))
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}
