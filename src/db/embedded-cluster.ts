import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, PatchbayError } from '../errors.ts';
import { type Binaries, WAY_OUT } from './embedded-binaries.ts';
import { findLauncher, type Launcher, launch } from './embedded-launcher.ts';
import { createServerLog } from './embedded-log.ts';
import type { DatabaseLog } from './types.ts';

/** A data folder of the server that may be started. */
export interface Cluster {
  /** The server's own folder, below the data folder. */
  readonly directory: string;
  readonly launcher: Launcher;
}

export const SUPERUSER = 'patchbay';
const UNFINISHED = 'postgres.unfinished-';

interface ClusterOptions {
  dataDir: string;
  binaries: Binaries;
  log: DatabaseLog;
  userNamespaces?: boolean;
}

/**
 * Opens `<dataDir>/postgres`, or makes it. It is made under another name and renamed when it is complete, so that a
 * process killed in between leaves nothing that looks like a database; such leftovers are removed. Only the holder of
 * the data folder's lock may call this.
 *
 * @throws {PatchbayError} `database_setup_failed` for another major version, foreign files, or a failed initdb
 */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDir, binaries, log } = options;
  const directory = join(dataDir, 'postgres');
  for (const name of await readdir(dataDir)) {
    // An initdb whose parent was killed may still write there; then the next start gets it.
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => {});
  }
  if (existsSync(directory) && readdirOrFail(directory).length > 0) {
    checkVersion(directory, binaries.major);
    return { directory, launcher: findLauncher(directory, binaries, { ...options, fresh: false }) };
  }
  if (existsSync(directory)) await rmdir(directory);
  log.info(`Setting up the embedded PostgreSQL ${binaries.major} in ${directory}.`);
  const unfinished = await mkdtemp(join(dataDir, UNFINISHED));
  try {
    const launcher = findLauncher(unfinished, binaries, { ...options, fresh: true });
    await initialise(unfinished, binaries, launcher, log);
    await rename(unfinished, directory);
    await syncFolder(dataDir);
    return { directory, launcher };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function initialise(directory: string, binaries: Binaries, launcher: Launcher, log: DatabaseLog): Promise<void> {
  const debug = (message: string): void => log.debug(message);
  // What goes wrong ends up in the error; the rest interests nobody.
  const output = createServerLog({ debug, info: debug, warn: debug, error: debug });
  const args = [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    // The server's own code point order: no library of the operating system decides it, so no upgrade of one can
    // silently invalidate an index. Lists are sorted for people in the server, not in SQL.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // Who may connect is decided by the socket's folder, which only its owner may enter; there is no TCP port.
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-instructions',
  ];
  const child = launch(launcher, binaries.initdb, args, ['ignore', 'ignore', 'pipe']);
  child.stderr!.on('data', output.push);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code === 0) return;
  const reason = output.problem() ?? `initdb ended with ${signal ?? `code ${code}`}`;
  throw new PatchbayError(
    'database_setup_failed',
    `The embedded PostgreSQL could not be set up in ${directory}: ${reason}. Mend that, ${WAY_OUT}.`,
  );
}

function checkVersion(directory: string, major: number): void {
  const path = join(directory, 'PG_VERSION');
  const version = existsSync(path) ? readOrFail(path).trim() : undefined;
  if (version === undefined || !/^\d+(\.\d+)?$/.test(version)) {
    throw new PatchbayError(
      'database_setup_failed',
      `The folder ${directory} holds files, but no PostgreSQL database. Move them away, or give Patchbay another folder with path.data.`,
    );
  }
  if (Number(version) === major) return;
  throw new PatchbayError(
    'database_setup_failed',
    Number(version) > major
      ? `The database in ${directory} was made by PostgreSQL ${version}, this Patchbay brings PostgreSQL ${major}. Start the newer Patchbay that made it, ${WAY_OUT}.`
      : `The database in ${directory} was made by PostgreSQL ${version}, this Patchbay brings PostgreSQL ${major}. Dump it with pg_dump while the older Patchbay runs, move the folder away, start this Patchbay once, and load the dump with psql; ${WAY_OUT}.`,
  );
}

function readdirOrFail(directory: string): string[] {
  return guarded(directory, () => readdirSync(directory));
}

function readOrFail(path: string): string {
  return guarded(path, () => readFileSync(path, 'utf8'));
}

function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const uid = statSync(path, { throwIfNoEntry: false })?.uid;
    throw new PatchbayError(
      'database_setup_failed',
      `${path} cannot be read (${errorText(error)}). It belongs to the user with uid ${uid}; start Patchbay as that user, or change the owner with chown -R.`,
      { cause: error },
    );
  }
}

// A rename is on disk only when its folder is (fsync(2), NOTES).
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes the data folder, for its owner only. Root's may be passed through (not listed), because the server may have to
 * run as another user there; what lies in it is closed to others by itself.
 *
 * @throws {PatchbayError} `database_setup_failed`
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  } catch (error) {
    throw new PatchbayError(
      'database_setup_failed',
      `The data folder ${dataDir} cannot be made (${errorText(error)}). Set path.data to a folder that Patchbay may write.`,
      { cause: error },
    );
  }
}
