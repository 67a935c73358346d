import type { NotChanged, UserChanges } from '../db/user-changes.ts';
import type { UserRow, UserRows } from '../db/users.ts';
import { PatchbayError } from '../errors.ts';
import { SUPERUSER } from './authorise.ts';
import { hashPassword } from './passwords.ts';
import { hashOfToken } from './sessions.ts';

/** A user as administrators see them. */
export interface User extends Omit<UserRow, 'passwordHash'> {
  /** The settings name this user and the password, and win at every start. */
  readonly isFromSettings: boolean;
}

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
  readonly fullName?: string | null;
  readonly email?: string | null;
}

export type UserUpdate = Partial<Omit<NewUser, 'username'>>;

/** The people who may sign in. */
export interface Users {
  /** By name. */
  list(): Promise<User[]>;
  /** @throws {PatchbayError} `not_found` */
  get(username: string): Promise<User>;
  /** @throws {PatchbayError} `conflict` when the name is taken */
  create(user: NewUser): Promise<User>;
  /**
   * Changes what is given. A new password or other roles end the user's sessions.
   *
   * @throws {PatchbayError} `not_found`; `conflict` when nobody would be superuser any more; `bad_request` for a password that
   * the settings decide
   */
  update(username: string, update: UserUpdate): Promise<User>;
  /**
   * Gives a user a password of the user's own choice, and ends the sessions but the one of `token`. Whoever calls this has
   * made sure who asks.
   *
   * @throws {PatchbayError} like {@link update}
   */
  changePassword(username: string, password: string, token?: string): Promise<void>;
  /** With sessions and API keys. @throws {PatchbayError} like {@link update} */
  remove(username: string): Promise<void>;
}

export interface UsersParts {
  readonly rows: Pick<UserRows, 'findUser' | 'insert' | 'list'>;
  readonly changes: UserChanges;
  /** See `Authenticator.forget`. */
  readonly forget: () => void;
  /** The administrator whose password the settings name, if they do. */
  readonly nameFromSettings?: string;
}

export function createUsers({ rows, changes, forget, nameFromSettings }: UsersParts): Users {
  const toUser = ({ passwordHash: _, ...user }: UserRow): User => ({
    ...user,
    isFromSettings: user.username === nameFromSettings,
  });

  function assertOurs(username: string, what: string): void {
    if (username !== nameFromSettings) return;
    throw new PatchbayError(
      'bad_request',
      `${what} "${username}" is decided by patchbay.admin.username and patchbay.admin.password. Change the settings and start again.`,
    );
  }

  async function get(username: string): Promise<User> {
    const user = await rows.findUser(username);
    if (user === undefined) throw notFound(username);
    return toUser(user);
  }

  return {
    list: async () => (await rows.list()).map(toUser),
    get,

    async create({ username, password, roles, fullName, email }) {
      const passwordHash = await hashPassword(password);
      return toUser(await rows.insert({ username, passwordHash, roles, fullName, email }));
    },

    async update(username, { password, ...change }) {
      if (password !== undefined) assertOurs(username, 'The password of');
      const passwordHash = password === undefined ? undefined : await hashPassword(password);
      assertDone(username, await changes.update(username, { ...change, passwordHash }, SUPERUSER));
      forget();
      return get(username);
    },

    async changePassword(username, password, token) {
      assertOurs(username, 'The password of');
      const passwordHash = await hashPassword(password);
      const keptSession = token === undefined ? undefined : hashOfToken(token);
      assertDone(username, await changes.update(username, { passwordHash, keptSession }, SUPERUSER));
      forget();
    },

    async remove(username) {
      assertOurs(username, 'That there is a user');
      assertDone(username, await changes.remove(username, SUPERUSER));
      forget();
    },
  };
}

function assertDone(username: string, outcome: NotChanged | 'changed' | 'removed'): void {
  if (outcome === 'missing') throw notFound(username);
  if (outcome !== 'last_holder') return;
  throw new PatchbayError(
    'conflict',
    `"${username}" is the only superuser, so nobody could manage users any more. Make somebody else superuser first.`,
  );
}

function notFound(username: string): PatchbayError {
  return new PatchbayError('not_found', `There is no user named "${username.slice(0, 100)}".`);
}
