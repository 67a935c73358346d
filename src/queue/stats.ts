import type { QueueCounts, QueueRows } from '../db/queue.ts';
import type { Claimer } from './claimer.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Membership } from './membership.ts';
import type { OpenCircuit, QueueStats } from './types.ts';

export interface StatsParts {
  readonly rows: Pick<QueueRows, 'counts'>;
  readonly dispatcher: Dispatcher;
  readonly claimer: Pick<Claimer, 'lastPollAt' | 'durationsMs'>;
  readonly membership: Pick<Membership, 'nodes'>;
  readonly options: {
    readonly concurrency: number;
    readonly stuckAfterMs: number;
    readonly excludedTaskTypes: readonly string[];
  };
}

/** Counting reads the whole queue: not more often than this, and never more than a tenth of the time. */
const COUNT_AGE_MS = 1_000;
const REST_FACTOR = 10;

export function createQueueStats(parts: StatsParts): () => Promise<QueueStats> {
  const { dispatcher, claimer, options } = parts;
  let counted: { counts: QueueCounts; atMs: number; tookMs: number } | undefined;
  let counting: Promise<QueueCounts> | undefined;
  const startedAt = new Date();

  async function count(): Promise<QueueCounts> {
    const atMs = performance.now();
    const counts = await parts.rows.counts();
    counted = { counts, atMs, tookMs: performance.now() - atMs };
    return counts;
  }

  async function currentCounts(): Promise<QueueCounts> {
    if (counted !== undefined) {
      const ageMs = performance.now() - counted.atMs;
      if (ageMs < Math.max(COUNT_AGE_MS, counted.tookMs * REST_FACTOR)) return counted.counts;
    }
    counting ??= count().finally(() => {
      counting = undefined;
    });
    return counting;
  }

  return async () => {
    const counts = await currentCounts();
    const sum = (key: 'waiting' | 'due' | 'claimed' | 'retrying') =>
      counts.byType.reduce((total, type) => total + type[key], 0);
    const lastAttemptAt = latest(counts.lastAttemptAt, dispatcher.lastAttemptAt());
    const overdue = overdueLanes();
    return {
      at: counts.at,
      depth: sum('waiting') + sum('claimed'),
      due: sum('due'),
      oldestDueAt: overdue[0]?.oldestDueAt,
      claimed: sum('claimed'),
      retrying: sum('retrying'),
      byType: Object.fromEntries(
        counts.byType.map(({ connectorTypeId, waiting, claimed }) => [connectorTypeId, { queued: waiting, claimed }]),
      ),
      running: dispatcher.running(),
      load: dispatcher.running() / options.concurrency,
      openCircuits: openCircuits(),
      nodes: parts.membership.nodes(),
      lastAttemptAt,
      stuck: stuck(overdue, lastAttemptAt),
      polling: { lastSuccessAt: claimer.lastPollAt(), durationsMs: [...claimer.durationsMs()] },
    };
  };

  function overdueLanes() {
    return [...dispatcher.lanes()]
      .filter((lane) => lane.oldestDueAt !== undefined)
      .sort((a, b) => a.oldestDueAt!.getTime() - b.oldestDueAt!.getTime());
  }

  /** Work that nothing holds back on purpose, while nobody attempts anything. */
  function stuck(overdue: ReturnType<typeof overdueLanes>, lastAttemptAt: Date | undefined): QueueStats['stuck'] {
    const isFree = (lane: (typeof overdue)[number]) =>
      lane.running === 0 &&
      lane.circuit.state === 'closed' &&
      lane.rate.waitMs() === 0 &&
      !options.excludedTaskTypes.includes(`actions:${lane.connectorTypeId}`);
    const lane = overdue.find(isFree);
    if (lane === undefined) return undefined;
    // A server that has just started, or that had nothing to do until now, deserves its time.
    const quietSince = latest(latest(lastAttemptAt, startedAt), lane.oldestDueAt)!;
    const isStuck = Date.now() - quietSince.getTime() > options.stuckAfterMs;
    return isStuck ? { since: quietSince, connectorId: lane.connectorId } : undefined;
  }

  function openCircuits(): OpenCircuit[] {
    const nowMs = performance.now();
    const wallTime = (monotonicMs: number) => new Date(Date.now() + monotonicMs - nowMs);
    return [...dispatcher.lanes()].flatMap((lane) => {
      const { state, openedMs, openUntilMs, reason } = lane.circuit;
      if (state === 'closed' || openedMs === undefined || openUntilMs === undefined) return [];
      return {
        connectorId: lane.connectorId,
        connectorTypeId: lane.connectorTypeId,
        connectorName: lane.connectorName ?? lane.connectorId,
        state,
        since: wallTime(openedMs),
        probeAt: wallTime(openUntilMs),
        reason,
      };
    });
  }
}

function latest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
