import type { AttemptRow } from './executions.ts';

/** What describes an action from its acceptance to its end. */
interface ActionRow {
  /** The execution's: a UUID of version 7. */
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly username?: string;
  /** JSON text. */
  readonly params: string;
  readonly deliverBy?: Date;
  readonly retryOf?: string;
  readonly traceparent?: string;
}

export interface NewQueueRow extends ActionRow {
  /** Left out: now, by the database's clock. */
  readonly dueAt?: Date;
  readonly idempotencyKey?: string;
  /** Stored as claimed by the node that accepts it. */
  readonly isClaimed: boolean;
}

/** A row that this node has claimed. */
export interface ClaimedRow extends ActionRow {
  readonly dueAt: Date;
  /** That have ended. */
  readonly attempts: number;
  /** Of these, the ones that ended with the death of their node. */
  readonly interrupted: number;
}

/** A row as it was taken out of the queue without an attempt. */
export interface RemovedRow {
  readonly id: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: string;
  readonly message?: string;
}

/** How a claimed row goes on after an attempt, or instead of one. */
export type Settled = {
  readonly id: string;
  /** {@link ClaimedRow.attempts}: a statement whose answer was lost is repeated, and must not count twice. */
  readonly before: number;
  readonly attempts: readonly AttemptRow[];
} & (
  | {
      readonly status: string;
      readonly finishedAt: Date;
      /** Does not keep the params although it did not succeed. */
      readonly dropParams?: boolean;
      readonly code?: string;
      readonly message?: string;
    }
  | {
      readonly status: 'again';
      /** How many have ended, this one included. */
      readonly ended: number;
      readonly delayMs: number;
      readonly code?: string;
      readonly message?: string;
    }
);

/** A connector that has rows which nobody has claimed. */
export interface Lane {
  readonly connectorId: string;
  readonly connectorTypeId: string;
  /** Of its first row. */
  readonly dueAt: Date;
  readonly isDue: boolean;
}

export interface QueueCounts {
  /** By the database's clock. */
  readonly at: Date;
  readonly byType: readonly {
    readonly connectorTypeId: string;
    readonly waiting: number;
    readonly due: number;
    readonly claimed: number;
    readonly retrying: number;
  }[];
  readonly nodes: number;
  readonly lastAttemptAt?: Date;
}

export interface QueueRows {
  /**
   * Stores actions in one statement.
   *
   * @param rows no two with the same key for the same connector
   * @param notify the payload for `QUEUE_CHANNEL`, if other nodes should know
   * @returns whether this node is registered, and so really has the rows it wanted to claim; and, of rows whose key was
   * used before, the execution that it belongs to
   */
  insert(
    node: string,
    rows: readonly NewQueueRow[],
    notify: string | undefined,
  ): Promise<{ isRegistered: boolean; known: ReadonlyMap<string, string> }>;
  /** No more than `limit`, which bounds the work. */
  countUpTo(limit: number): Promise<number>;
  /** Due rows of each connector, at most `wanted` of it, oldest first; never those that were interrupted. */
  claim(node: string, wanted: readonly { connectorId: string; wanted: number }[]): Promise<ClaimedRow[]>;
  /** Due rows that were interrupted at least `least` and at most `most` times, of any connector but `except`. */
  claimInterrupted(
    node: string,
    bounds: { least: number; most: number; limit: number; except: readonly string[] },
  ): Promise<ClaimedRow[]>;
  /** Ends rows of this node or puts them back with a later time, and stores their attempts. @returns how many were this node's */
  settle(node: string, settled: readonly Settled[]): Promise<number>;
  /** Gives rows back untouched. */
  release(node: string, ids: readonly string[]): Promise<void>;
  /** Gives back all rows of this node but the given ones. @returns how many */
  releaseOthers(node: string, kept: readonly string[]): Promise<number>;
  /** Ends rows that nobody has claimed. */
  remove(
    spaceId: string,
    ids: readonly string[],
    end: { status: string; code?: string; message: string },
  ): Promise<RemovedRow[]>;
  /** Ends rows whose `deliver_by` has passed, some at a time. */
  removeExpired(limit: number): Promise<RemovedRow[]>;
  /** Every connector with rows that nobody has claimed, at most `limit`. */
  lanes(limit: number): Promise<Lane[]>;
  register(node: string, name: string): Promise<void>;
  /** The heartbeat. @returns the number of nodes, or 0 when this one was declared dead */
  beat(node: string, lastAttemptAt: Date | undefined): Promise<number>;
  unregister(node: string): Promise<void>;
  /** Whether another node gave no sign for a while. */
  hasDead(node: string, silentMs: number): Promise<boolean>;
  /** Frees the rows of such nodes, and of nodes that nobody knows. Reads the whole queue. @returns how many */
  takeOver(node: string, silentMs: number): Promise<number>;
  counts(): Promise<QueueCounts>;
  /** Removes dead row versions now; at thousands of actions a second autovacuum's minute is too long. */
  vacuum(): Promise<void>;
}
