/** What processes take, from Linux's `/proc` (`man 5 proc_pid_stat`, `man 5 proc_pid_smaps`). */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the times in `/proc/<pid>/stat`: 100 a second on every Linux that Node.js runs on. */
const TICK_US = 10_000;

interface Process {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** In µs: of its own, and of its children that have ended. */
  readonly ownUs: number;
  readonly endedUs: number;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    const end = stat.lastIndexOf(')');
    const fields = stat.slice(end + 2).split(' ');
    const us = (...at: number[]) => at.reduce((sum, index) => sum + Number(fields[index]), 0) * TICK_US;
    return {
      pid,
      name: stat.slice(stat.indexOf('(') + 1, end),
      parent: Number(fields[1]),
      ownUs: us(11, 12),
      endedUs: us(13, 14),
    };
  } catch {
    return undefined; // it ended while we looked
  }
}

function processTree(rootPid: number): Process[] {
  const all = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    const found = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (found !== undefined) all.set(found.pid, found);
  }
  const isBelow = (pid: number): boolean => pid === rootPid || (all.has(pid) && isBelow(all.get(pid)!.parent));
  return [...all.values()].filter(({ pid }) => isBelow(pid));
}

/** Memory of a process and all below it, in MB: proportional (shared pages counted once) and resident (counted in each). */
export function treeMemory(rootPid: number): { pssMb: number; rssMb: number; processes: number } {
  let pss = 0;
  let rss = 0;
  let processes = 0;
  for (const { pid } of processTree(rootPid)) {
    let rollup: string;
    try {
      rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    } catch {
      continue; // it ended while we looked
    }
    pss += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    rss += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    processes += 1;
  }
  return { pssMb: pss / 1024, rssMb: rss / 1024, processes };
}

/** Looks once a second until `stop`, which gives the most that was seen (PSS, MB). */
export function watchMemory(rootPid: number): { stop(): number } {
  let most = 0;
  const look = () => {
    most = Math.max(most, treeMemory(rootPid).pssMb);
  };
  const timer = setInterval(look, 1_000);
  return {
    stop() {
      clearInterval(timer);
      look();
      return most;
    },
  };
}

/** CPU time since each process began, in µs. */
export interface CpuTimes {
  /** The root of the tree. */
  readonly serverUs: number;
  /** All PostgreSQL processes below it, those included that have ended. */
  readonly postgresUs: number;
  /** Everything below the root, itself included. */
  readonly allUs: number;
}

export function treeCpu(rootPid: number): CpuTimes {
  let serverUs = 0;
  let postgresUs = 0;
  let allUs = 0;
  for (const { pid, name, ownUs, endedUs } of processTree(rootPid)) {
    // PostgreSQL ends and starts processes all the time; the others' children live as long as they do.
    const us = name.startsWith('postgres') ? ownUs + endedUs : ownUs;
    if (pid === rootPid) serverUs += us;
    else if (name.startsWith('postgres')) postgresUs += us;
    allUs += us;
  }
  return { serverUs, postgresUs, allUs };
}

/** CPU time of one process, in µs. */
export function processCpuUs(pid: number): number {
  return readProcess(pid)?.ownUs ?? 0;
}
