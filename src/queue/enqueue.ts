import { authorise, type Principal } from '../access/authorise.ts';
import type { Registry } from '../connectors/registry.ts';
import type { ConnectorStore } from '../connectors/store.ts';
import type { NewQueueRow, QueueRows } from '../db/queue.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import type { Accepted, Acceptor } from './acceptor.ts';
import { type ConnectorProblem, problemOf } from './connector-problem.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Item, Lane } from './lane.ts';
import type { EnqueueItem, EnqueueResult, QueuedSource, Refusal } from './types.ts';

export interface EnqueueParts {
  readonly store: Pick<ConnectorStore, 'find' | 'isSystem'>;
  readonly registry: Registry;
  readonly rows: Pick<QueueRows, 'countUpTo'>;
  readonly acceptor: Acceptor;
  readonly dispatcher: Pick<Dispatcher, 'lane' | 'reserve' | 'unreserve' | 'take' | 'setBacklog'>;
  /** `xpack.actions.queued.max` */
  readonly maxQueued: number;
  readonly onBacklog: () => void;
}

export type Enqueue = (
  principal: Principal,
  spaceId: string,
  items: readonly EnqueueItem[],
  source: QueuedSource,
  traceparent?: string,
) => Promise<EnqueueResult[]>;

/** What may be enqueued on a connector, or why nothing may. */
type Target =
  | { readonly typeId: string; readonly name: string }
  | { readonly response: Refusal; readonly message: string };

const RESPONSES: Readonly<Record<ConnectorProblem['kind'], Refusal>> = {
  not_found: 'connectorNotFound',
  not_registered: 'connectorTypeDisabled',
  not_enabled: 'connectorTypeDisabled',
  missing_secrets: 'missingSecrets',
};

/** While the queue is surely far from full, it is counted once in so many seconds. */
const COUNT_AGE_MS = 5_000;
/** A full queue is not counted for every request that it refuses. */
const FULL_AGE_MS = 250;

/** Checks actions one by one and stores the good ones, as claimed by this node where it can begin at once. */
export function createEnqueue(parts: EnqueueParts): Enqueue {
  const { dispatcher } = parts;
  const room = createRoom(parts);

  async function targetOf(spaceId: string, connectorId: string): Promise<Target> {
    if (parts.store.isSystem(connectorId)) {
      return { response: 'systemConnector', message: 'Execution of system action is not allowed' };
    }
    const connector = await parts.store.find(spaceId, connectorId);
    const problem = problemOf(parts.registry, connectorId, connector);
    if (problem !== undefined) return { response: RESPONSES[problem.kind], message: problem.message };
    const { typeId, name } = connector!;
    return { typeId, name };
  }

  return async (principal, spaceId, items, source, traceparent) => {
    authorise(principal, 'execute');
    const now = Date.now();
    const targets = new Map<string, Target>();
    for (const { connectorId } of items) {
      if (!targets.has(connectorId)) targets.set(connectorId, await targetOf(spaceId, connectorId));
    }
    const results: EnqueueResult[] = [];
    const rows: NewQueueRow[] = [];
    const places: number[] = [];
    const lanes: Lane[] = [];
    const free = await room.claim(items.length);
    try {
      items.forEach((item, index) => {
        const target = targets.get(item.connectorId)!;
        const refusal = refusalOf(item, target, now) ?? (rows.length < free ? undefined : fullQueue(parts.maxQueued));
        if (refusal !== undefined || 'response' in target) {
          results[index] = { connectorId: item.connectorId, ...(refusal as { response: Refusal; message: string }) };
          return;
        }
        const lane = dispatcher.lane(item.connectorId, target.typeId);
        const isNow = item.startAt === undefined || item.startAt.getTime() <= now;
        places.push(index);
        lanes.push(lane);
        rows.push({
          id: newExecutionId(now),
          spaceId,
          connectorId: item.connectorId,
          connectorTypeId: target.typeId,
          connectorName: target.name,
          source,
          username: principal.username,
          params: JSON.stringify(item.params),
          dueAt: isNow ? undefined : item.startAt,
          deliverBy: item.deliverBy,
          retryOf: item.retryOf,
          traceparent,
          idempotencyKey: item.idempotencyKey,
          isClaimed: isNow && dispatcher.reserve(lane),
        });
      });
      const accepted = rows.length === 0 ? [] : await parts.acceptor.add(rows);
      accepted.forEach(({ executionId }, index) => {
        const place = places[index]!;
        results[place] = { connectorId: items[place]!.connectorId, executionId, response: 'success' };
      });
      begin(rows, lanes, accepted, items, places);
      return results;
    } catch (error) {
      rows.forEach((row, index) => {
        if (row.isClaimed) dispatcher.unreserve(lanes[index]!);
      });
      throw error;
    } finally {
      room.done(items.length);
    }
  };

  function begin(
    rows: readonly NewQueueRow[],
    lanes: readonly Lane[],
    accepted: readonly Accepted[],
    items: readonly EnqueueItem[],
    places: readonly number[],
  ): void {
    let hasBacklog = false;
    const dueAt = new Date();
    rows.forEach((row, index) => {
      const lane = lanes[index]!;
      const { isNew, isClaimed } = accepted[index]!;
      if (row.isClaimed) dispatcher.unreserve(lane);
      if (isClaimed) {
        dispatcher.take(lane, toItem(row, items[places[index]!]!.params, dueAt));
      } else if (isNew && row.dueAt === undefined) {
        dispatcher.setBacklog(lane, true);
        hasBacklog = true;
      }
    });
    if (hasBacklog) parts.onBacklog();
  }
}

