import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Registry } from '../connectors/registry.ts';
import type { ConnectorStore } from '../connectors/store.ts';
import type { NewQueueRow, QueueRows, RemovedRow } from '../db/queue.ts';
import { errorText, isPatchbayError } from '../errors.ts';
import type { ExecutionLog } from '../events/execution-log.ts';
import type { RunEvents } from '../events/run-events.ts';
import type { Runner } from '../runs/run.ts';
import { createAcceptor } from './acceptor.ts';
import { createAttempter, type Ended } from './attempt.ts';
import { createCircuit } from './circuit.ts';
import { createClaimer } from './claimer.ts';
import { createCommands } from './commands.ts';
import { createDispatcher } from './dispatcher.ts';
import { createEnqueue } from './enqueue.ts';
import { createGate } from './gate.ts';
import { createLane, type Item, type Lane } from './lane.ts';
import { createMembership } from './membership.ts';
import { createRateLimit } from './rate-limit.ts';
import { type AttemptLimits, maxAttemptsFor } from './retry.ts';
import { createSettler } from './settler.ts';
import { createQueueStats } from './stats.ts';
import type { Queue } from './types.ts';

/** The settings, as the queue calls them. Times in milliseconds. */
export interface QueueOptions {
  readonly concurrency: number;
  readonly connectorConcurrency: number;
  readonly connectorTypeConcurrency: number;
  readonly rateLimit: { readonly limit?: number; readonly window: number };
  readonly connectors: Readonly<
    Record<
      string,
      { readonly concurrency?: number; readonly rateLimit?: { readonly limit: number; readonly window: number } }
    >
  >;
  readonly connectorTypes: Readonly<Record<string, { readonly concurrency?: number }>>;
  readonly circuit: { readonly failures: number; readonly pause: number; readonly maxPause: number };
  readonly timeout: number;
  readonly attempts: Omit<AttemptLimits, 'typeMaxAttempts'>;
  readonly maxQueued: number;
  readonly pollMs: number;
  readonly stuckAfterMs: number;
  /** `actions:.email` */
  readonly excludedTaskTypes: readonly string[];
}

export interface QueueParts {
  readonly rows: QueueRows;
  /** Nobody else can use the database. */
  readonly isAlone: boolean;
  /** Subscribes to what other nodes say, see {@link notified}. */
  readonly listen: (onNotify: (payload: string) => void, onLost: () => void) => Promise<unknown>;
  readonly store: ConnectorStore;
  readonly registry: Registry;
  readonly runner: Runner;
  readonly executions: Pick<ExecutionLog, 'find' | 'findIds' | 'findParams'>;
  readonly events: RunEvents;
  readonly options: QueueOptions;
  readonly log: Logger;
}

/** Characters of a notification; PostgreSQL refuses 8,000 bytes and more. */
const NOTIFICATION_MAX = 2_000;
/** Dead row versions after which the queue is vacuumed, and how often at most. */
const VACUUM_AFTER = 20_000;
const VACUUM_PAUSE_MS = 2_000;
const SWEEP_MS = 1_000;
const SWEEP_LIMIT = 1_000;
const FINISH_MS = 3_000;
/** Actions that a dead server had in hand, tried beside each other. */
const SUSPECTS_AT_ONCE = 50;
/** In hand beyond what runs, for each connector, while there is no other node to share with. */
const AHEAD_ALONE = 250;

/**
 * Puts the parts of the queue together: {@link createEnqueue} accepts, the claimer brings work into this node's hands, the
 * dispatcher starts it within the limits, the attempter runs it, the settler stores how it went.
 */
