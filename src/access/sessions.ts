import { createHash, randomBytes } from 'node:crypto';
import type { Principal } from './authorise.ts';

/** A session as stored: never the token itself, only its hash. */
export interface StoredSession {
  readonly username: string;
  readonly roles: readonly string[];
}

/** Where sessions live; the database in the product. Times are the caller's. */
export interface SessionStore {
  create(tokenHash: Buffer, username: string, expiresAt: Date): Promise<void>;
  find(tokenHash: Buffer, now: Date): Promise<StoredSession | undefined>;
  remove(tokenHash: Buffer): Promise<void>;
  removeExpired(now: Date): Promise<void>;
}

export interface Sessions {
  /** Starts a session; returns the cookie's value, which exists nowhere else. */
  open(username: string): Promise<string>;
  authenticate(token: string): Promise<Principal | undefined>;
  close(token: string): Promise<void>;
}

/** By which a session is stored: of its token there is only this. */
export function hashOfToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export const SESSION_COOKIE = 'patchbay_session';
export const SESSION_SECONDS = 12 * 60 * 60;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** Sessions of the console: 256 random bits in a cookie, twelve hours, over restarts. */
export function createSessions(store: SessionStore): Sessions {
  return {
    async open(username) {
      const token = randomBytes(32).toString('base64url');
      const now = new Date();
      await store.removeExpired(now);
      await store.create(hashOfToken(token), username, new Date(now.getTime() + SESSION_SECONDS * 1000));
      return token;
    },
    async authenticate(token) {
      if (!TOKEN_PATTERN.test(token)) return undefined;
      const session = await store.find(hashOfToken(token), new Date());
      return session && { username: session.username, roles: session.roles, authentication: 'session' };
    },
    async close(token) {
      if (TOKEN_PATTERN.test(token)) await store.remove(hashOfToken(token));
    },
  };
}

/** The value of one cookie in a `Cookie` header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}
