/**
 * What was done to a server and what was seen of it while it was being broken, and what it says afterwards. The checker
 * compares the two. Times are milliseconds since the epoch, of the one machine that everything runs on.
 */
export interface History {
  /** Every action that a client tried to enqueue, retries of finished executions included. */
  readonly enqueued: Enqueued[];
  readonly cancelled: Cancelled[];
  /** Every request that reached a target. */
  readonly deliveries: Delivery[];
  /** In the order in which they began. */
  readonly faults: Fault[];
}

/** `unknown`: the connection died, or the answer was 503: stored or not. */
export type Outcome = 'accepted' | 'refused' | 'unknown';

export interface Enqueued {
  /** Stands in the body; different for all actions, except for those that share an idempotency key. */
  readonly marker: string;
  readonly connectorId: string;
  readonly outcome: Outcome;
  /** When accepted. */
  readonly executionId?: string;
  readonly key?: string;
  readonly startAtMs?: number;
  readonly deliverByMs?: number;
  /** The execution that it repeats. */
  readonly retryOf?: string;
}

export interface Cancelled {
  readonly executionId: string;
  readonly outcome: Outcome;
  /** When the answer was there. */
  readonly answeredMs: number;
}

export interface Delivery {
  readonly marker: string;
  readonly connectorId: string;
  /** The `Idempotency-Key` that the connector adds. */
  readonly executionId: string;
  readonly receivedMs: number;
  /** What was answered; undefined: nothing. */
  readonly status?: number;
}

/** Something that can end attempts, or make their results unknown. */
export interface Fault {
  readonly kind: string;
  readonly fromMs: number;
  /** Whether a server may have lost what it had in hand. */
  readonly interrupts: boolean;
}

/** What the API says of an execution once everything is settled. */
export interface ExecutionSeen {
  readonly execution_id: string;
  readonly connector_id: string;
  readonly status: string;
  readonly created_at: string;
  readonly finished_at?: string;
  readonly code?: string;
  readonly retry_of?: string;
}

export interface AttemptSeen {
  readonly attempt: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly outcome: string;
  readonly code?: string;
}

/** Everything as it stands at the end. */
export interface Final {
  /** From the search, every page of it. */
  readonly listed: readonly ExecutionSeen[];
  /** From `GET …/execution/{id}`, for each that is listed or was accepted; undefined: 404. */
  readonly details: ReadonlyMap<string, (ExecutionSeen & { readonly attempts: readonly AttemptSeen[] }) | undefined>;
  /** Ids in the table of unfinished executions. */
  readonly queue: readonly string[];
  /** Ids in the table of finished ones, one for each row. */
  readonly logged: readonly string[];
  /** Places where no secret may be, by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What must hold of this run. */
export interface Limits {
  readonly maxAttempts: number;
  /** Actions that all servers together may have in hand at one moment. */
  readonly inHand: number;
  /** Planted secrets. */
  readonly secrets: readonly string[];
}

export function newHistory(): History {
  return { enqueued: [], cancelled: [], deliveries: [], faults: [] };
}
