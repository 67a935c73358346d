import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatchbayError } from '../errors.ts';
import type { DatabaseLog } from './types.ts';

/** What `postmaster.pid` says (PostgreSQL, miscadmin.h, LOCK_FILE_LINE_*). */
export interface PostmasterFile {
  pid: number;
  socketDir: string;
  /** `starting`, `stopping`, `ready` or `standby`. */
  status: string;
}

/** Undefined when there is no such file or it is not complete yet. */
export function readPostmasterFile(directory: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, socketDir: lines[4]?.trim() ?? '', status: lines[7]?.trim() ?? '' };
}

/** How the folder of the server's socket is called; random characters follow. */
export const SOCKET_FOLDER = 'patchbay-';

const POLL_MS = 20;
/** How long each signal gets before the next, harder one. */
const FAST_MS = 10_000;
const IMMEDIATE_MS = 3_000;

/**
 * Ends what still runs on the directory: the server of a Patchbay that was killed, or the orphaned backends of a
 * server that was killed (PostgreSQL does not start beside them). Also removes a
 * `postmaster.pid` whose number now belongs to some other program (common in containers, where numbers are small),
 * which PostgreSQL itself would take for a running server. Only the holder of the data folder's lock may call this.
 *
 * @throws {PatchbayError} `database_setup_failed` when a server cannot be ended
 */
export async function stopLeftovers(directory: string, log: DatabaseLog): Promise<void> {
  const file = readPostmasterFile(directory);
  if (serversOn(directory).length > 0) {
    log.warn('An earlier server process still runs on the embedded database; it is stopped first.');
    // SIGINT: fast shutdown, to the postmaster. SIGQUIT and SIGKILL: to all, the next start recovers from the log.
    await end(directory, 'SIGINT', FAST_MS, file?.pid);
    await end(directory, 'SIGQUIT', IMMEDIATE_MS);
    await end(directory, 'SIGKILL', IMMEDIATE_MS);
    const left = serversOn(directory);
    if (left.length > 0) {
      throw new PatchbayError(
        'database_setup_failed',
        `An earlier database server (process ${left.join(', ')}) still runs on ${directory} and cannot be stopped. End it by hand, then start again.`,
      );
    }
  }
  // Nothing runs on the directory, so the file means nothing: its number is somebody else's by now, or a power cut left
  // it empty. Elsewhere than on Linux a server could only be found by the file, so there an unreadable one stays.
  const isMisleading = file === undefined ? process.platform === 'linux' : isAlive(file.pid);
  if (isMisleading) rmSync(join(directory, 'postmaster.pid'), { force: true });
}

/** Removes the socket folder that a killed Patchbay left in the system's temporary folder. */
export function removeOldSocketFolder(directory: string): void {
  const socketDir = readPostmasterFile(directory)?.socketDir ?? '';
  if (basename(socketDir).startsWith(SOCKET_FOLDER)) rmSync(socketDir, { recursive: true, force: true });
}

async function end(directory: string, signal: NodeJS.Signals, waitMs: number, only?: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  const running = serversOn(directory);
  for (const pid of running.filter((pid) => pid === only || only === undefined || !running.includes(only))) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone already, or not ours to end: the next look tells.
    }
  }
  while (serversOn(directory).length > 0 && performance.now() < deadline) await sleep(POLL_MS);
}

/**
 * Processes of PostgreSQL that work in the directory, the postmaster and orphaned backends alike. A server changes
 * into its data directory when it starts, which tells it from a stranger with a re-used pid.
 */
export function serversOn(directory: string): number[] {
  let real: string;
  try {
    real = realpathSync(directory);
  } catch {
    return [];
  }
  return process.platform === 'linux' ? serversByProc(real) : serversByPs(real, directory);
}

function serversByProc(real: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isPostgres = basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres');
        return isPostgres && readlinkSync(`/proc/${pid}/cwd`) === real;
      } catch {
        return false; // ended meanwhile, or another user's
      }
    })
    .map(Number);
}

function serversByPs(real: string, directory: string): number[] {
  const file = readPostmasterFile(directory);
  if (file === undefined || !isAlive(file.pid)) return [];
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(file.pid)], {
      encoding: 'utf8',
      timeout: 5_000,
    });
    return /postgres/.test(command) && (command.includes(real) || command.includes(directory)) ? [file.pid] : [];
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
