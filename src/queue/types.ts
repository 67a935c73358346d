import type { Principal } from '../access/authorise.ts';
import type { ExecutionSource } from '../connectors/define.ts';
import type { ExecutionFilter } from '../db/executions.ts';
import type { CircuitState } from '../events/run-events.ts';

/** An action to be run in the background. */
export interface EnqueueItem {
  readonly connectorId: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The same key for the same connector within 24 h gives the same execution. 1–255 characters. */
  readonly idempotencyKey?: string;
  /** No attempt begins later; the execution ends `expired`. */
  readonly deliverBy?: Date;
  /** No attempt begins earlier. */
  readonly startAt?: Date;
  /** The execution that this one repeats. */
  readonly retryOf?: string;
}

/** Why an item was not accepted; `queuedActionsLimitError` is Kibana's word. */
export type Refusal =
  | 'queuedActionsLimitError'
  | 'connectorNotFound'
  | 'connectorTypeDisabled'
  | 'missingSecrets'
  | 'systemConnector'
  | 'deliverByPassed';

/** What became of an item, in the order of the items. */
export type EnqueueResult =
  | { readonly connectorId: string; readonly executionId: string; readonly response: 'success' }
  | { readonly connectorId: string; readonly response: Refusal; readonly message: string };

/** How many were meant and what became of them; `executionIds` are the new or the cancelled ones. */
export interface BulkOutcome {
  readonly matched: number;
  readonly executionIds: readonly string[];
  /** Why others were left out, by message. */
  readonly skipped: Readonly<Record<string, number>>;
}

export interface OpenCircuit {
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly state: Exclude<CircuitState, 'closed'>;
  readonly since: Date;
  readonly probeAt: Date;
  readonly reason?: string;
}

/** The queue as the database and this node see it, at most some seconds old. */
export interface QueueStats {
  readonly at: Date;
  /** Everything not finished, running ones included. */
  readonly depth: number;
  /** Nobody has them in hand and their time has come. */
  readonly due: number;
  /** When the oldest of these became due. */
  readonly oldestDueAt?: Date;
  /** Claimed by some node. */
  readonly claimed: number;
  /** Failed at least once and wait for their next attempt. */
  readonly retrying: number;
  readonly byType: Readonly<Record<string, { readonly queued: number; readonly claimed: number }>>;
  /** Running on this node now. */
  readonly running: number;
  /** Of {@link running}, the share of this node's limit, 0 to 1. */
  readonly load: number;
  readonly openCircuits: readonly OpenCircuit[];
  /** Nodes with a heartbeat, this one included. */
  readonly nodes: number;
  /** When any node last began or ended an attempt. */
  readonly lastAttemptAt?: Date;
  /** Set when work is due, nothing holds it back on purpose, and nobody has attempted anything for a while. */
  readonly stuck?: { readonly since: Date; readonly connectorId: string };
  readonly polling: { readonly lastSuccessAt?: Date; readonly durationsMs: readonly number[] };
}

/** Background execution of actions; durable from the moment {@link enqueue} resolves. */
export interface Queue {
  /**
   * Stores actions, one result for each; one bad item harms no other. Stored (committed) when this resolves.
   *
   * @param source what the log calls the caller; `queue` if left out
   * @param traceparent of the span that the attempts belong to
   * @throws {PatchbayError} `forbidden`: nothing is stored; `database_unavailable`: it is not known whether it is
   */
  enqueue(
    principal: Principal,
    spaceId: string,
    items: readonly EnqueueItem[],
    source?: QueuedSource,
    traceparent?: string,
  ): Promise<EnqueueResult[]>;
  /**
   * Runs a finished execution again, as a new one.
   *
   * @param params instead of the stored ones, which are kept only of executions that did not succeed
   * @throws {PatchbayError} `not_found`; `conflict` when it is not finished; `bad_request` when there are no params
   */
  retry(
    principal: Principal,
    spaceId: string,
    executionId: string,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<EnqueueResult>;
  /** The same for all finished, not succeeded ones that match, oldest first, up to `limit`. */
  retryMatching(
    principal: Principal,
    spaceId: string,
    filter: ExecutionFilter,
    limit: number,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<BulkOutcome>;
  /**
   * Takes a waiting execution out of the queue.
   *
   * @throws {PatchbayError} `not_found`; `conflict` when it is being attempted or has ended
   */
  cancel(principal: Principal, spaceId: string, executionId: string): Promise<void>;
  /** The same for all waiting ones that match, up to `limit`. */
  cancelMatching(principal: Principal, spaceId: string, filter: ExecutionFilter, limit: number): Promise<BulkOutcome>;
  stats(): Promise<QueueStats>;
  /** Begins to work. */
  start(): Promise<void>;
  /** Takes no new work, hands back what has not begun, and waits for what runs. */
  stop(waitMs: number): Promise<void>;
  /** After {@link stop}, once what still ran was cut off: stores the last results and takes leave of the other nodes. */
  finish(): Promise<void>;
}

/** What an action was accepted as; `queue` for the API. */
export type QueuedSource = Extract<ExecutionSource, 'queue' | 'rule' | 'notification'>;
