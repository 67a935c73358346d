import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/index.ts';
import { type MetaRows, metaRows } from '../../src/db/meta.ts';
import { type SessionRows, sessionRows } from '../../src/db/sessions.ts';
import { type UserRows, userRows } from '../../src/db/users.ts';
import { connectorSuite } from './query-suite-connectors.ts';
import { executionSuite } from './query-suite-executions.ts';

/**
 * Every query of `src/db/`, against the database that `open` gives. Run against each kind of server that Patchbay
 * supports, so that none can behave differently unnoticed.
 */
export function querySuite(open: () => Database): void {
  connectorSuite(open);
  executionSuite(open);
  accountSuite(open);
}

function accountSuite(open: () => Database): void {
  describe('users and sessions', () => {
    let users: UserRows;
    let sessions: SessionRows;
    beforeAll(() => {
      users = userRows(open().kysely);
      sessions = sessionRows(open().kysely);
    });
    const user = (username: string) => ({ username, passwordHash: 'hash', roles: ['admin', 'a,b'] });

    test('the first user is made once, by one of several nodes', async () => {
      const made = await Promise.all(['one', 'two', 'three'].map((name) => users.insertFirst(user(name))));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await users.list()).toHaveLength(1);
    });

    test('a user is stored, changed, and removed', async () => {
      const inserted = await users.insert({ ...user('Zoë'), email: 'z@example.com' });
      expect(inserted).toMatchObject({ ...user('Zoë'), email: 'z@example.com', fullName: null });
      expect(await users.findUser('Zoë')).toEqual(inserted);
      expect(await users.setPasswordHash('Zoë', 'other')).toBe(true);
      expect((await users.findUser('Zoë'))?.passwordHash).toBe('other');
      expect(await users.remove('Zoë')).toBe(true);
      expect(await users.remove('Zoë')).toBe(false);
      expect(await users.setPasswordHash('Zoë', 'x')).toBe(false);
    });

    test('names are unique, and strange ones are refused or not found', async () => {
      await users.insert(user('twin'));
      await expect(users.insert(user('twin'))).rejects.toMatchObject({ code: 'conflict' });
      await expect(users.insert(user('a\0'))).rejects.toMatchObject({ code: 'bad_request' });
      expect(await users.findUser('a\0')).toBeUndefined();
      expect(await users.findUser('x'.repeat(1_000_000))).toBeUndefined();
    });

    test('a session ends by time, by sign-out, and with its user', async () => {
      await users.insert(user('sam'));
      const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(`${text}${randomUUID()}`)) as [
        Buffer,
        Buffer,
        Buffer,
      ];
      const now = new Date();
      const later = new Date(now.getTime() + 3_600_000);
      for (const hash of [a, b, c]) await sessions.create(hash, 'sam', later);
      expect(await sessions.find(a, now)).toEqual({ username: 'sam', roles: ['admin', 'a,b'] });
      expect(await sessions.find(a, later)).toBeUndefined();
      await sessions.remove(a);
      expect(await sessions.find(a, now)).toBeUndefined();
      await sessions.removeExpired(now);
      expect(await sessions.find(b, now)).toBeDefined();
      await sessions.removeExpired(later);
      expect(await sessions.find(b, now)).toBeUndefined();
      await sessions.create(c, 'sam', later);
      await users.remove('sam');
      expect(await sessions.find(c, now)).toBeUndefined();
    });
  });

  describe('facts about the installation', () => {
    let meta: MetaRows;
    beforeAll(() => {
      meta = metaRows(open().kysely);
    });

    test('are set, replaced, and set once', async () => {
      expect(await meta.get('uuid')).toBeUndefined();
      expect(await meta.setOnce('uuid', 'first')).toBe('first');
      expect(await meta.setOnce('uuid', 'second')).toBe('first');
      await meta.set('uuid', { list: [1, 2] });
      expect(await meta.get('uuid')).toEqual({ list: [1, 2] });
    });
  });
}
