import { randomBytes } from 'node:crypto';
import type { ApiKeyRow, ApiKeyRows } from '../db/api-keys.ts';
import { PatchbayError } from '../errors.ts';
import { hashOfKey } from './authenticate.ts';
import { covers, type Principal, SUPERUSER } from './authorise.ts';

export type { ApiKeyRow } from '../db/api-keys.ts';

export interface NewApiKey {
  /** What people call it. */
  readonly name: string;
  /** Left out: those that its user has at the time of each call. */
  readonly roles?: readonly string[];
  /** Left out: never. */
  readonly expiresAt?: Date;
}

/** Keys for programs, each on behalf of the user who made it. Superusers see and remove those of everybody. */
export interface ApiKeys {
  /**
   * @returns the key, whose secret half exists nowhere else
   * @throws {PatchbayError} `forbidden` for roles that the caller has not; `bad_request` when it would have expired already;
   * `conflict` when he has {@link KEYS_MAX} keys
   */
  create(principal: Principal, key: NewApiKey): Promise<{ readonly key: ApiKeyRow; readonly secret: string }>;
  list(principal: Principal): Promise<ApiKeyRow[]>;
  /** @throws {PatchbayError} `not_found`, also for another user's */
  remove(principal: Principal, id: string): Promise<void>;
}

/** More than anybody keeps track of. */
const KEYS_MAX = 100;

/** @param forget see `Authenticator.forget` */
export function createApiKeys(rows: ApiKeyRows, forget: () => void): ApiKeys {
  const ownerFilter = ({ roles, username }: Principal) => (roles.includes(SUPERUSER) ? undefined : username);

  return {
    async create(principal, { name, roles, expiresAt }) {
      const missing = roles?.find((role) => !covers(principal.roles, role));
      if (missing !== undefined) {
        throw new PatchbayError('forbidden', `An API key cannot have the role "${missing}", which you do not have.`);
      }
      if (expiresAt !== undefined && expiresAt.getTime() <= Date.now()) {
        throw new PatchbayError('bad_request', '[request body.expires_at]: must be a time to come');
      }
      const secret = randomBytes(32).toString('base64url');
      const key = await rows.insert(
        {
          id: randomBytes(15).toString('base64url'),
          name,
          username: principal.username,
          roles: roles ?? null,
          expiresAt: expiresAt ?? null,
          secretHash: hashOfKey(secret),
        },
        KEYS_MAX,
      );
      return { key, secret };
    },

    list: (principal) => rows.list(ownerFilter(principal)),

    async remove(principal, id) {
      const wasRemoved = await rows.remove(id, ownerFilter(principal));
      forget();
      if (!wasRemoved) throw new PatchbayError('not_found', `There is no API key with the id "${id.slice(0, 100)}".`);
    },
  };
}
