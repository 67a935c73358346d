import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateSecrets } from '../../src/connectors/rotate.ts';
import { createVault } from '../../src/connectors/vault.ts';
import { connectorRows } from '../../src/db/connectors.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { dumpDatabase, spellings } from './database-dump.ts';
import { basic, create, expectError, startTarget, type Target, webhook } from './support.ts';

const FIRST_KEY = 'the first key, which has at least 32 characters';
const SECOND_KEY = 'the second key, which has at least 32 characters';
const ENCRYPTION_KEY = 'xpack.encryptedSavedObjects.encryptionKey';
const FORMER_KEYS = 'xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys';
const ROTATE = '/api/encrypted_saved_objects/_rotate_key';

let app: TestApp;
let target: Target;
beforeAll(async () => {
  [app, target] = await Promise.all([startTestApp({ [ENCRYPTION_KEY]: FIRST_KEY }), startTarget()]);
});
afterAll(() => app.stop());

const PASSWORD = 'at-rest canary/ü+1';
const secured = (space = '') =>
  create(app, webhook({ config: { url: `${target.url}/a` }, secrets: { user: 'ann', password: PASSWORD } }), space);
const run = (server: TestApp, id: string, space = '') =>
  server.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
const rows = () => connectorRows(app.database.db.kysely);

describe('at rest', () => {
  test('no table holds a secret in any spelling', async () => {
    const id = await secured();
    expect((await run(app, id)).body.status).toBe('ok');
    // Reading the log stores what waits.
    expect((await app.call('GET', `/api/actions/executions?connector_id=${id}`)).body.total).toBe(1);
    const dump = await dumpDatabase(app.database.db.kysely);
    expect(dump).toContain(id);
    for (const spelling of spellings(PASSWORD)) expect(dump).not.toContain(spelling);
    for (const spelling of spellings(app.admin.password)) expect(dump).not.toContain(spelling);
    expect(dump).toContain('pb1.');
  });

  test.each([
    ['id', { id: 'another-id' }],
    ['space', { space_id: 'another-space' }],
    ['type', { connector_type_id: '.slack' }],
  ])('secrets of a row that gets another %s do not open', async (_what, change) => {
    const id = await secured();
    const { kysely } = app.database.db;
    await kysely.updateTable('connectors').set(change).where('id', '=', id).execute();
    const movedId = 'id' in change ? change.id : id;
    const space = 'space_id' in change ? '/s/another-space' : '';
    const before = target.received.length;
    const path = `${space}/api/actions/connector/${movedId}`;
    const isSlack = 'connector_type_id' in change;
    const { status, body } = await app.call('POST', `${path}/_execute`, {
      params: isSlack ? { message: 'x' } : { body: '{}' },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'error', service_message: expect.stringContaining('do not open') });
    expect(target.received).toHaveLength(before);
    expect((await app.call('DELETE', path)).status).toBe(204);
  });

  test('a sealed text that was changed by one character does not open', async () => {
    const id = await secured();
    const { kysely } = app.database.db;
    const { secrets } = (await rows().find('default', id))!;
    const at = secrets!.length - 5;
    const changed = secrets!.slice(0, at) + (secrets![at] === 'A' ? 'B' : 'A') + secrets!.slice(at + 1);
    await kysely.updateTable('connectors').set({ secrets: changed }).where('id', '=', id).execute();
    expect((await run(app, id)).body.service_message).toContain('do not open');
    const update = {
      name: 'mended',
      config: { url: `${target.url}/a` },
      secrets: { user: 'ann', password: 'new-one' },
    };
    expect((await app.call('PUT', `/api/actions/connector/${id}`, update)).status).toBe(200);
    expect((await run(app, id)).body.status).toBe('ok');
  });
});

describe('rotation', () => {
  test('without a former key is refused', async () => {
    expectError(
      await app.call('POST', ROTATE),
      400,
      'Kibana is not configured to support encryption key rotation. Update `kibana.yml` to include `xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys` to rotate your encryption keys.',
    );
  });

  test('moves every space to the new key; the old one is then not needed any more', async () => {
    await app.database.db.kysely.deleteFrom('connectors').execute();
    const ids = [await secured(), await secured('/s/other'), await secured()];
    const open = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    const rotating = await startTestApp({ [ENCRYPTION_KEY]: SECOND_KEY, [FORMER_KEYS]: [FIRST_KEY] }, app.database);
    try {
      expect((await run(rotating, ids[0]!)).body.status).toBe('ok');
      expect((await rotating.call('POST', `${ROTATE}?type=alert`)).body).toEqual({
        total: 0,
        successful: 0,
        failed: 0,
      });
      expectError(await rotating.call('POST', `${ROTATE}?batch_size=0`), 400);
      const rotated = await rotating.call('POST', `${ROTATE}?batch_size=2`);
      expect(rotated.body).toEqual({ total: 3, successful: 3, failed: 0 });
      expect((await rotating.call('POST', ROTATE)).body).toEqual({ total: 3, successful: 0, failed: 0 });
      expect((await run(rotating, ids[1]!, '/s/other')).body.status).toBe('ok');
    } finally {
      await rotating.stop();
    }
    const after = await startTestApp({ [ENCRYPTION_KEY]: SECOND_KEY }, app.database);
    try {
      expect((await run(after, ids[0]!)).body.status).toBe('ok');
      expect(target.received.at(-1)?.headers.authorization).toBe(basic('ann', PASSWORD));
      expect((await after.call('GET', `/api/actions/connector/${open}`)).status).toBe(200);
    } finally {
      await after.stop();
    }
    // The server that still has only the first key cannot open what it sealed itself.
    expect((await run(app, ids[0]!)).body.service_message).toContain('which this server does not have');
  });

  test('reports what no key opens, and leaves it as it is', async () => {
    await app.database.db.kysely.deleteFrom('connectors').execute();
    const [lost, good] = [await secured(), await secured()];
    const [first, second, third] = await Promise.all([
      createVault(FIRST_KEY),
      createVault(SECOND_KEY, [FIRST_KEY]),
      createVault('a third key that nobody knows any more, alas'),
    ]);
    const binding = { connectorId: lost, connectorTypeId: '.webhook', spaceId: 'default' };
    const sealed = third.encrypt({ password: 'x' }, binding);
    await app.database.db.kysely.updateTable('connectors').set({ secrets: sealed }).where('id', '=', lost).execute();
    const report = await rotateSecrets(rows(), second, 1);
    expect(report).toMatchObject({ total: 2, successful: 1, failed: 1 });
    expect(report.keys).toEqual({ [second.primaryKeyId]: 1, [third.primaryKeyId]: 1 });
    expect(report.failures).toEqual([{ id: lost, reason: expect.stringContaining(`key "${third.primaryKeyId}"`) }]);
    expect(first.primaryKeyId).not.toBe(second.primaryKeyId);
    expect((await rows().find('default', lost))?.secrets).toBe(sealed);
    const goodBinding = { ...binding, connectorId: good };
    const resealed = (await rows().find('default', good))!.secrets!;
    expect(second.decrypt(resealed, goodBinding)).toMatchObject({ password: PASSWORD });
    const warned = await startTestApp({ [ENCRYPTION_KEY]: SECOND_KEY }, app.database);
    await warned.stop();
    expect(warned.log()).toContain(`The secrets of 1 connector(s) were encrypted with key \\"${third.primaryKeyId}\\"`);
  });
});