export function createQueue(parts: QueueParts): Queue {
  const { rows, options, events, log } = parts;
  const warn = (error: unknown) => log.error({ error: errorText(error) }, 'The queue met an error and goes on.');
  const warnText = (message: string) => log.warn(message);
  const gate = createGate();
  /** A claim may have happened unnoticed. */
  let isUncertain = false;
  let isStopping = false;
  let settledSinceVacuum = 0;
  const timers = new Set<NodeJS.Timeout>();

  const membership = createMembership({
    rows,
    isAlone: parts.isAlone,
    lastAttemptAt: () => dispatcher.lastAttemptAt(),
    onLost: () => {
      const dropped = dispatcher.dropAll().length;
      log.warn(
        `This server gave no sign for so long that its queued actions were taken over by another; it lets go of ${dropped}.`,
      );
    },
    onFreed: (count) => {
      log.warn(`${count} queued actions were in the hands of a server that ended; they are attempted again.`);
      void claimer.poll();
    },
    warn,
  });
  const settler = createSettler(rows, membership.node, warnText);
  const attempter = createAttempter({
    store: parts.store,
    registry: parts.registry,
    runner: parts.runner,
    maxAttempts: (typeId, type) => maxAttemptsFor(typeId, { ...options.attempts, typeMaxAttempts: type?.maxAttempts }),
  });

  const dispatcher = createDispatcher({
    limits: {
      concurrency: options.concurrency,
      typeConcurrency: (typeId) => options.connectorTypes[typeId]?.concurrency ?? options.connectorTypeConcurrency,
      timeoutMs: options.timeout,
      isExcluded: (typeId) => options.excludedTaskTypes.includes(`actions:${typeId}`),
    },
    createLane: newLane,
    attempt: attempter.attempt,
    settle: (item, ended, startedAt) => settle(ended ?? attempter.timedOut(item, startedAt, options.timeout)),
    release: (ids) => void release(ids),
    onCircuit: (item, lane, state) => reportCircuit(item, lane, state),
    onSettled: (id) => claimer.settled(id),
    onRoom: () => claimer.wake(),
  });

  const claimer = createClaimer({
    rows,
    dispatcher,
    node: membership.node,
    claiming,
    pollMs: options.pollMs,
    suspectsAtOnce: fewestAttempts() >= 3 ? SUSPECTS_AT_ONCE : 1,
    warn,
  });
  const acceptor = createAcceptor(
    { insert: (...given) => claiming(() => rows.insert(...given)) },
    membership.node,
    (newRows) => (membership.nodes() > 1 ? notification(newRows) : undefined),
  );
  const enqueue = createEnqueue({
    store: parts.store,
    registry: parts.registry,
    rows,
    acceptor,
    dispatcher,
    maxQueued: options.maxQueued,
    onBacklog: claimer.wake,
  });
  const stats = createQueueStats({ rows, dispatcher, claimer, membership, options });
  const commands = createCommands({
    enqueue: (principal, spaceId, items) => enqueue(principal, spaceId, items, 'queue'),
    executions: parts.executions,
    cancelInHand: async (spaceId, id) => {
      const item = dispatcher.drop(id, spaceId);
      if (item === undefined) return undefined;
      await settler.add({ id, before: item.attempts, attempts: [], ...cancelled(), finishedAt: new Date() });
      return { ...item, message: undefined };
    },
    cancelWaiting: (spaceId, ids) => rows.remove(spaceId, ids, cancelled()),
    onCancelled: (row) => reportRemoved(row, 'cancelled'),
  });

  function newLane(connectorId: string, connectorTypeId: string): Lane {
    const own = options.connectors[connectorId];
    const { limit, window } = own?.rateLimit ?? options.rateLimit;
    const now = () => performance.now();
    const { failures, pause, maxPause } = options.circuit;
    const concurrency = own?.concurrency ?? options.connectorConcurrency;
    return createLane(connectorId, connectorTypeId, {
      concurrency,
      // What is taken in hand when it is stored needs no claim; other nodes must get their share.
      leastAhead: membership.nodes() > 1 ? concurrency : Math.max(concurrency, AHEAD_ALONE),
      circuit: createCircuit({ failures, pauseMs: pause, maxPauseMs: maxPause, now }),
      rate: createRateLimit({ limit, windowMs: window, now }),
    });
  }

  function fewestAttempts(): number {
    const own = (options.attempts.overrides ?? []).map((override) => override.maxAttempts ?? 3);
    const byType = parts.registry.list().map(({ type }) => type.maxAttempts ?? 3);
    return Math.min(options.attempts.maxAttempts ?? Math.min(3, ...byType), ...own);
  }

  async function settle(ended: Ended): Promise<void> {
    if (ended.attemptEvent !== undefined) events.attempt(ended.attemptEvent);
    await settler.add(ended.settled);
    if (ended.endEvent !== undefined) events.ended(ended.endEvent);
    settledSinceVacuum += 1;
  }

  /**
   * A statement that claims. If its answer was lost with the connection, rows may be this node's without its knowing, and
   * nobody would ever attempt them: {@link reconcile} gives them back.
   */
  function claiming<T>(work: () => Promise<T>): Promise<T> {
    return gate.shared(work).catch((error) => {
      isUncertain = true;
      throw error;
    });
  }

  async function reconcile(): Promise<void> {
    if (!isUncertain) return;
    await gate.alone(async () => {
      isUncertain = false;
      try {
        const given = await rows.releaseOthers(membership.node(), dispatcher.idsInHand());
        if (given === 0) return;
        log.warn(`${given} queued actions had been claimed when the connection to the database broke; they go on.`);
        void claimer.poll();
      } catch (error) {
        isUncertain = true;
        throw error;
      }
    });
  }

  /** Gives claimed actions back, however long the database is away. */
  async function release(ids: readonly string[]): Promise<void> {
    while (ids.length > 0) {
      try {
        await rows.release(membership.node(), ids);
        return;
      } catch (error) {
        if (!isPatchbayError(error, 'database_unavailable')) return warn(error);
        if (isStopping) return;
        await sleep(500);
      }
    }
  }

  function reportCircuit(item: Item, lane: Lane, state: Parameters<RunEvents['circuit']>[0]['state']): void {
    const { spaceId, connectorId, connectorTypeId, connectorName } = item;
    const { reason } = lane.circuit;
    const probeAt = state === 'open' ? new Date(Date.now() + lane.circuit.waitMs()) : undefined;
    if (state === 'open') {
      log.warn(
        { connector_id: connectorId, connector_type_id: connectorTypeId },
        `The circuit of connector "${connectorName}" opened, its queued actions wait: ${reason ?? 'it does not answer'}. Next try at ${probeAt?.toISOString()}.`,
      );
    } else if (state === 'closed') {
      log.info({ connector_id: connectorId }, `The circuit of connector "${connectorName}" closed; its actions go on.`);
    }
    events.circuit({ spaceId, connectorId, connectorTypeId, connectorName, state, reason, probeAt });
  }

  function reportRemoved(row: RemovedRow, status: 'expired' | 'cancelled'): void {
    const { id, spaceId, connectorId, connectorTypeId, connectorName, message } = row;
    const source = row.source as Parameters<RunEvents['ended']>[0]['source'];
    const code = status === 'expired' ? 'expired' : 'cancelled';
    events.ended({
      executionId: id,
      spaceId,
      connectorId,
      connectorTypeId,
      connectorName,
      source,
      status,
      code,
      message,
    });
  }

  async function sweep(): Promise<void> {
    for (const row of await rows.removeExpired(SWEEP_LIMIT)) reportRemoved(row, 'expired');
  }

  async function vacuum(): Promise<void> {
    if (settledSinceVacuum < VACUUM_AFTER) return;
    settledSinceVacuum = 0;
    await rows.vacuum();
  }

  /** Again and again, with a pause in between, whatever happens. */
  function repeat(work: () => Promise<unknown>, pauseMs: number): void {
    const next = () => {
      if (isStopping) return;
      const timer = setTimeout(async () => {
        timers.delete(timer);
        await work().catch((error) => {
          if (!isPatchbayError(error, 'database_unavailable')) warn(error);
        });
        next();
      }, pauseMs);
      timers.add(timer);
    };
    next();
  }

  return {
    ...commands,
    enqueue: (principal, spaceId, items, source = 'queue', traceparent) =>
      enqueue(principal, spaceId, items, source, traceparent),
    stats,
    async start() {
      await parts.listen(
        (payload) => claimer.notify(notified(payload)),
        () => claimer.notify(undefined),
      );
      await membership.start();
      claimer.start();
      repeat(sweep, SWEEP_MS);
      repeat(reconcile, SWEEP_MS);
      repeat(vacuum, VACUUM_PAUSE_MS);
    },
    async stop(waitMs) {
      if (isStopping) return;
      isStopping = true;
      for (const timer of timers) clearTimeout(timer);
      dispatcher.pause();
      await claimer.stop();
      await release(dispatcher.dropAll().map((item) => item.id));
      const end = performance.now() + waitMs;
      while (dispatcher.running() > 0 && performance.now() < end) await sleep(10);
    },
    async finish() {
      // What was cut off comes back at once.
      const end = performance.now() + FINISH_MS;
      while (dispatcher.running() > 0 && performance.now() < end) await sleep(10);
      dispatcher.stop();
      await settler.drained(FINISH_MS);
      membership.stop();
      try {
        await rows.releaseOthers(membership.node(), []);
        await membership.leave();
      } catch (error) {
        warn(error);
      }
    },
  };
}

function cancelled(): { status: 'cancelled'; code: 'cancelled'; message: string } {
  return { status: 'cancelled', code: 'cancelled', message: 'It was cancelled while it waited' };
}

/** Which connectors have new actions that this node did not claim itself. */
function notification(rows: readonly NewQueueRow[]): string | undefined {
  const types = new Map(
    rows
      .filter((row) => !row.isClaimed && row.dueAt === undefined)
      .map((row) => [row.connectorId, row.connectorTypeId]),
  );
  if (types.size === 0) return undefined;
  const payload = JSON.stringify([...types]);
  return Buffer.byteLength(payload) > NOTIFICATION_MAX ? '*' : payload;
}

function notified(payload: string): { connectorId: string; connectorTypeId: string }[] | undefined {
  if (payload === '*') return undefined;
  const pairs = JSON.parse(payload) as [string, string][];
  return pairs.map(([connectorId, connectorTypeId]) => ({ connectorId, connectorTypeId }));
}
