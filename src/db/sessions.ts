import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Sessions of the console, by the hash of their token. Times are the caller's, so that one clock decides. */
export interface SessionRows {
  create(tokenHash: Buffer, username: string, expiresAt: Date): Promise<void>;
  /** Undefined when there is none, or it has expired. Roles are the user's of now. */
  find(tokenHash: Buffer, now: Date): Promise<{ username: string; roles: readonly string[] } | undefined>;
  remove(tokenHash: Buffer): Promise<void>;
  removeExpired(now: Date): Promise<void>;
  /** After a change of password, say. */
  removeOfUser(username: string): Promise<void>;
}

/** A write for each click would be one too many: the last use is noted once in this time. */
const SEEN_EVERY_MS = 60_000;

export function sessionRows(db: Kysely<Schema>): SessionRows {
  return {
    async create(tokenHash, username, expiresAt) {
      await db.insertInto('sessions').values({ token_hash: tokenHash, username, expires_at: expiresAt }).execute();
    },

    async find(tokenHash, now) {
      const session = await db
        .selectFrom('sessions')
        .innerJoin('users', 'users.username', 'sessions.username')
        .select(['users.username', 'users.roles', 'sessions.last_seen_at'])
        .where('token_hash', '=', tokenHash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      if (session === undefined) return undefined;
      if (now.getTime() - session.last_seen_at.getTime() > SEEN_EVERY_MS) {
        await db.updateTable('sessions').set({ last_seen_at: now }).where('token_hash', '=', tokenHash).execute();
      }
      return { username: session.username, roles: session.roles };
    },

    async remove(tokenHash) {
      await db.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
    },

    async removeExpired(now) {
      await db.deleteFrom('sessions').where('expires_at', '<=', now).execute();
    },

    async removeOfUser(username) {
      await db.deleteFrom('sessions').where('username', '=', username).execute();
    },
  };
}
