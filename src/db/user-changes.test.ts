import { expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { sessionRows } from './sessions.ts';
import { userChanges } from './user-changes.ts';
import { userRows } from './users.ts';

const { db } = await testDatabase();
const users = userRows(db.kysely);
const changes = userChanges(db.kysely);
const KEPT = 'superuser';
const add = (username: string, roles = [KEPT]) => users.insert({ username, passwordHash: 'hash', roles });
const names = async () => (await users.list()).map(({ username }) => username);

test('of two who remove each other at once, one stays, every time', async () => {
  await add('reader', ['actions_read']);
  for (let round = 0; round < 25; round += 1) {
    const pair = [`a${round}`, `b${round}`] as const;
    for (const name of pair) await add(name);
    const outcomes = await Promise.all([
      changes.remove(pair[0], KEPT),
      round % 2 === 0 ? changes.remove(pair[1], KEPT) : changes.update(pair[1], { roles: [] }, KEPT),
    ]);
    expect(outcomes.filter((outcome) => outcome === 'last_holder')).toHaveLength(1);
    for (const name of pair) await users.remove(name);
  }
  expect(await names()).toEqual(['reader']);
});

test('changes what is given, and says when there is nobody to change', async () => {
  await add('ann', ['actions_read']);
  expect(await changes.update('ann', { fullName: 'Ann', email: 'a@example.com' }, KEPT)).toBe('changed');
  expect(await users.findUser('ann')).toMatchObject({ fullName: 'Ann', email: 'a@example.com', passwordHash: 'hash' });
  await changes.update('ann', { fullName: null, passwordHash: 'new', roles: ['actions_all'] }, KEPT);
  expect(await users.findUser('ann')).toMatchObject({
    fullName: null,
    email: 'a@example.com',
    passwordHash: 'new',
    roles: ['actions_all'],
  });
  for (const name of ['nobody', 'a\0b']) {
    expect(await changes.update(name, { fullName: 'x' }, KEPT)).toBe('missing');
    expect(await changes.remove(name, KEPT)).toBe('missing');
  }
  await expect(changes.update('ann', { fullName: 'a\0b' }, KEPT)).rejects.toMatchObject({ code: 'bad_request' });
});

test('ends sessions by a new password and by other roles, not by the same ones in another order', async () => {
  await add('sam', ['actions_read', 'other']);
  const sessions = sessionRows(db.kysely);
  const isIn = async (change: Parameters<typeof changes.update>[1]) => {
    const token = Buffer.alloc(32, JSON.stringify(change));
    await sessions.create(token, 'sam', new Date(Date.now() + 60_000));
    await changes.update('sam', change, KEPT);
    return (await sessions.find(token, new Date())) !== undefined;
  };
  expect(await isIn({ fullName: 'Sam' })).toBe(true);
  expect(await isIn({ roles: ['other', 'actions_read'] })).toBe(true);
  expect(await isIn({ roles: ['actions_read'] })).toBe(false);
  expect(await isIn({ passwordHash: 'new' })).toBe(false);
});
