import { describeFailure, type Verdict } from '../connectors/verdict.ts';
import type { ErrorCode } from '../errors.ts';

const DEFAULT_MAX_ATTEMPTS = 3;

// Kibana's schedule: half a minute, then anything between nothing and a ceiling that doubles.
const FIRST_DELAY_MS = 30_000;
const SECOND_CEILING_MS = 5 * 60_000;
const HIGHEST_CEILING_MS = 60 * 60_000;

/** A target may name any date; nobody wants an alert after more than a day. */
const LONGEST_DELAY_MS = 24 * 60 * 60_000;

/** What may say how often an action is attempted, the first time included. */
export interface AttemptLimits {
  /** `xpack.actions.run.maxAttempts` */
  readonly maxAttempts?: number;
  /** `xpack.actions.run.connectorTypeOverrides` */
  readonly overrides?: readonly { readonly id: string; readonly maxAttempts?: number }[];
  /** What the connector type declares. */
  readonly typeMaxAttempts?: number;
}

/** How often an action of a connector type is attempted, at least once. The first override of a type counts. */
export function maxAttemptsFor(typeId: string, limits: AttemptLimits): number {
  const override = limits.overrides?.find(({ id }) => id === typeId);
  return override?.maxAttempts ?? limits.maxAttempts ?? limits.typeMaxAttempts ?? DEFAULT_MAX_ATTEMPTS;
}

/** An attempt that has ended. */
export interface EndedAttempt {
  readonly verdict: Verdict;
  /** From 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly now: Date;
  /** It took longer than `patchbay.queue.timeout`. */
  readonly timedOut?: boolean;
  readonly deliverBy?: Date;
  /** From 0 up to but not including 1. */
  readonly random?: () => number;
}

/** What becomes of an execution after an attempt. `message` and `reason` are as free of secrets as the verdict was. */
export type Decision =
  | {
      readonly end: 'succeeded';
      readonly code?: undefined;
      /** The warning of the verdict. */
      readonly message?: string;
    }
  | { readonly end: 'failed' | 'expired'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly retryAt: Date;
      /** Half a sentence for the log. */
      readonly reason: string;
    };

/**
 * The end of an execution, or when it is attempted again: at the date that the verdict names, else after
 * {@link retryDelayMs}. Not after a time-out, as in Kibana, and not when the next attempt would begin after `deliverBy`.
 */
export function decide(ended: EndedAttempt): Decision {
  const { verdict, attempt, maxAttempts, deliverBy } = ended;
  if (verdict.outcome === 'delivered') {
    return verdict.warning === undefined ? { end: 'succeeded' } : { end: 'succeeded', message: verdict.warning };
  }
  const message = describeFailure(verdict);
  if (ended.timedOut) return { end: 'failed', code: 'timed_out', message };
  if (verdict.retry === false || attempt >= maxAttempts) return { end: 'failed', code: verdict.code, message };

  const asked = dateOf(verdict.retry);
  const retryAt = asked === undefined ? afterDelay(ended) : withinADay(asked, ended.now);
  if (deliverBy !== undefined && retryAt > deliverBy) {
    return {
      end: 'expired',
      code: 'expired',
      message: `The next attempt would begin at ${retryAt.toISOString()}, after the deadline ${deliverBy.toISOString()} (deliver_by). Attempt ${attempt} of ${maxAttempts} failed: ${message}`,
    };
  }
  const why = asked === undefined ? '' : ', as the target asked';
  return {
    retryAt,
    reason: `attempt ${attempt} of ${maxAttempts} failed; the next comes at ${retryAt.toISOString()}${why}`,
  };
}

/**
 * Kibana's schedule: 30 s after the first failed attempt; after attempt n anything from 0 up to 5 min × 2^(n−2), at most
 * 1 h. The chance spreads over time what failed at the same moment.
 *
 * @param attempt the one that failed, from 1
 */
export function retryDelayMs(attempt: number, random: () => number = Math.random): number {
  if (attempt <= 1) return FIRST_DELAY_MS;
  return random() * Math.min(HIGHEST_CEILING_MS, SECOND_CEILING_MS * 2 ** (attempt - 2));
}

function dateOf(retry: boolean | Date | undefined): Date | undefined {
  // A connector type of somebody else's may have parsed what was no date.
  return retry instanceof Date && !Number.isNaN(retry.getTime()) ? retry : undefined;
}

function afterDelay({ attempt, now, random }: EndedAttempt): Date {
  return new Date(now.getTime() + retryDelayMs(attempt, random));
}

function withinADay(date: Date, now: Date): Date {
  const delayMs = Math.min(Math.max(date.getTime() - now.getTime(), 0), LONGEST_DELAY_MS);
  return new Date(now.getTime() + delayMs);
}
