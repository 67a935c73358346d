import { setTimeout as sleep } from 'node:timers/promises';
import { databaseProcesses, type Server, startServer, tryKill } from '../process/child.ts';
import { until } from '../support/wait.ts';
import type { Clock } from './clock.ts';
import type { DatabaseProxy } from './database-proxy.ts';
import type { Fault, History } from './history.ts';
import type { FaultKind, FaultPlan } from './plan.ts';

/** A server that is killed and started again, as a supervisor would. */
export interface Victim {
  /** Of the server that runs now, or ran last. */
  url(): string;
  server(): Server;
  /** Carries a fault out to its end; the server is ready again then, unless it is the database that still recovers. */
  suffer(fault: FaultPlan): Promise<void>;
  /** What all servers so far have written. */
  output(): string;
}

/** For the servers of these tests. */
export const SETTINGS: Readonly<Record<string, string>> = {
  // What hangs is given up soon, but not during a pause of the server itself.
  XPACK_ACTIONS_RESPONSETIMEOUT: '3s',
  PATCHBAY_QUEUE_CONCURRENCY: '40',
  PATCHBAY_QUEUE_CONNECTORCONCURRENCY: '8',
  PATCHBAY_QUEUE_CIRCUIT_PAUSE: '100ms',
  PATCHBAY_QUEUE_CIRCUIT_MAXPAUSE: '300ms',
};
export const MAX_ATTEMPTS = 3;
/** Actions that one such server may have in hand: what runs, what waits for its turn, and what is being stored. */
export const IN_HAND = 200;

/** Which of them may cost a server what it had in hand. */
const INTERRUPTING: ReadonlySet<FaultKind> = new Set(['kill server', 'kill both']);

/** What faults need besides the processes. */
interface Means {
  /** Between the server and its database; left out: the database is the embedded one. */
  readonly proxy?: DatabaseProxy;
  readonly clock?: Clock;
}

export async function startVictim(
  data: string,
  history: Pick<History, 'faults'>,
  env: Readonly<Record<string, string>> = {},
  { proxy, clock }: Means = {},
): Promise<Victim> {
  const begin = () => startServer(data, { env: { ...SETTINGS, ...env } });
  const servers = [await begin()];
  const server = () => servers.at(-1)!;

  async function carryOut(fault: FaultPlan): Promise<void> {
    const victim = server();
    const { kind } = fault;
    if (kind === 'kill server' || kind === 'kill both') {
      const postgres = kind === 'kill both' ? victim.postgres() : undefined;
      if (postgres !== undefined) tryKill(postgres, 'SIGKILL');
      await victim.kill();
      servers.push(await begin());
    } else if (kind === 'kill database') {
      const postgres = victim.postgres();
      if (postgres !== undefined) tryKill(postgres, 'SIGKILL');
      await isBack();
    } else if (kind === 'stop server' || kind === 'stop database') {
      const pids = kind === 'stop server' ? [victim.pid] : databaseProcesses(data);
      for (const pid of pids) tryKill(pid, 'SIGSTOP');
      await sleep(fault.forMs);
      for (const pid of pids) tryKill(pid, 'SIGCONT');
    } else if (kind === 'turn clock') {
      clock!.turn(fault.offsetMs);
      await sleep(fault.forMs);
      clock!.turn(0);
    } else if (kind === 'drop connections') {
      proxy!.drop();
    } else if (kind === 'vanish') {
      proxy!.vanish();
    } else {
      if (kind === 'stall connections') proxy!.stall();
      else proxy!.refuse();
      await sleep(fault.forMs);
      proxy!.resume();
    }
  }

  async function isBack(): Promise<void> {
    await until(
      async () => (await server().call('GET', '/api/status')).status === 200,
      `the database is back; the server said ${server().stderr().slice(-2_000)}`,
    );
  }

  return {
    url: () => server().url,
    server,
    async suffer(fault) {
      const { kind } = fault;
      history.faults.push({ kind, fromMs: Date.now(), interrupts: INTERRUPTING.has(kind) } satisfies Fault);
      await carryOut(fault);
    },
    output: () => servers.map((one) => one.stdout() + one.stderr()).join('\n'),
  };
}
