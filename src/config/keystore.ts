import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { chmod, mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorText, PatchbayError } from '../errors.ts';
import { isMap } from './tree.ts';

// Kibana's format, version 1: "1:" and base64 of salt, IV, tag and ciphertext; AES-256-GCM without additional data, its
// key from PBKDF2-HMAC-SHA512 over the password (src/cli/keystore/keystore.js in elastic/kibana). A file of one opens
// with the other.
const VERSION = '1';
const SALT_BYTES = 64;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const ITERATIONS = 10_000;
const FILE_MAX_BYTES = 16 * 1_024 * 1_024;
const PASSWORD_FILE_MAX_BYTES = 64 * 1_024;

const deriveKey = promisify(pbkdf2);

/** Values by dotted setting name, as JSON. */
export type KeystoreValues = Record<string, unknown>;

/** Where the keystore lies. `exists` is false for the place where it would be created. */
export interface KeystorePlace {
  readonly path: string;
  readonly exists: boolean;
  /** Where a new one is created; differs from `path` when Kibana's own is in use. */
  readonly newPath: string;
}

/** How a password may be found; see {@link keystorePassword}. */
export interface PasswordSource {
  readonly env: NodeJS.ProcessEnv;
  readonly askPassword?: () => Promise<string>;
}

/** `patchbay.keystore` in the data folder, or else Kibana's `kibana.keystore` beside the settings file. */
export function findKeystore(dataFolder: string, configFolder: string | undefined): KeystorePlace {
  const newPath = join(dataFolder, 'patchbay.keystore');
  const kibanas = configFolder === undefined ? undefined : join(configFolder, 'kibana.keystore');
  const found = [newPath, kibanas].find((path) => path !== undefined && isFile(path));
  return { path: found ?? newPath, exists: found !== undefined, newPath };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** The text of a keystore file. Each call uses a new salt and IV. */
export async function encodeKeystore(values: KeystoreValues, password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(password, salt, ITERATIONS, KEY_BYTES, 'sha512'), iv);
  const body = Buffer.concat([cipher.update(JSON.stringify(values), 'utf8'), cipher.final()]);
  return `${VERSION}:${Buffer.concat([salt, iv, cipher.getAuthTag(), body]).toString('base64')}`;
}

/**
 * The values in the text of a keystore file, or undefined when the password is wrong (or the file was damaged: the
 * cipher cannot tell the two apart).
 *
 * @throws {PatchbayError} `keystore_invalid` when it is no keystore at all
 */
export async function decodeKeystore(text: string, password: string): Promise<KeystoreValues | undefined> {
  const payload = Buffer.from(text.trim().split(':')[1] ?? '', 'base64');
  if (payload.length < SALT_BYTES + IV_BYTES + TAG_BYTES) {
    throw new PatchbayError(
      'keystore_invalid',
      'The keystore file is empty or damaged. Restore it, or make a new one with "patchbay keystore create".',
    );
  }
  const salt = payload.subarray(0, SALT_BYTES);
  const iv = payload.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const tag = payload.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES);
  const key = await deriveKey(password, salt, ITERATIONS, KEY_BYTES, 'sha512');
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAuthTag(tag);
  let plain: string;
  try {
    const body = payload.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES);
    plain = Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
  return parseValues(plain);
}

function parseValues(plain: string): KeystoreValues {
  let values: unknown;
  try {
    values = JSON.parse(plain);
  } catch {
    values = undefined;
  }
  if (!isMap(values)) {
    throw new PatchbayError(
      'keystore_invalid',
      'The keystore does not hold a map of settings. Make a new one with "patchbay keystore create".',
    );
  }
  return values;
}

/** An opened keystore, with the password that opened it (empty: it has none). */
export interface OpenedKeystore {
  readonly values: KeystoreValues;
  readonly password: string;
  /** A sentence about the permissions of the file, if others may read it. */
  readonly warning?: string;
}

/**
 * Reads and decrypts a keystore: without a password if it has none, else with the one of {@link keystorePassword}.
 *
 * @throws {PatchbayError} `keystore_invalid` when it cannot be read or the password is missing or wrong
 */
export async function readKeystore(path: string, source: PasswordSource): Promise<OpenedKeystore> {
  const text = await readText(path);
  const warning = await permissionWarning(path);
  const unprotected = await decodeKeystore(text, '');
  if (unprotected !== undefined) return { values: unprotected, password: '', warning };
  const password = await keystorePassword(source);
  if (password === undefined) {
    throw new PatchbayError(
      'keystore_invalid',
      'The keystore is protected by a password (or damaged). Name a file that holds the password in KBN_KEYSTORE_PASSPHRASE_FILE, or set KEYSTORE_PASSWORD.',
    );
  }
  const values = await decodeKeystore(text, password);
  if (values === undefined) {
    throw new PatchbayError(
      'keystore_invalid',
      'The password of the keystore is wrong (or the file is damaged). Give the password that it was made with.',
    );
  }
  return { values, password, warning };
}

/** Whether a keystore opens only with a password. @throws {PatchbayError} `keystore_invalid` when it cannot be read */
export async function hasPassword(path: string): Promise<boolean> {
  return (await decodeKeystore(await readText(path), '')) === undefined;
}

/** The password from the file named by `KBN_KEYSTORE_PASSPHRASE_FILE` (trimmed), else `KEYSTORE_PASSWORD`, else asked for. */
export async function keystorePassword({ env, askPassword }: PasswordSource): Promise<string | undefined> {
  const file = env.KBN_KEYSTORE_PASSPHRASE_FILE;
  if (file !== undefined && file !== '') {
    try {
      if ((await stat(file)).size > PASSWORD_FILE_MAX_BYTES) throw new Error('larger than 64 kB');
      return (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new PatchbayError(
        'keystore_invalid',
        `The file named by KBN_KEYSTORE_PASSPHRASE_FILE cannot be read (${reasonOf(error)}). Correct its path or permissions.`,
        { cause: error },
      );
    }
  }
  if (env.KEYSTORE_PASSWORD !== undefined && env.KEYSTORE_PASSWORD !== '') return env.KEYSTORE_PASSWORD;
  return askPassword?.();
}

async function readText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > FILE_MAX_BYTES) throw new Error('larger than 16 MB');
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new PatchbayError(
      'keystore_invalid',
      `The keystore cannot be read (${reasonOf(error)}). Run Patchbay as the user who owns the file.`,
      { cause: error },
    );
  }
}

async function permissionWarning(path: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return undefined;
  return `The keystore can be read by other users of this machine (mode ${(mode & 0o777).toString(8)}). Run "chmod 600" on it; the next "patchbay keystore add" does so too.`;
}

/**
 * Writes a keystore for the owner's eyes only (mode 0600). A crash leaves the old file or the new one, never a part.
 *
 * @param password empty for none
 * @throws {PatchbayError} `keystore_invalid` when it cannot be written; the old file is then untouched
 */
export async function writeKeystore(path: string, values: KeystoreValues, password: string): Promise<void> {
  const text = await encodeKeystore(values, password);
  // A keystore may be a link into a mounted folder; replacing the link itself would detach it.
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text, 'ascii');
      await file.sync();
    } finally {
      await file.close();
    }
    // The umask may have taken bits away from the owner too.
    await chmod(temporary, 0o600);
    await rename(temporary, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw new PatchbayError(
      'keystore_invalid',
      `The keystore cannot be written (${reasonOf(error)}). Check the space and the permissions of its folder.`,
      { cause: error },
    );
  }
}

/** Makes the rename itself survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

// The system's own texts name paths.
function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? errorText(error);
}
