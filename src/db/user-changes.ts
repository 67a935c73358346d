import { type Kysely, sql, type Transaction } from 'kysely';
import type { Schema } from './schema.ts';
import { assertStorable, canBeKey } from './text.ts';
import type { UserRow } from './users.ts';

/** What is left out stays. */
export interface UserChange {
  readonly passwordHash?: string;
  /** Hash of the token of a session that goes on, where a change ends the others. */
  readonly keptSession?: Buffer;
  readonly roles?: readonly string[];
  /** Null: none. */
  readonly fullName?: string | null;
  readonly email?: string | null;
}

/** Why nothing was changed. */
export type NotChanged = 'missing' | 'last_holder';

/** Changes that must leave somebody who may manage users. */
export interface UserChanges {
  /**
   * Changes a user. A new password or other roles end the sessions in the same transaction.
   *
   * @param kept a role that somebody must go on having
   */
  update(username: string, change: UserChange, kept: string): Promise<NotChanged | 'changed'>;
  /** Removes a user with sessions and API keys. */
  remove(username: string, kept: string): Promise<NotChanged | 'removed'>;
}

export function userChanges(db: Kysely<Schema>): UserChanges {
  /** Two who remove each other at once must not both be right; readers are not held up by this lock. */
  async function alone<T>(username: string, work: (trx: Transaction<Schema>, user: Found) => Promise<T>) {
    if (!canBeKey(username)) return 'missing' as const;
    return db.transaction().execute(async (trx) => {
      await sql`lock table patchbay.users in share row exclusive mode`.execute(trx);
      const user = await trx.selectFrom('users').select('roles').where('username', '=', username).executeTakeFirst();
      return user === undefined ? ('missing' as const) : work(trx, user);
    });
  }

  async function isLast(trx: Transaction<Schema>, username: string, user: Found, kept: string): Promise<boolean> {
    if (!user.roles.includes(kept)) return false;
    const other = await trx
      .selectFrom('users')
      .select('username')
      .where('username', '!=', username)
      .where(sql<boolean>`${kept} = any(roles)`)
      .limit(1)
      .executeTakeFirst();
    return other === undefined;
  }

  return {
    async update(username, { passwordHash, keptSession, roles, fullName, email }, kept) {
      if (fullName) assertStorable(fullName, 'The full name');
      if (email) assertStorable(email, 'The email address');
      return alone(username, async (trx, user) => {
        const losesRole = roles !== undefined && !roles.includes(kept);
        if (losesRole && (await isLast(trx, username, user, kept))) return 'last_holder' as const;
        await trx
          .updateTable('users')
          .set({
            ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
            ...(roles === undefined ? {} : { roles: [...roles] }),
            ...(fullName === undefined ? {} : { full_name: fullName }),
            ...(email === undefined ? {} : { email }),
            updated_at: sql`now()`,
          })
          .where('username', '=', username)
          .execute();
        const hasOtherRoles = roles !== undefined && roles.toSorted().join() !== user.roles.toSorted().join();
        if (passwordHash !== undefined || hasOtherRoles) {
          let ended = trx.deleteFrom('sessions').where('username', '=', username);
          if (keptSession !== undefined) ended = ended.where('token_hash', '!=', keptSession);
          await ended.execute();
        }
        return 'changed' as const;
      });
    },

    async remove(username, kept) {
      return alone(username, async (trx, user) => {
        if (await isLast(trx, username, user, kept)) return 'last_holder' as const;
        await trx.deleteFrom('users').where('username', '=', username).execute();
        return 'removed' as const;
      });
    },
  };
}

type Found = { readonly roles: UserRow['roles'] };