function toItem(row: NewQueueRow, params: unknown, dueAt: Date): Item {
  const { isClaimed: _, idempotencyKey: __, ...action } = row;
  return { ...action, params, characters: row.params.length, dueAt, attempts: 0, interrupted: 0 };
}

function refusalOf(item: EnqueueItem, target: Target, now: number): { response: Refusal; message: string } | undefined {
  if ('response' in target) return target;
  const { deliverBy, startAt } = item;
  if (deliverBy !== undefined && deliverBy.getTime() <= Math.max(now, startAt?.getTime() ?? 0)) {
    const before = startAt !== undefined && startAt.getTime() > now ? 'start_at' : 'now';
    return {
      response: 'deliverByPassed',
      message: `deliver_by (${deliverBy.toISOString()}) is not later than ${before}, so the action could never be attempted. Give a later time.`,
    };
  }
  return undefined;
}

function fullQueue(maxQueued: number): { response: Refusal; message: string } {
  return {
    response: 'queuedActionsLimitError',
    message: `The queue holds as many actions as xpack.actions.queued.max allows (${maxQueued}). Try again when some have been delivered, or raise the setting.`,
  };
}

/** Kibana's circuit breaker: how much of the queue is free, without counting a million rows for each request. */
function createRoom({ rows, maxQueued }: Pick<EnqueueParts, 'rows' | 'maxQueued'>) {
  let counted = { atMs: Number.NEGATIVE_INFINITY, count: 0 };
  /** Accepted since, at most. */
  let since = 0;
  let underWay = 0;
  let counting: Promise<void> | undefined;

  async function count(): Promise<void> {
    since = underWay;
    const atMs = performance.now();
    counted = { atMs, count: await rows.countUpTo(maxQueued + 1) };
  }

  function isFresh(wanted: number): boolean {
    const ageMs = performance.now() - counted.atMs;
    const free = maxQueued - counted.count - since;
    if (free <= 0) return ageMs < FULL_AGE_MS;
    // Far from full: neither this request nor what other servers accept meanwhile can fill it unnoticed.
    return ageMs < COUNT_AGE_MS && free >= wanted && counted.count + since < maxQueued * 0.9;
  }

  return {
    /** How many of `wanted` there is room for. */
    async claim(wanted: number): Promise<number> {
      if (!isFresh(wanted)) {
        counting ??= count().finally(() => {
          counting = undefined;
        });
        await counting;
      }
      const free = Math.max(0, maxQueued - counted.count - since);
      since += wanted;
      underWay += wanted;
      return Math.min(wanted, free);
    },
    done(wanted: number): void {
      underWay -= wanted;
    },
  };
}
