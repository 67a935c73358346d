import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The first line of standard output that fits. */
  firstLine(pattern: RegExp): Promise<RegExpExecArray>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

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
  const ended = once(child, 'exit');
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
      await ended;
    },
  };
}

export interface Helper {
  readonly url: string;
  readonly child: Child;
}

export const startSink = (): Promise<Helper> => startHelper('sink.ts');
export const startForwarder = (target: string): Promise<Helper> => startHelper('forwarder.ts', target);

async function startHelper(file: string, ...args: readonly string[]): Promise<Helper> {
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

/** Starts the server as `npm start` does, without npm itself. */
export async function startServer(dataDir: string, password: string): Promise<Server> {
  const started = performance.now();
  const child = startChild(join(root, 'bin', 'patchbay'), ['serve'], {
    SERVER_PORT: '0',
    PATH_DATA: dataDir,
    PATCHBAY_ADMIN_PASSWORD: password,
    LOGGING_ROOT_LEVEL: 'error',
  });
  const match = await child.firstLine(/^Patchbay is ready at (\S+)$/);
  return { url: match[1]!, child, readyMs: performance.now() - started };
}

/** Memory of a process and all below it, in MB: proportional (shared pages counted once) and resident (counted in each). */
export function treeMemory(rootPid: number): { pssMb: number; rssMb: number; processes: number } {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => pid === rootPid || (parents.has(pid) && isBelow(parents.get(pid)!));
  const pids = [...parents.keys()].filter(isBelow);
  let pss = 0;
  let rss = 0;
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return { pssMb: pss / 1024, rssMb: rss / 1024, processes: pids.length };
}
