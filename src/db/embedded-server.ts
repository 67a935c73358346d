import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatchbayError } from '../errors.ts';
import { type Binaries, WAY_OUT } from './embedded-binaries.ts';
import type { Cluster } from './embedded-cluster.ts';
import { launch } from './embedded-launcher.ts';
import { readPostmasterFile, serversOn } from './embedded-leftovers.ts';
import { createServerLog } from './embedded-log.ts';
import type { DatabaseLog } from './types.ts';

/** One life of the server process. */
export interface ServerProcess {
  readonly pid: number;
  /** Resolves when it is gone, with how: `code 1`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Ends it: fast, then at once, then by force. */
  stop(): Promise<void>;
}

const READY_POLL_MS = 5;
/** Recovery after a crash replays at most max_wal_size, seconds of work; minutes mean that something is stuck. */
const READY_MS = 120_000;
const STOP_FAST_MS = 10_000;
const STOP_IMMEDIATE_MS = 3_000;
const LAST_WORDS_MS = 500;

/**
 * Durability is PostgreSQL's default (fsync, synchronous_commit, full_page_writes: on) and is not touched. The rest
 * makes a server for one application on one machine: few and small processes, a small log, nothing for replication.
 */
export const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  // Only part of the socket's name, `.s.PGSQL.5432`: no TCP port is opened.
  port: '5432',
  unix_socket_permissions: '0700',
  max_connections: '40',
  shared_buffers: '24MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  jit: 'off',
  // Workers for asynchronous reads (new in 18) cost three processes and pay off on data much larger than ours.
  io_method: 'sync',
  max_worker_processes: '2',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  wal_level: 'minimal',
  max_wal_senders: '0',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  autovacuum_max_workers: '1',
  // Lines on standard error; statements and their values (they may hold user data) never.
  log_destination: 'stderr',
  logging_collector: 'off',
  log_line_prefix: '[%p] ',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

interface ServerOptions {
  binaries: Binaries;
  cluster: Cluster;
  socketDir: string;
  log: DatabaseLog;
  settings?: Readonly<Record<string, string>>;
}

/**
 * Starts the server and waits until it takes connections.
 *
 * @throws {PatchbayError} `database_setup_failed` with the server's own reason
 */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { binaries, cluster, socketDir, log } = options;
  const settings = Object.entries({ ...SETTINGS, ...options.settings, unix_socket_directories: socketDir });
  const args = ['-D', cluster.directory, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const output = createServerLog(log);
  const child = launch(cluster.launcher, binaries.postgres, args, ['ignore', 'ignore', 'pipe']);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', async (code, signal) => {
      // Backends that hang outlive it with its log in their hands, so the end of the log is not waited for long.
      await within(once(child, 'close'), LAST_WORDS_MS);
      resolve(signal ?? `code ${code}`);
    });
  });
  child.stderr!.on('data', output.push);
  // Neither the server nor its log keeps this process alive: the watchdog ends the server with it.
  child.unref();
  (child.stderr as Readable & { unref(): void }).unref();
  const watchdog = child.pid === undefined ? undefined : startWatchdog(child.pid, cluster.directory, socketDir);
  // SIGKILL, since an end of its input is what it waits for. After that the server's pid may be anybody's.
  void exited.then(() => watchdog?.kill('SIGKILL'));

  let gone: string | undefined;
  void exited.then((how) => {
    gone = how;
  });
  const started = performance.now();
  while (gone === undefined) {
    const file = readPostmasterFile(cluster.directory);
    if (file?.pid === child.pid && file?.status === 'ready')
      return { pid: child.pid!, exited, stop: () => stop(child, exited, cluster.directory) };
    if (performance.now() - started > READY_MS) {
      await stop(child, exited, cluster.directory);
      throw failure(`it was not ready after ${READY_MS / 1000} s`);
    }
    await sleep(READY_POLL_MS);
  }
  throw failure(output.problem() ?? `it ended with ${gone}`);
}

function failure(reason: string): PatchbayError {
  return new PatchbayError(
    'database_setup_failed',
    `The embedded PostgreSQL did not start: ${reason}. Mend that, ${WAY_OUT}.`,
  );
}

async function stop(child: ChildProcess, exited: Promise<string>, directory: string): Promise<void> {
  // https://www.postgresql.org/docs/18/server-shutdown.html: INT is "fast", QUIT "immediate" (recovers at next start)
  child.kill('SIGINT');
  if (await within(exited, STOP_FAST_MS)) return;
  child.kill('SIGQUIT');
  if (await within(exited, STOP_IMMEDIATE_MS)) return;
  child.kill('SIGKILL');
  await exited;
  // Nobody is left to end its backends.
  for (const pid of serversOn(directory)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone meanwhile, as it should be.
    }
  }
}

async function within(done: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  const inTime = await Promise.race([done.then(() => true), late]);
  timer.abort();
  return inTime;
}

/**
 * Ends the server when this process is gone, however it went: a shell waits for the end of a pipe that only we hold.
 * (Linux could signal it by itself with PR_SET_PDEATHSIG, which Node cannot set and other systems do not have.)
 * The pid is compared with the server's file first, lest a stranger be stopped; the socket's folder, which the server
 * has emptied, goes last.
 */
function startWatchdog(pid: number, directory: string, socketDir: string): ChildProcess {
  const script = [
    'read -r _',
    '[ "$(head -n 1 "$2" 2>/dev/null)" = "$1" ] && kill -INT "$1"',
    'n=0; while kill -0 "$1" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done',
    'rmdir "$3" 2>/dev/null',
  ].join('\n');
  const args = ['-c', script, 'patchbay-watchdog', String(pid), join(directory, 'postmaster.pid'), socketDir];
  const child = spawn('sh', args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH },
  });
  // Without a shell the next start still finds the server, see stopLeftovers.
  child.on('error', () => {});
  child.stdin!.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
