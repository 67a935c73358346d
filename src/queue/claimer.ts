import type { ClaimedRow, QueueRows } from '../db/queue.ts';
import { isPatchbayError } from '../errors.ts';
import type { Dispatcher, Wanted } from './dispatcher.ts';
import type { Item } from './lane.ts';

export interface ClaimerParts {
  readonly rows: Pick<QueueRows, 'claim' | 'claimInterrupted' | 'lanes'>;
  readonly dispatcher: Dispatcher;
  readonly node: () => string;
  /** Wraps each statement that claims. */
  readonly claiming: <T>(work: () => Promise<T>) => Promise<T>;
  /** Milliseconds between two looks for work when nobody says that there is some. */
  readonly pollMs: number;
  /** How many actions that were interrupted once may be tried beside each other. */
  readonly suspectsAtOnce: number;
  readonly warn: (error: unknown) => void;
}

/** Brings actions from the database into this node's hands. */
export interface Claimer {
  /** There is room, or there is work: claims soon. */
  wake(): void;
  /** Another node stored actions of these connectors; undefined: of some. */
  notify(connectors: readonly { connectorId: string; connectorTypeId: string }[] | undefined): void;
  /** An action that was in hand has been stored. */
  settled(executionId: string): void;
  /** Looks for work at once instead of at the next poll. */
  poll(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  lastPollAt(): Date | undefined;
  /** Of the last polls. */
  durationsMs(): readonly number[];
}

const LANES_AT_ONCE = 200;
const LANES_MAX = 20_000;
const DURATIONS_KEPT = 50;
/** A look that takes long must not be all that the database does. */
const REST_FACTOR = 10;

export function createClaimer(parts: ClaimerParts): Claimer {
  const { rows, dispatcher } = parts;
  const durations: number[] = [];
  const suspects = new Set<string>();
  let isStopped = false;
  let claiming: Promise<void> | undefined;
  let isWoken = false;
  let polling: Promise<void> | undefined;
  let suspecting: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let lastPollAt: Date | undefined;

  function take(row: ClaimedRow): void {
    const { params, ...rest } = row;
    const item: Item = { ...rest, params: JSON.parse(params), characters: params.length };
    dispatcher.take(dispatcher.lane(row.connectorId, row.connectorTypeId), item);
  }

  function wake(): void {
    isWoken = true;
    if (isStopped || claiming !== undefined) return;
    claiming = claimAll().finally(() => {
      claiming = undefined;
      if (isWoken && !isStopped) setImmediate(wake);
    });
  }

  async function claimAll(): Promise<void> {
    while (isWoken && !isStopped) {
      isWoken = false;
      const wanted = dispatcher.wanted(LANES_AT_ONCE);
      if (wanted.length === 0) return;
      try {
        await claim(wanted);
      } catch (error) {
        if (!isPatchbayError(error, 'database_unavailable')) parts.warn(error);
        return; // the next poll goes on
      }
    }
  }

  async function claim(wanted: readonly Wanted[]): Promise<void> {
    const claimed = await parts.claiming(() =>
      rows.claim(
        parts.node(),
        wanted.map((entry) => ({ connectorId: entry.lane.connectorId, wanted: entry.wanted })),
      ),
    );
    const counts = new Map<string, number>();
    for (const row of claimed) counts.set(row.connectorId, (counts.get(row.connectorId) ?? 0) + 1);
    for (const entry of wanted) {
      // Fewer than asked for: there are no more, or another node is just taking them; then the next poll tells.
      entry.lane.wasFull = counts.get(entry.lane.connectorId) === entry.wanted;
      if (entry.lane.wasFull) isWoken = true;
      else dispatcher.emptied(entry);
    }
    for (const row of claimed) take(row);
  }

  /**
   * Actions that were in hand when a server died: one of them may be what killed it. They are tried a few at a time, and
   * one by one when it has happened to them before, so that the guilty one cannot use up the attempts of the others.
   */
  async function claimSuspects(): Promise<void> {
    if (suspects.size > 0 || isStopped) return;
    const except = dispatcher.heldBack();
    const groups = [
      { least: 1, most: 1, limit: parts.suspectsAtOnce },
      { least: 2, most: 1_000_000, limit: 1 },
    ];
    for (const group of groups) {
      const claimed = await parts.claiming(() => rows.claimInterrupted(parts.node(), { ...group, except }));
      if (claimed.length === 0) continue;
      for (const row of claimed) suspects.add(row.id);
      for (const row of claimed) take(row);
      return;
    }
  }

  /** The next group follows at once: after a crash there may be many. */
  function lookForSuspects(): void {
    suspecting ??= claimSuspects()
      .catch((error) => {
        if (!isPatchbayError(error, 'database_unavailable')) parts.warn(error);
      })
      .finally(() => {
        suspecting = undefined;
      });
  }

  async function poll(): Promise<void> {
    polling ??= pollOnce().finally(() => {
      polling = undefined;
    });
    await polling;
  }

  async function pollOnce(): Promise<void> {
    const started = performance.now();
    try {
      lookForSuspects();
      const found = await rows.lanes(LANES_MAX);
      for (const lane of dispatcher.lanes()) lane.oldestDueAt = undefined;
      for (const { connectorId, connectorTypeId, dueAt, isDue } of found) {
        if (!isDue) continue;
        const lane = dispatcher.lane(connectorId, connectorTypeId);
        lane.oldestDueAt = dueAt;
        dispatcher.setBacklog(lane, true);
      }
      lastPollAt = new Date();
      wake();
    } catch (error) {
      if (!isPatchbayError(error, 'database_unavailable')) parts.warn(error);
    }
    durations.push(performance.now() - started);
    if (durations.length > DURATIONS_KEPT) durations.shift();
  }

  function schedule(): void {
    if (isStopped) return;
    const pauseMs = Math.max(parts.pollMs, (durations.at(-1) ?? 0) * REST_FACTOR);
    timer = setTimeout(() => void poll().finally(schedule), pauseMs);
  }

  return {
    wake,
    poll,
    settled(executionId) {
      if (suspects.delete(executionId) && suspects.size === 0 && !isStopped) lookForSuspects();
    },
    notify(connectors) {
      if (connectors === undefined) {
        void poll();
        return;
      }
      for (const { connectorId, connectorTypeId } of connectors) {
        dispatcher.setBacklog(dispatcher.lane(connectorId, connectorTypeId), true);
      }
      wake();
    },
    start() {
      void poll().finally(schedule);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await polling;
      await suspecting;
      await claiming;
    },
    lastPollAt: () => lastPollAt,
    durationsMs: () => durations,
  };
}
