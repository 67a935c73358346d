import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors.ts';
import { findBinaries } from './embedded-binaries.ts';
import { makeDataFolder, openCluster, SUPERUSER } from './embedded-cluster.ts';
import { removeOldSocketFolder, SOCKET_FOLDER, stopLeftovers } from './embedded-leftovers.ts';
import { lockDataFolder } from './embedded-lock.ts';
import { SETTINGS, type ServerProcess, startServer } from './embedded-server.ts';
import type { ConnectionTarget, DatabaseLog } from './types.ts';

/** A running embedded PostgreSQL. The connection stays the same when the server has to be restarted. */
export interface EmbeddedServer {
  readonly connection: ConnectionTarget;
  /** Of the server process; changes with a restart, undefined while there is none. */
  readonly pid: number | undefined;
  /** Called with the way it ended (`code 1`, `SIGKILL`) when the server ends without being asked to. */
  onExit(callback: (how: string) => void): void;
  /** Ends the server and gives the data folder free. May be called twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds the server's files in `postgres/`; made when missing. */
  dataDir: string;
  log: DatabaseLog;
  /** Settings of PostgreSQL on top of ours. */
  settings?: Readonly<Record<string, string>>;
  /** False: do not use Linux user namespaces even where they work. For tests. */
  userNamespaces?: boolean;
}

const RESTART_FIRST_MS = 100;
const RESTART_MAX_MS = 5_000;
/** A server that lived this long has not failed for the same reason as the one before. */
const STEADY_MS = 10_000;
/** `sun_path` holds 108 bytes on Linux, 104 on macOS; `/patchbay-XXXXXX/.s.PGSQL.5432` takes 30 of them. */
const SOCKET_PARENT_MAX = 70;

/**
 * Starts PostgreSQL on a data folder, from the binaries that came with npm, and keeps it running: a server that dies
 * is started again, with growing pauses, until {@link EmbeddedServer.stop}.
 *
 * It listens on a Unix socket in a new folder that only this user may enter, and nowhere else, so it asks for no
 * password: whoever gets there could read a password file of ours as well.
 *
 * @throws {PatchbayError} `database_setup_failed` with what is in the way and what to do
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const { log, settings } = options;
  const dataDir = resolve(options.dataDir);
  const binaries = findBinaries();
  await makeDataFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  let socketDir: string | undefined;
  try {
    const cluster = await openCluster({ ...options, dataDir, binaries });
    const { uid, gid } = cluster.launcher;
    removeOldSocketFolder(cluster.directory);
    const folder = await mkdtemp(join(socketParent(), SOCKET_FOLDER));
    socketDir = folder;
    const start = async () => {
      await stopLeftovers(cluster.directory, log);
      // Again, should somebody have cleaned up the temporary folder before a restart.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (uid !== undefined) await chown(folder, uid, gid!);
      return startServer({ binaries, cluster, socketDir: folder, log, settings });
    };
    const server = supervise(start, await start(), log);
    log.debug(`The embedded PostgreSQL runs as process ${server.pid}, ${cluster.launcher.description}.`);

    const connection = {
      host: folder,
      port: Number(settings?.port ?? SETTINGS.port),
      user: SUPERUSER,
      database: 'postgres',
    };
    return {
      connection,
      get pid() {
        return server.pid;
      },
      onExit: server.onExit,
      async stop() {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
        lock.release();
      },
    };
  } catch (error) {
    if (socketDir !== undefined) await rm(socketDir, { recursive: true, force: true });
    lock.release();
    throw error;
  }
}

/** The socket's parent folder: the system's temporary one, unless its name is too long for a socket. */
function socketParent(): string {
  return Buffer.byteLength(tmpdir()) <= SOCKET_PARENT_MAX ? tmpdir() : '/tmp';
}

/** Restarts the server whenever it ends unasked. */
function supervise(start: () => Promise<ServerProcess>, first: ServerProcess, log: DatabaseLog) {
  const stopping = new AbortController();
  const callbacks: ((how: string) => void)[] = [];
  let current: ServerProcess | undefined = first;

  async function keepRunning(): Promise<void> {
    let pauseMs = RESTART_FIRST_MS;
    let since = performance.now();
    while (!stopping.signal.aborted) {
      if (current !== undefined) {
        const how = await current.exited;
        current = undefined;
        if (stopping.signal.aborted) return;
        log.error(`The embedded PostgreSQL ended unexpectedly (${how}); it is started again.`);
        for (const callback of callbacks) callback(how);
        if (performance.now() - since > STEADY_MS) pauseMs = RESTART_FIRST_MS;
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, RESTART_MAX_MS);
      if (stopping.signal.aborted) return;
      try {
        current = await start();
        since = performance.now();
        log.info(`The embedded PostgreSQL runs again, as process ${current.pid}.`);
      } catch (error) {
        log.error(`${errorText(error)} It is tried again in ${pauseMs / 1000} s.`);
      }
    }
  }
  const done = keepRunning();

  return {
    get pid() {
      return current?.pid;
    },
    onExit: (callback: (how: string) => void) => void callbacks.push(callback),
    async stop() {
      stopping.abort();
      await current?.stop();
      await done;
      // A start that was under way when we were asked to stop.
      await current?.stop();
    },
  };
}
