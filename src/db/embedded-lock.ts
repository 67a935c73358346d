import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorText, PatchbayError } from '../errors.ts';

/** Held while this process uses the data folder. */
export interface DataLock {
  release(): void;
}

const LOCK_FILE = 'patchbay.lock';
const OWNER_FILE = 'patchbay.owner.json';
const SQLITE_BUSY = 5;

interface Owner {
  pid: number;
  host: string;
  since: string;
}

/**
 * Lets one Patchbay at a time use a data folder.
 *
 * The lock is the kernel's (fcntl, taken through SQLite's locking of an empty file, because Node has no call of its
 * own for it), not a file with a pid in it: it vanishes with its process, however that ends. So no stale lock has to
 * be recognised after a crash, a reboot, a re-used pid, or in a container that was made anew with another host name;
 * and a file system that several hosts share passes it on to them. The owner file only serves the message.
 *
 * SQLite must stay the only one to open the lock file: closing any other descriptor of it would drop the lock
 * (POSIX, fcntl: all locks of a process on a file go when it closes any descriptor of that file).
 *
 * @throws {PatchbayError} `database_setup_failed` when another process holds it (then `attributes.in_use_by` says which),
 * or the file system cannot lock
 */
export function lockDataFolder(dataDir: string): DataLock {
  const ownerFile = join(dataDir, OWNER_FILE);
  const connection = takeLock(dataDir, ownerFile);
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  try {
    writeFileSync(ownerFile, JSON.stringify(owner), { mode: 0o600 });
  } catch (error) {
    connection.close();
    throw unusable(dataDir, error);
  }
  return {
    release() {
      if (!connection.isOpen) return;
      rmSync(ownerFile, { force: true });
      connection.close();
    },
  };
}

function takeLock(dataDir: string, ownerFile: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(join(dataDir, LOCK_FILE), { timeout: 0 });
    // Whoever may read the file may lock it, and so keep Patchbay from starting. SQLite's journal takes the mode over.
    chmodSync(join(dataDir, LOCK_FILE), 0o600);
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) throw inUse(dataDir, ownerFile);
    throw unusable(dataDir, error);
  }
}

function inUse(dataDir: string, ownerFile: string): PatchbayError {
  const owner = readOwner(ownerFile);
  const who =
    owner === undefined
      ? 'another Patchbay'
      : `another Patchbay (process ${owner.pid} on host "${owner.host}", since ${owner.since})`;
  return new PatchbayError(
    'database_setup_failed',
    `The data folder ${dataDir} is in use by ${who}. Stop that one, give this one a folder of its own with path.data, or let both use one database with patchbay.database.url.`,
    { attributes: { in_use_by: who } },
  );
}

function unusable(dataDir: string, error: unknown): PatchbayError {
  return new PatchbayError(
    'database_setup_failed',
    `The data folder ${dataDir} cannot be written or locked (${errorText(error)}). path.data must be a writable folder on a file system with file locks, best a local disk.`,
    { cause: error },
  );
}

function readOwner(path: string): Owner | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' && typeof owner.since === 'string'
      ? (owner as Owner)
      : undefined;
  } catch {
    return undefined;
  }
}
