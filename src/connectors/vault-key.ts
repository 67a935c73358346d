import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, PatchbayError } from '../errors.ts';

const FILE_NAME = 'encryption.key';

export interface KeyFile {
  readonly key: string;
  readonly path: string;
  /** This start made it: time to tell the operator to back it up. */
  readonly isNew: boolean;
  /** Others on the machine could read it; its mode was corrected. */
  readonly wasReadable: boolean;
}

/**
 * The key that encrypts secrets when the settings name none: made at the first start, 256 random bits, kept in
 * `<path.data>/encryption.key` (mode 0600).
 *
 * @throws {PatchbayError} `setting_invalid` when the file cannot be read or written, or is not a key
 */
export async function readOrMakeKeyFile(dataDir: string): Promise<KeyFile> {
  const path = join(dataDir, FILE_NAME);
  try {
    const isNew = await makeUnlessThere(path);
    const mode = (await stat(path)).mode & 0o777;
    const wasReadable = (mode & 0o077) !== 0;
    if (wasReadable) await chmod(path, 0o600);
    const key = (await readFile(path, 'utf8')).trim();
    if (key.length < 32) {
      throw new PatchbayError(
        'setting_invalid',
        `[path.data]: ${FILE_NAME} in the data folder is not a key (at least 32 characters). Restore it from a backup; without it the stored secrets cannot be read.`,
      );
    }
    return { key, path, isNew, wasReadable };
  } catch (error) {
    if (error instanceof PatchbayError) throw error;
    throw new PatchbayError(
      'setting_invalid',
      `[path.data]: cannot read or write ${FILE_NAME} in the data folder: ${errorText(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** The key of the data folder if it has one; never makes one. */
export async function readKeyFile(dataDir: string): Promise<string | undefined> {
  try {
    const key = (await readFile(join(dataDir, FILE_NAME), 'utf8')).trim();
    return key.length >= 32 ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Written aside, flushed and then linked: a crash leaves either no key or a whole one, and two starts agree on one. */
async function makeUnlessThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(aside);
  }
}
