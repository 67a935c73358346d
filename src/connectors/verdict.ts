import type { ErrorCode } from '../errors.ts';

/** What one attempt of one action came to. Handlers return data (= delivered) or throw/return a verdict. */
export type Verdict = Delivered | Failed;

export interface Delivered {
  readonly outcome: 'delivered';
  /** Answered as `data`; left out of the answer when undefined. Any JSON value. */
  readonly data?: unknown;
  /** Something the user should know although the action succeeded, e.g. one of three recipients was refused. */
  readonly warning?: string;
  /** What the action created at the vendor, so that people find it again. */
  readonly reference?: Reference;
}

/** An incident, an alert, a message: something at the vendor. */
export interface Reference {
  /** The vendor's own id of it. */
  readonly id: string;
  /** Where people can look at it. */
  readonly url?: string;
}

export interface Failed {
  readonly outcome: 'failed';
  readonly code: ErrorCode;
  /** What happened, in the words Kibana uses where it has some. */
  readonly message: string;
  /** Details: the target's own words, the cause, what to do. */
  readonly serviceMessage?: string;
  /**
   * `true`: try again on the queue's schedule; a date: not before then; `false`: a repetition cannot help;
   * absent: the type does not say (Kibana's queue then retries, and so does ours).
   */
  readonly retry?: boolean | Date;
  /** Who has to act. Kibana reports `user` for every error a type returns, `framework` for most that it throws. */
  readonly errorSource?: 'user' | 'framework';
  /** Answered as `data` beside the error, e.g. per-document results. */
  readonly data?: unknown;
}

export interface FailureOptions {
  serviceMessage?: string;
  retry?: boolean | Date;
  errorSource?: 'user' | 'framework';
  data?: unknown;
}

export function delivered(data?: unknown, options: { warning?: string; reference?: Reference } = {}): Delivered {
  return { outcome: 'delivered', data, ...options };
}

export function failed(code: ErrorCode, message: string, options: FailureOptions = {}): Failed {
  return { outcome: 'failed', code, message, ...options };
}

/** `message: service message`, as Kibana's event log puts it. */
export function describeFailure({ message, serviceMessage }: Failed): string {
  return serviceMessage ? `${message}: ${serviceMessage}` : message;
}

/** A verdict that a handler throws from anywhere below itself. */
export class VerdictError extends Error {
  readonly verdict: Failed;
  constructor(verdict: Failed) {
    super(verdict.message);
    this.name = 'VerdictError';
    this.verdict = verdict;
  }
}

export function isVerdict(value: unknown): value is Verdict {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return false;
  return value.outcome === 'delivered' || value.outcome === 'failed';
}
