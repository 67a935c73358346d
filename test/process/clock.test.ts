import { expect, test } from 'vitest';
import { createAuthenticator } from '../../src/access/authenticate.ts';
import { hashPassword } from '../../src/access/passwords.ts';
import { createSessions, SESSION_SECONDS, type StoredSession } from '../../src/access/sessions.ts';

// Of signing in alone, where the code takes the clock as a parameter: the sign-in by its own clock, sessions by the times that
// reach their store. A whole server whose clock jumps is in test/crash/clock.test.ts.

const DAY_MS = 24 * 60 * 60 * 1_000;
const basic = (password: string) => `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

test.each([
  ['forward', DAY_MS],
  ['back', -DAY_MS],
])('a clock that jumps a day %s: right passwords are taken, wrong ones refused', async (_name, jumpMs) => {
  let time = 10 * DAY_MS;
  const passwordHash = await hashPassword('right');
  const users = { findUser: async (username: string) => ({ username, passwordHash, roles: ['superuser'] }) };
  const authenticator = await createAuthenticator(users, () => time);
  await expect(authenticator.authenticateHeader(basic('right'))).resolves.toMatchObject({ username: 'admin' });
  await expect(authenticator.authenticateHeader(basic('wrong'))).rejects.toMatchObject({ code: 'unauthorized' });
  time += jumpMs;
  await expect(authenticator.authenticateHeader(basic('right'))).resolves.toMatchObject({ username: 'admin' });
  await expect(authenticator.authenticateHeader(basic('wrong'))).rejects.toMatchObject({ code: 'unauthorized' });
});

test('a session says when it ends, and is not taken after that, whichever way the clock went in between', async () => {
  let stored: { hash: string; session: StoredSession; expiresAt: Date } | undefined;
  let now = new Date();
  const sessions = createSessions({
    create: async (tokenHash, username, expiresAt) => {
      stored = { hash: tokenHash.toString('hex'), session: { username, roles: [] }, expiresAt };
    },
    // The store compares with the time of a clock that this test turns.
    find: async (tokenHash) =>
      stored?.hash === tokenHash.toString('hex') && stored.expiresAt > now ? stored.session : undefined,
    remove: async () => {},
    removeExpired: async () => {},
  });
  const token = await sessions.open('admin');
  const lifetimeMs = stored!.expiresAt.getTime() - Date.now();
  expect(lifetimeMs).toBeLessThanOrEqual(SESSION_SECONDS * 1_000);
  for (const [offsetMs, isValid] of [
    [0, true],
    [DAY_MS, false],
    [-DAY_MS, true],
    [SESSION_SECONDS * 1_000, false],
  ] as const) {
    now = new Date(Date.now() + offsetMs);
    expect((await sessions.authenticate(token)) !== undefined, `${offsetMs}`).toBe(isValid);
  }
});
