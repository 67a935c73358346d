import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { PatchbayError } from '../errors.ts';
import { covers, type Principal } from './authorise.ts';
import { hashPassword, verifyPassword } from './passwords.ts';

/** A user as stored. */
export interface StoredUser {
  readonly username: string;
  readonly passwordHash: string;
  readonly roles: readonly string[];
}

/** Where users come from; the database in the product. */
export interface UserSource {
  findUser(username: string): Promise<StoredUser | undefined>;
}

/** An API key as stored, with the roles that its user has now. */
export interface StoredApiKey {
  readonly username: string;
  readonly userRoles: readonly string[];
  /** Null: those of the user. */
  readonly roles: readonly string[] | null;
  readonly secretHash: Buffer;
  readonly expiresAt: Date | null;
}

/** Where API keys come from; the database in the product. */
export interface ApiKeySource {
  findHolder(id: string): Promise<StoredApiKey | undefined>;
  noteUse(id: string, at: Date): Promise<void>;
}

export interface Authenticator {
  /** Who sent this `Authorization` header, if it was checked within the last minute. */
  recall(authorization: string): Principal | undefined;
  /**
   * Checks an `Authorization` header.
   * @throws {PatchbayError} `unauthorized`, or `too_many_requests` when this user name failed too often just now
   */
  authenticateHeader(authorization: string): Promise<Principal>;
  /** Checks a name and a password; same errors. */
  authenticatePassword(username: string, password: string): Promise<Principal>;
  /** Call after a user or an API key changed: what was remembered of them is forgotten. */
  forget(): void;
}

// Checking a password costs 80 ms on purpose; a client that calls a thousand times a second must pay it once.
const REMEMBER_MS = 60_000;
const REMEMBER_MAX = 1_000;
// Ten wrong guesses a minute and name; a right password is not locked out by others' guesses for longer than that.
const FAILURES_MAX = 10;
const FAILURES_WINDOW_MS = 60_000;
const FAILURES_NAMES_MAX = 10_000;
const HEADER_MAX_LENGTH = 4_096;
/** Hashing runs on four threads of the pool; more callers than this at once would only wait for each other. */
const HASHES_AT_ONCE_MAX = 16;

/**
 * @param now the clock in milliseconds; monotonic, so that a jump of the wall clock locks nobody out
 * @param keys without them, no API key is right
 */
export async function createAuthenticator(
  users: UserSource,
  now: () => number = () => performance.now(),
  keys?: ApiKeySource,
): Promise<Authenticator> {
  // Headers are remembered by a salted hash: a heap dump must not hold passwords, nor hashes that can be looked up.
  const salt = randomBytes(32).toString('base64');
  const remembered = new Map<string, { principal: Principal; until: number }>();
  // A client that opens with a hundred calls at once is one sign-in, not a hundred.
  const checking = new Map<string, Promise<Principal>>();
  const failures = new Map<string, { count: number; until: number }>();
  // An unknown name must take as long as a known one.
  const decoy = await hashPassword(randomBytes(16).toString('hex'));
  let hashing = 0;
  // A check that began before a change must not be remembered after it.
  let changes = 0;

  async function checkPassword(username: string, password: string): Promise<Principal> {
    const record = failures.get(username);
    if (record !== undefined && record.until > now() && record.count >= FAILURES_MAX) throw tooMany();
    if (hashing >= HASHES_AT_ONCE_MAX) throw tooMany();
    hashing += 1;
    try {
      const user = await users.findUser(username);
      const right = await verifyPassword(password, user?.passwordHash ?? decoy);
      if (user !== undefined && right) {
        failures.delete(username);
        return { username: user.username, roles: user.roles, authentication: 'basic' };
      }
    } finally {
      hashing -= 1;
    }
    noteFailure(username);
    throw new PatchbayError('unauthorized', `unable to authenticate user [${username.slice(0, 100)}]`);
  }

  function noteFailure(username: string): void {
    const time = now();
    const record = failures.get(username);
    if (record !== undefined && record.until > time) record.count += 1;
    else {
      if (failures.size >= FAILURES_NAMES_MAX) failures.delete(failures.keys().next().value!);
      failures.set(username, { count: 1, until: time + FAILURES_WINDOW_MS });
    }
  }

  /** A key has 256 random bits: it needs neither a slow hash nor a limit of guesses. */
  async function checkKey(id: string, secret: string): Promise<{ principal: Principal; forMs: number }> {
    const key = await keys?.findHolder(id);
    if (key === undefined || !timingSafeEqual(key.secretHash, hashOfKey(secret))) throw unauthorized();
    const time = new Date();
    const leftMs = key.expiresAt === null ? REMEMBER_MS : key.expiresAt.getTime() - time.getTime();
    if (leftMs <= 0) throw unauthorized();
    await keys?.noteUse(id, time);
    // What a user lost since, his keys have lost as well.
    const roles = key.roles?.filter((role) => covers(key.userRoles, role)) ?? key.userRoles;
    return {
      principal: { username: key.username, roles, authentication: 'api_key' },
      forMs: Math.min(REMEMBER_MS, leftMs),
    };
  }

  async function checkCredentials(authorization: string): Promise<{ principal: Principal; forMs: number }> {
    const credentials = parseCredentials(authorization);
    if (credentials === undefined) throw unauthorized();
    const { scheme, name, secret } = credentials;
    if (scheme === 'apikey') return checkKey(name, secret);
    return { principal: await checkPassword(name, secret), forMs: REMEMBER_MS };
  }

  const memoryOf = (authorization: string) => hash('sha256', salt + authorization, 'base64');

  function recall(memory: string): Principal | undefined {
    const known = remembered.get(memory);
    return known !== undefined && known.until > now() ? known.principal : undefined;
  }

  return {
    recall: (authorization) => (authorization.length > HEADER_MAX_LENGTH ? undefined : recall(memoryOf(authorization))),
    async authenticateHeader(authorization) {
      if (authorization.length > HEADER_MAX_LENGTH) throw unauthorized();
      const memory = memoryOf(authorization);
      const known = recall(memory);
      if (known !== undefined) return known;
      const underWay = checking.get(memory);
      if (underWay !== undefined) return underWay;
      const before = changes;
      const check = checkCredentials(authorization)
        .then(({ principal, forMs }) => {
          if (before !== changes) return principal;
          if (remembered.size >= REMEMBER_MAX) remembered.delete(remembered.keys().next().value!);
          remembered.set(memory, { principal, until: now() + forMs });
          return principal;
        })
        .finally(() => {
          if (checking.get(memory) === check) checking.delete(memory);
        });
      checking.set(memory, check);
      return check;
    },
    authenticatePassword: checkPassword,
    forget() {
      changes += 1;
      remembered.clear();
      checking.clear();
    },
  };
}

/** What is stored of the secret half of an API key. */
export function hashOfKey(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** RFC 7617 in UTF-8, and Elasticsearch's `ApiKey`, whose form is the same. Undefined for everything else. */
function parseCredentials(
  authorization: string,
): { scheme: 'basic' | 'apikey'; name: string; secret: string } | undefined {
  const match = /^(basic|apikey) +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization);
  if (match === null) return undefined;
  const decoded = Buffer.from(match[2]!, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1 || decoded.includes('\0')) return undefined;
  const scheme = match[1]!.toLowerCase() as 'basic' | 'apikey';
  return { scheme, name: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

function unauthorized(): PatchbayError {
  return new PatchbayError('unauthorized', 'Unauthorized');
}

function tooMany(): PatchbayError {
  return new PatchbayError('too_many_requests', 'Too many sign-in attempts. Wait a minute and try again.');
}
