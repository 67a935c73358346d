import type { ErrorCode } from '../errors.ts';
import type { CircuitState } from '../events/run-events.ts';

export interface CircuitOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** The first pause; it doubles with each probe that fails, up to `maxPauseMs`. Each is varied by ±10 %. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** From 0 up to but not including 1. */
  readonly random?: () => number;
}

/** How an attempt ended, as far as the circuit cares. */
export interface CircuitResult {
  /** By the clock of the circuit, read after {@link Circuit.mayStart}. */
  readonly startedMs: number;
  /** Absent: delivered. */
  readonly code?: ErrorCode;
  /** Redacted; what the failure said. */
  readonly reason?: string;
}

/** Keeps the actions of one connector from a target that does not answer. */
export interface Circuit {
  /** `half_open` once the pause is over, until a probe has ended. */
  readonly state: CircuitState;
  /** When it left `closed` for the first time since it was closed; by the clock of the circuit. */
  readonly openedMs: number | undefined;
  /** The end of the pause; it may be over. Undefined while closed. */
  readonly openUntilMs: number | undefined;
  /** What the failure that opened it last said. */
  readonly reason: string | undefined;
  /** Milliseconds until {@link mayStart} may say yes; `Infinity` while a probe is under way. */
  waitMs(): number;
  /**
   * Whether an attempt may begin now. In `half_open` exactly one may, the probe: yes takes its place, which
   * {@link record} or {@link giveBack} frees again. Every yes needs one of the two.
   */
  mayStart(): boolean;
  /**
   * Notes a result. What began before the circuit last opened or closed says nothing about the target as it is now: it
   * neither opens, closes nor prolongs. While open, a delivery that began since then (of `_execute`, say) closes it.
   */
  record(result: CircuitResult): void;
  /** An attempt came to nothing before it reached the target. `startedMs` tells a late one from the probe. */
  giveBack(startedMs?: number): void;
}

/** The target, or the way to it, is broken for every action alike. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'target_unavailable',
  'timed_out',
  'egress_timeout',
  'egress_connection',
  'egress_proxy',
  // An expired certificate refuses every action until somebody renews it.
  'egress_tls',
]);

/** Not what was hoped for, but an answer. */
const ANSWERS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'target_rejected',
  'target_auth',
  'target_rate_limited',
  'target_response_invalid',
  'partial_failure',
  'egress_too_many_redirects',
  'egress_response_too_large',
]);

/** A closed circuit; pure but for its clock. */
export function createCircuit({ failures, pauseMs, maxPauseMs, now, random = Math.random }: CircuitOptions): Circuit {
  let phase: 'closed' | 'open' | 'probing' = 'closed';
  /** Results of attempts that began earlier are of no interest. */
  let sinceMs = Number.NEGATIVE_INFINITY;
  let failuresInRow = 0;
  let pauses = 0;
  let openedMs: number | undefined;
  let openUntilMs: number | undefined;
  let reason: string | undefined;

  function open(why: string | undefined): void {
    const pause = Math.min(maxPauseMs, pauseMs * 2 ** pauses);
    phase = 'open';
    sinceMs = now();
    openedMs ??= sinceMs;
    // Nodes that opened together must not probe together.
    openUntilMs = sinceMs + pause * (0.9 + 0.2 * random());
    reason = why;
    pauses += 1;
  }

  function close(): void {
    phase = 'closed';
    sinceMs = now();
    failuresInRow = 0;
    pauses = 0;
    openedMs = undefined;
    openUntilMs = undefined;
    reason = undefined;
  }

  function giveBack(startedMs = sinceMs): void {
    if (phase === 'probing' && startedMs >= sinceMs) phase = 'open';
  }

  function waitMs(): number {
    if (phase === 'probing') return Number.POSITIVE_INFINITY;
    return openUntilMs === undefined ? 0 : Math.max(0, openUntilMs - now());
  }

  return {
    get state() {
      if (phase === 'closed') return 'closed';
      return phase === 'open' && waitMs() > 0 ? 'open' : 'half_open';
    },
    get openedMs() {
      return openedMs;
    },
    get openUntilMs() {
      return openUntilMs;
    },
    get reason() {
      return reason;
    },
    waitMs,
    mayStart() {
      if (waitMs() > 0) return false;
      if (phase === 'open') {
        phase = 'probing';
        sinceMs = now();
      }
      return true;
    },
    record({ startedMs, code, reason: why }) {
      if (startedMs < sinceMs) return;
      const isFailure = code !== undefined && FAILURES.has(code);
      const isAnswer = code === undefined || ANSWERS.has(code);
      if (phase === 'closed') {
        if (isAnswer) failuresInRow = 0;
        if (isFailure) failuresInRow += 1;
        if (failuresInRow >= failures) open(why);
      } else if (isAnswer) {
        // What began in the very moment of the opening counts as earlier.
        if (phase === 'probing' || startedMs > sinceMs) close();
      } else if (phase === 'probing') {
        if (isFailure) open(why);
        else giveBack(startedMs);
      }
    },
    giveBack,
  };
}
