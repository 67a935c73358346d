import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { decodeKeystore, encodeKeystore, findKeystore, hasPassword, readKeystore, writeKeystore } from './keystore.ts';

const folder = temporaryFolder;

// Written from the facts of the format alone, byte by byte, so that an error in the product cannot hide in both.
function kibanaEncode(values: object, password: string): string {
  const salt = Buffer.alloc(64, 0x5a);
  const iv = Buffer.alloc(12, 0x17);
  const key = pbkdf2Sync(password, salt, 10_000, 32, 'sha512');
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const ciphertext = Buffer.concat([cipher.update(Buffer.from(JSON.stringify(values))), cipher.final()]);
  const payload = Buffer.alloc(64 + 12 + 16 + ciphertext.length);
  salt.copy(payload, 0);
  iv.copy(payload, 64);
  cipher.getAuthTag().copy(payload, 76);
  ciphertext.copy(payload, 92);
  return `1:${payload.toString('base64')}`;
}

function kibanaDecode(text: string, password: string): unknown {
  const [version, base64] = text.split(':') as [string, string];
  expect(version).toBe('1');
  const payload = Buffer.from(base64, 'base64');
  const key = pbkdf2Sync(password, payload.subarray(0, 64), 10_000, 32, 'sha512');
  const decipher = createDecipheriv('aes-256-gcm', key, payload.subarray(64, 76));
  decipher.setAuthTag(payload.subarray(76, 92));
  return JSON.parse(Buffer.concat([decipher.update(payload.subarray(92)), decipher.final()]).toString());
}

// Made with Python (hashlib and the package cryptography), so that no code is shared.
// Password "changeme".
const FIXTURE =
  '1:q6oUXzFgSEEacvo+2dCMbk7pX9+uIHeiVIYAeHj++H8/qhsXHth+syF6Ow8jf4SN/3ZRxyzWB/qRbtGVb3mRkUfTTsQsNc5M+1H3oHkwsPMCUjeVbrNI86I86G1/T+hFA49l5YN4/MmOFL+KGgzSPq62dudgu6NAGRWAdxNVD8Ddym1BSqMWzrNwi62U5ugREHAz8Zo=';

const values = {
  'xpack.actions.preconfigured.mail.secrets.password': 'pässwörd',
  'server.port': 5601,
  list: ['a'],
  flag: true,
};

describe('the format', () => {
  test.each(['', 'changeme', 'ünïcode'])('reads what another implementation wrote, password "%s"', async (password) => {
    expect(await decodeKeystore(kibanaEncode(values, password), password)).toEqual(values);
    expect(await decodeKeystore(`${kibanaEncode(values, password)}\n`, password)).toEqual(values);
  });

  test.each(['', 'changeme'])('writes what another implementation reads, password "%s"', async (password) => {
    expect(kibanaDecode(await encodeKeystore(values, password), password)).toEqual(values);
  });

  test('a file of old still opens', async () => {
    expect(await decodeKeystore(FIXTURE, 'changeme')).toEqual({
      'elasticsearch.password': 'secret',
      'server.port': 5601,
    });
  });

  test('the same values never look the same twice', async () => {
    expect(await encodeKeystore(values, '')).not.toBe(await encodeKeystore(values, ''));
  });

  test('a wrong password and a changed byte open nothing', async () => {
    const text = kibanaEncode(values, 'right');
    expect(await decodeKeystore(text, 'wrong')).toBeUndefined();
    const payload = Buffer.from(text.slice(2), 'base64');
    for (const at of [0, 64, 76, 92, payload.length - 1]) {
      const changed = Buffer.from(payload);
      changed[at]! ^= 1;
      expect(await decodeKeystore(`1:${changed.toString('base64')}`, 'right')).toBeUndefined();
    }
  });

  test.each(['', '1:', 'nonsense', '1:AAAA', ':', '\0'])('%j is no keystore', async (text) => {
    await expect(decodeKeystore(text, '')).rejects.toMatchObject({ code: 'keystore_invalid' });
  });

  test('a payload that is not a map of settings is refused', async () => {
    await expect(decodeKeystore(kibanaEncode(['a'], ''), '')).rejects.toThrow('does not hold a map of settings');
  });
});

describe('the file', () => {
  test('is made with its folder, for the owner’s eyes only, and leaves nothing else behind', async () => {
    const path = join(folder(), 'new', 'patchbay.keystore');
    await writeKeystore(path, values, '');
    expect((await readKeystore(path, { env: {} })).values).toEqual(values);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['patchbay.keystore']);
  });

  test.skipIf(process.platform === 'win32')('writing mends permissions that are too wide', async () => {
    const path = join(folder(), 'patchbay.keystore');
    writeFileSync(path, kibanaEncode(values, ''));
    chmodSync(path, 0o666);
    const opened = await readKeystore(path, { env: {} });
    expect(opened.warning).toContain('(mode 666). Run "chmod 600" on it');
    await writeKeystore(path, opened.values, opened.password);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await readKeystore(path, { env: {} })).warning).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32')('a link stays a link', async () => {
    const place = folder();
    const target = join(place, 'target');
    writeFileSync(target, kibanaEncode({}, ''));
    symlinkSync(target, join(place, 'patchbay.keystore'));
    await writeKeystore(join(place, 'patchbay.keystore'), values, '');
    expect(kibanaDecode(readFileSync(target, 'ascii'), '')).toEqual(values);
  });

  test('a failed write names the reason, no path, and leaves the old file', async () => {
    const place = folder();
    writeFileSync(join(place, 'file'), 'x');
    const error = await writeKeystore(join(place, 'file', 'patchbay.keystore'), values, '').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'keystore_invalid',
      message: expect.stringMatching(/cannot be written \((ENOTDIR|EEXIST)\)/),
    });
    expect((error as Error).message).not.toContain(place);
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('x');
  });

  test('one that is missing, a folder, or huge cannot be read', async () => {
    const place = folder();
    await expect(readKeystore(join(place, 'none'), { env: {} })).rejects.toThrow(
      'The keystore cannot be read (ENOENT).',
    );
    await expect(readKeystore(place, { env: {} })).rejects.toThrow('The keystore cannot be read (EISDIR).');
    writeFileSync(join(place, 'huge'), Buffer.alloc(16 * 1024 * 1024 + 1));
    await expect(readKeystore(join(place, 'huge'), { env: {} })).rejects.toThrow('larger than 16 MB');
  });

  test('whether it has a password', async () => {
    const path = join(folder(), 'patchbay.keystore');
    await writeKeystore(path, {}, '');
    expect(await hasPassword(path)).toBe(false);
    await writeKeystore(path, {}, 'x');
    expect(await hasPassword(path)).toBe(true);
  });

  test('Patchbay’s own is preferred to Kibana’s', async () => {
    const data = folder();
    const config = folder();
    const own = join(data, 'patchbay.keystore');
    expect(findKeystore(data, config)).toEqual({ path: own, newPath: own, exists: false });
    writeFileSync(join(config, 'kibana.keystore'), kibanaEncode({}, ''));
    expect(findKeystore(data, config)).toEqual({ path: join(config, 'kibana.keystore'), newPath: own, exists: true });
    expect(findKeystore(data, undefined)).toEqual({ path: own, newPath: own, exists: false });
    await writeKeystore(own, {}, '');
    expect(findKeystore(data, config)).toEqual({ path: own, newPath: own, exists: true });
  });
});
