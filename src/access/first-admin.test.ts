import { expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { sessionRows } from '../db/sessions.ts';
import { userRows } from '../db/users.ts';
import { makeFirstAdmin, setAdminPassword } from './first-admin.ts';
import { verifyPassword } from './passwords.ts';

const { db } = await testDatabase();
const rows = { users: userRows(db.kysely), sessions: sessionRows(db.kysely) };
const opens = async (username: string, password: string) =>
  verifyPassword(password, (await rows.users.findUser(username))?.passwordHash ?? '');

test('of servers that start at once, one makes the administrator and has its password', async () => {
  const made = await Promise.all([1, 2, 3].map(() => makeFirstAdmin(rows, 'first')));
  const [password, ...more] = made.filter((one) => one !== undefined);
  expect(more).toEqual([]);
  expect(await opens('first', password!)).toBe(true);
  expect(await makeFirstAdmin(rows, 'first')).toBeUndefined();
  expect(await makeFirstAdmin(rows, 'other')).toBeUndefined();
});

test('the settings decide the password, also when several servers start at once', async () => {
  await Promise.all([1, 2, 3].map(() => setAdminPassword(rows, 'boss', 'one password')));
  expect(await opens('boss', 'one password')).toBe(true);
  expect((await rows.users.findUser('boss'))?.roles).toEqual(['superuser']);
});

test('a new password ends the sessions, the same one does not', async () => {
  await setAdminPassword(rows, 'ann', 'one password');
  const token = Buffer.alloc(32, 7);
  await rows.sessions.create(token, 'ann', new Date(Date.now() + 60_000));
  await setAdminPassword(rows, 'ann', 'one password');
  expect(await rows.sessions.find(token, new Date())).toMatchObject({ username: 'ann' });
  await setAdminPassword(rows, 'ann', 'another password');
  expect(await rows.sessions.find(token, new Date())).toBeUndefined();
  expect(await opens('ann', 'another password')).toBe(true);
});
