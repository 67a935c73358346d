import { expect, test } from 'vitest';
import { type ApiKeySource, createAuthenticator, hashOfKey, type StoredApiKey } from './authenticate.ts';

const KEY: StoredApiKey = {
  username: 'ann',
  userRoles: ['actions_all'],
  roles: null,
  secretHash: hashOfKey('secret'),
  expiresAt: null,
};
const header = `ApiKey ${Buffer.from('id:secret').toString('base64')}`;
const nobody = { findUser: async () => undefined };

function sourceOf(key: StoredApiKey | undefined): ApiKeySource & { held: StoredApiKey | undefined; asked: number } {
  return {
    held: key,
    asked: 0,
    async findHolder() {
      this.asked += 1;
      return this.held;
    },
    noteUse: async () => {},
  };
}

test('an API key is remembered for a minute, but no longer than it lives', async () => {
  let time = 0;
  const forEver = await createAuthenticator(nobody, () => time, sourceOf(KEY));
  const short = { ...KEY, expiresAt: new Date(Date.now() + 30_000) };
  const notForLong = await createAuthenticator(nobody, () => time, sourceOf(short));
  await Promise.all([forEver.authenticateHeader(header), notForLong.authenticateHeader(header)]);
  expect(forEver.recall(header)).toEqual({ username: 'ann', roles: ['actions_all'], authentication: 'api_key' });
  expect(notForLong.recall(header)).toBeDefined();
  time = 31_000;
  expect(forEver.recall(header)).toBeDefined();
  expect(notForLong.recall(header)).toBeUndefined();
  time = 61_000;
  expect(forEver.recall(header)).toBeUndefined();
});

test('what was checked before a change is not remembered after it', async () => {
  const source = sourceOf(KEY);
  const authenticator = await createAuthenticator(nobody, undefined, source);
  const before = authenticator.authenticateHeader(header);
  authenticator.forget();
  source.held = undefined;
  // Neither joined to the check under way, nor let in by what it found.
  await expect(authenticator.authenticateHeader(header)).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(before).resolves.toMatchObject({ username: 'ann' });
  expect(authenticator.recall(header)).toBeUndefined();
  expect(source.asked).toBe(2);
});

test('roles that its user lost are lost to the key', async () => {
  const rolesOf = async (userRoles: string[], roles: string[] | null) => {
    const authenticator = await createAuthenticator(nobody, undefined, sourceOf({ ...KEY, userRoles, roles }));
    return (await authenticator.authenticateHeader(header)).roles;
  };
  expect(await rolesOf(['superuser'], ['actions_all'])).toEqual(['actions_all']);
  expect(await rolesOf(['actions_all'], ['actions_read'])).toEqual(['actions_read']);
  expect(await rolesOf(['actions_read'], ['actions_all', 'actions_read'])).toEqual(['actions_read']);
  expect(await rolesOf(['actions_read'], ['superuser'])).toEqual([]);
  expect(await rolesOf([], null)).toEqual([]);
});
