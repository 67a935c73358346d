import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { readPostmasterFile, serversOn } from '../../src/db/embedded-leftovers.ts';
import { until } from '../support/wait.ts';

/** The folder of the repository that is under test. */
export const ROOT = join(import.meta.dirname, '../..');
export const PROGRAM = join(ROOT, 'bin', 'patchbay');
export const PASSWORD = 'test-admin-password';
export const READY = /^Patchbay is ready at (https?:\/\/\S+)\n/m;
/** Much longer than anything takes; only keeps a test that hangs from hanging the rest. */
const HANG_MS = 15_000;

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end, milliseconds. */
  readonly tookMs: number;
}

/** One line of the server's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
}

/** A process that a test has started. */
export interface Child {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** The lines of standard error that are log lines. */
  log(): LogLine[];
  send(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

export interface ChildOptions {
  /** On top of an environment that holds nothing but `PATH`, `HOME` and `TMPDIR`; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();
const databases = new Set<string>();

// By pid and nothing else, whatever the test came to: other servers of this machine are none of its business.
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await until(() => running.size === 0, 'every child is gone');
  for (const database of databases) {
    for (const pid of serverOf(database)) tryKill(pid, 'SIGKILL');
    // The watchdog ends it, unless the test has stopped or killed one of the two.
    for (const pid of serversOn(database)) tryKill(pid, 'SIGCONT');
    await until(() => serversOn(database).length === 0, 'its database is gone', 3_000).catch(() => {
      for (const pid of serversOn(database)) tryKill(pid, 'SIGKILL');
    });
  }
  databases.clear();
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  folders.clear();
}, 30_000);

/** The Patchbay that uses a database, also one that npm has started and left behind: one pid or none. */
export function serverOf(database: string): number[] {
  try {
    const { pid } = JSON.parse(readFileSync(join(database, '..', 'patchbay.owner.json'), 'utf8')) as { pid: number };
    // The number may have passed on to somebody else.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('src/main.ts') ? [pid] : [];
  } catch {
    return [];
  }
}

/** Sends a signal to a process that may have ended by now. */
export function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A folder that goes away after the test; its name is short enough for a socket. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pb-process-'));
  folders.add(folder);
  return folder;
}

/** Starts any program; it ends with the test at the latest. */
export function start(program: string, args: readonly string[], { env, cwd }: ChildOptions = {}): Child {
  const started = performance.now();
  const all = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...env };
  const child = spawn(program, args, { cwd: cwd ?? tmpdir(), env: all, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = Promise.all([child.stdout!, child.stderr!].map((stream) => once(stream, 'close')));
  const ended = once(child, 'exit').then(async ([code, signal]): Promise<Ended> => {
    running.delete(child);
    const tookMs = performance.now() - started;
    // What it has written before it ended may still be in the pipe; a grandchild that holds the pipe may not.
    await within(1_000, closed);
    return { code, signal, stdout, stderr, tookMs };
  });
  return {
    pid: child.pid!,
    stdout: () => stdout,
    stderr: () => stderr,
    log: () => logLines(stderr),
    send: (signal) => tryKill(child.pid!, signal),
    ended,
  };
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}

function logLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  return start(program, args, options).ended;
}

/** `bin/patchbay <args>` on a data folder, to its end. */
export function patchbay(args: readonly string[], data: string, options: ChildOptions = {}): Promise<Ended> {
  return run(PROGRAM, args, { ...options, env: { PATH_DATA: data, ...options.env } });
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** A server that serves. */
export interface Server extends Child {
  readonly url: string;
  readonly data: string;
  /** A call as the administrator. @throws when there is no answer at all */
  call(method: string, path: string, body?: unknown, password?: string): Promise<Answer>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Ended>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<Ended>;
  /** Of the embedded PostgreSQL; undefined while there is none. */
  postgres(): number | undefined;
}

/** Starts `bin/patchbay serve` and returns at once; for tests of the start itself. */
export function launchServer(data: string, options: ChildOptions & { args?: readonly string[] } = {}): Child {
  databases.add(databaseFolder(data));
  const env = { PATH_DATA: data, SERVER_PORT: '0', PATCHBAY_ADMIN_PASSWORD: PASSWORD, ...options.env };
  return start(PROGRAM, ['serve', ...(options.args ?? [])], { ...options, env });
}

/** Starts `bin/patchbay serve` and waits until it serves. @throws when it ends before that, with what it said */
export async function startServer(
  data: string,
  options: ChildOptions & { args?: readonly string[] } = {},
): Promise<Server> {
  return whenReady(launchServer(data, options), data);
}

/** Waits for the ready line. */
export async function whenReady(child: Child, data: string): Promise<Server> {
  databases.add(databaseFolder(data));
  let ended: Ended | undefined;
  void child.ended.then((how) => {
    ended = how;
  });
  await until(() => ended !== undefined || READY.test(child.stdout()), 'the ready line', HANG_MS);
  const url = READY.exec(child.stdout())?.[1];
  if (url === undefined) throw new Error(`it ended before it was ready: ${JSON.stringify(ended)}`);
  return {
    ...child,
    url,
    data,
    call: (method, path, body, password) => call(url, method, path, body, password),
    async stop() {
      child.send('SIGTERM');
      return child.ended;
    },
    async kill() {
      child.send('SIGKILL');
      return child.ended;
    },
    postgres: () => readPostmasterFile(databaseFolder(data))?.pid,
  };
}

/** @throws when nothing answers within {@link HANG_MS} */
export async function call(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  password: string = PASSWORD,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
      ...(method === 'GET' ? {} : { 'kbn-xsrf': 'test' }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(HANG_MS),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** The embedded server's own folder. */
export function databaseFolder(data: string): string {
  return join(data, 'database', 'postgres');
}

/** Pids of the embedded server and its workers. */
export function databaseProcesses(data: string): number[] {
  return serversOn(databaseFolder(data));
}

/** What a stopped server must not leave: processes, socket folders (in `TMPDIR`), its owner file. Empty when all is well. */
export async function leftBehind(data: string, temporary: string): Promise<string[]> {
  const files = await readdir(temporary);
  const own = await readdir(join(data, 'database'));
  return [
    ...databaseProcesses(data).map((pid) => `process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}`),
    ...files.filter((name) => name.startsWith('patchbay-')),
    ...own.filter((name) => !['patchbay.lock', 'postgres'].includes(name)),
  ];
}
