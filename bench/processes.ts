import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The first line of standard output that fits. */
  firstLine(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks it to end, and waits until it has; forces it after a while. */
  stop(): Promise<void>;
  /** Ends it as a crash does, and waits until it is gone. */
  kill(): Promise<void>;
}

/** More than the ten seconds that a server gives its running actions. */
const STOP_MS = 30_000;

/** Those that run. A benchmark that ends in any other way than through its `finally` must not leave them behind. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

export function startChild(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = root,
): Child {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-20_000);
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const wake of waiting) wake();
  });
  running.add(child);
  const ended = once(child, 'exit').finally(() => running.delete(child));
  return {
    process: child,
    pid: child.pid!,
    async firstLine(pattern) {
      for (let seen = 0; ; ) {
        for (; seen < lines.length; seen += 1) {
          const match = pattern.exec(lines[seen]!);
          if (match !== null) return match;
        }
        const more = new Promise<void>((resolve) => waiting.add(resolve));
        const end = await Promise.race([more, ended]);
        if (end !== undefined) throw new Error(`${command} ended before it was ready:\n${errors}`);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(force);
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export interface Helper {
  readonly url: string;
  readonly child: Child;
}

export const startForwarder = (target: string): Promise<Helper> => startHelper('forwarder.ts', target);

/** A program of this folder that prints its port. */
export async function startHelper(file: string, ...args: readonly string[]): Promise<Helper> {
  const child = startChild(process.execPath, [join(root, 'bench', file), ...args]);
  const [port] = await child.firstLine(/^\d+$/);
  return { url: `http://127.0.0.1:${port}/`, child };
}

export interface Server {
  readonly url: string;
  readonly child: Child;
  /** From the start of the process to its ready line, in ms. */
  readonly readyMs: number;
}

/** Starts the server as `npm start` does, without npm itself. `env` holds further settings. */
export async function startServer(
  dataDir: string,
  password: string,
  env: Record<string, string> = {},
): Promise<Server> {
  const started = performance.now();
  const child = startChild(join(root, 'bin', 'patchbay'), ['serve'], {
    SERVER_PORT: '0',
    PATH_DATA: dataDir,
    PATCHBAY_ADMIN_PASSWORD: password,
    LOGGING_ROOT_LEVEL: 'error',
    ...env,
  });
  const match = await child.firstLine(/^Patchbay is ready at (\S+)$/);
  return { url: match[1]!, child, readyMs: performance.now() - started };
}
