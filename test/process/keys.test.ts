import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { patchbay, type Server, startServer, temporaryFolder } from './child.ts';
import { createWebhook, execute, sentBy, startTarget, type Target } from './target.ts';

const A = 'key A, which is at least 32 characters long';
const B = 'key B, which is at least 32 characters long';
const C = 'key C, which is at least 32 characters long';

/** The environment of a server whose key is `primary`, with former ones that only decrypt. */
function keys(primary: string, ...former: string[]): Record<string, string> {
  return {
    XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY: primary,
    XPACK_ENCRYPTEDSAVEDOBJECTS_KEYROTATION_DECRYPTIONONLYKEYS: JSON.stringify(former),
  };
}

async function expectToRun(server: Server, id: string, target: Target): Promise<void> {
  expect(await execute(server, id)).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(target.received.at(-1)).toBe(sentBy(id));
}

describe('one data folder, two processes', () => {
  test('a second server and the commands are refused in a sentence; the server goes on', async () => {
    const data = join(await temporaryFolder(), 'data');
    const server = await startServer(data);
    const inUse = `is in use by another Patchbay (process ${server.pid} on host "`;

    const second = await patchbay(['serve'], data, { env: { SERVER_PORT: '0' } });
    expect(second).toMatchObject({ code: 1, stdout: '' });
    const lines = second.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(lines).toEqual([expect.stringMatching(/^ERROR: The data folder /)]);
    expect(lines[0]).toContain(inUse);

    for (const command of ['status', 'rotate']) {
      const refused = await patchbay(['encryption-keys', command], data);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain(inUse);
      expect(refused.stderr).toContain(
        'Stop it first, or let it rotate while it runs: POST /api/encrypted_saved_objects/_',
      );
    }
    const doctor = await patchbay(['doctor'], data);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/^FAIL {2}database: The data folder .* is in use by .*GET \/api\/status\.$/m);

    expect((await server.call('GET', '/api/actions/connectors')).status).toBe(200);
    await server.stop();
    expect(await patchbay(['encryption-keys', 'status'], data)).toMatchObject({ code: 0, stderr: '' });
    const healthy = await patchbay(['doctor'], data);
    expect(healthy.code, healthy.stdout).toBe(0);
    expect(healthy.stdout).not.toMatch(/^FAIL/m);
  });
});

describe('rotation of the key', () => {
  test.each(['command', 'API'])('from A to B by %s, until A can be forgotten', async (way) => {
    const data = join(await temporaryFolder(), 'data');
    const target = await startTarget();
    const before = await startServer(data, { env: keys(A) });
    for (const id of ['one', 'two']) expect((await createWebhook(before, id, target.url)).status).toBe(200);
    await before.stop();

    const env = keys(B, A);
    if (way === 'command') {
      const rotated = await patchbay(['encryption-keys', 'rotate'], data, { env });
      expect(rotated).toMatchObject({ code: 0, stderr: '' });
      expect(rotated.stdout).toMatch(/^2 connector\(s\) have secrets; 2 were re-encrypted, 0 could not be\.$/m);
    } else {
      const during = await startServer(data, { env });
      await expectToRun(during, 'one', target);
      const rotated = await during.call('POST', '/api/encrypted_saved_objects/_rotate_key');
      expect(rotated).toEqual({ status: 200, body: { total: 2, successful: 2, failed: 0 } });
      await expectToRun(during, 'one', target);
      await during.stop();
    }

    const after = await startServer(data, { env: keys(B) });
    for (const id of ['one', 'two']) await expectToRun(after, id, target);
    expect(after.stderr()).not.toMatch(/key [ABC], which is/);
  });

  test('with a key that opens nothing, connectors are listed, runs say why, and nothing crashes', async () => {
    const data = join(await temporaryFolder(), 'data');
    const target = await startTarget();
    const before = await startServer(data, { env: keys(A) });
    await createWebhook(before, 'one', target.url);
    await before.stop();

    const server = await startServer(data, { env: keys(C) });
    const errors = server.log().filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([
      { msg: expect.stringMatching(/^The secrets of 1 connector\(s\) were encrypted with/) },
    ]);
    expect((await server.call('GET', '/api/actions/connectors')).body).toMatchObject([{ id: 'one' }]);
    const { status, body } = await execute(server, 'one');
    expect(status).toBe(200);
    expect(body.status).toBe('error');
    expect(body.service_message ?? body.message).toMatch(
      /^The secrets of connector "one" were encrypted with key "\w{8}"/,
    );
    expect(target.received).toEqual([]);
    await server.stop();
    const rotated = await patchbay(['encryption-keys', 'rotate'], data, { env: keys(C) });
    expect(rotated.code).toBe(1);
    expect(rotated.stderr).toMatch(/^connector "one": The secrets of connector "one" were encrypted with key/m);
    // Nothing was spoilt: with the right key all is as before.
    await expectToRun(await startServer(data, { env: keys(A) }), 'one', target);
  });

  test('from the key that was made at the first start to one of the settings', async () => {
    const data = join(await temporaryFolder(), 'data');
    const target = await startTarget();
    const before = await startServer(data);
    await createWebhook(before, 'one', target.url);
    expect((await stat(join(data, 'encryption.key'))).mode & 0o777).toBe(0o600);
    expect(before.log().filter(({ msg }) => msg.includes('Back it up'))).toHaveLength(1);
    await before.stop();

    const moved = await startServer(data, { env: keys(A) });
    expect(moved.stderr()).not.toContain('Back it up');
    await expectToRun(moved, 'one', target);
    const rotated = await moved.call('POST', '/api/encrypted_saved_objects/_rotate_key');
    expect(rotated.body).toEqual({ total: 1, successful: 1, failed: 0 });
    await expectToRun(moved, 'one', target);
  });
});
