import type { ExecutionSource } from '../connectors/define.ts';
import type { ErrorCode } from '../errors.ts';
import type { ExecutionStatus } from './execution-log.ts';

/** What is told of an execution in every event. */
export interface EventSubject {
  readonly executionId: string;
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly source: ExecutionSource;
}

/** An attempt ended, of a queued action or of `_execute`. */
export interface AttemptEvent extends EventSubject {
  /** From 1. */
  readonly attempt: number;
  readonly outcome: 'delivered' | 'failed';
  readonly code?: ErrorCode;
  /** Redacted; what failed and why. */
  readonly message?: string;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** From the time it was due to its start; queued actions only. */
  readonly delayMs?: number;
  /** When the next attempt comes, if one does. */
  readonly nextAttemptAt?: Date;
}

/** An execution reached its end: `succeeded`, `failed`, `expired` or `cancelled`. */
export interface EndEvent extends EventSubject {
  readonly status: ExecutionStatus;
  readonly code?: ErrorCode;
  readonly message?: string;
}

export type CircuitState = 'closed' | 'open' | 'half_open';

/** The circuit of a connector changed on this node. */
export interface CircuitEvent {
  readonly spaceId: string;
  readonly connectorId: string;
  readonly connectorTypeId: string;
  readonly connectorName: string;
  readonly state: CircuitState;
  /** Redacted: what the last failure said. */
  readonly reason?: string;
  /** When it will be probed; while open. */
  readonly probeAt?: Date;
}

/** Whoever wants to know what runs do: metrics, notices. Must not throw and must be quick. */
export interface RunListener {
  attempt?(event: AttemptEvent): void;
  ended?(event: EndEvent): void;
  circuit?(event: CircuitEvent): void;
}

export interface RunEvents extends Required<RunListener> {
  listen(listener: RunListener): void;
}

/** One place that runs report to, so that they need not know who listens. */
export function createRunEvents(): RunEvents {
  const listeners: RunListener[] = [];
  return {
    listen: (listener) => void listeners.push(listener),
    attempt: (event) => {
      for (const listener of listeners) listener.attempt?.(event);
    },
    ended: (event) => {
      for (const listener of listeners) listener.ended?.(event);
    },
    circuit: (event) => {
      for (const listener of listeners) listener.circuit?.(event);
    },
  };
}
