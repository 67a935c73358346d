import { createSlidingWindow } from '../runs/sliding-window.ts';

export interface RateLimitOptions {
  /** Starts within the window; absent: only what 429 answers teach. */
  readonly limit?: number;
  readonly windowMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** The time of day in milliseconds since 1970, to which `Retry-After` refers. */
  readonly wallNow?: () => number;
}

/** For health and logs. */
export interface RateLimitState {
  readonly configured?: { readonly limit: number; readonly windowMs: number };
  /** What 429 answers taught. */
  readonly learnedPerSecond?: number;
  /** Until the pause that a 429 answer asked for is over. */
  readonly pausedMs?: number;
}

/** How fast the actions of one connector may start on this node. */
export interface RateLimit {
  /** How many may start now, of `wanted` at most. */
  room(wanted: number): number;
  /** Milliseconds until one may start; 0: now. */
  waitMs(): number;
  /** Counts a start. */
  take(): void;
  /** The target said 429, perhaps with the time from which it will listen again. */
  limited(retryAt?: Date): void;
  /** The target accepted an action. */
  succeeded(): void;
  describe(): RateLimitState;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A target may ask for any wait; the retry of the action itself is cut to a day as well. */
const LONGEST_ASKED_MS = 24 * 60 * 60_000;
/** Below what was accepted, so that the learned rate holds. */
const DECREASE = 0.7;
/** Of the rate that was learned, added for every second. */
const INCREASE_PER_SECOND = 0.01;
const SLOWEST_PER_SECOND = 0.1;
const FIRST_GUESS_PER_SECOND = 1;
const FORGOTTEN_AFTER_MS = 5 * 60_000;
/** Starts may come this much early, in a bunch: timers are no finer than a millisecond or so. */
const BUNCH_MS = 50;

/**
 * A configured limit, which holds in any window, and what is learned beside it. A 429 answer pauses the connector, for
 * as long as it says or for 1 s, 2 s, 4 s … 60 s. Afterwards starts are spread evenly, at 0.7 of the rate that the target
 * accepted: between this 429 and the one before, which with a quota per minute comes to the quota, and before the first
 * in the last seconds. That rate grows by a hundredth a second and is forgotten 5 minutes after the last pause.
 */
export function createRateLimit({ limit, windowMs, now, wallNow = Date.now }: RateLimitOptions): RateLimit {
  const configured = limit === undefined ? undefined : createSlidingWindow({ limit, windowMs, now });
  const accepted = createRecentCount(now);
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let nextPauseMs = FIRST_PAUSE_MS;
  /** What the last 429 taught; it holds, with its growth, from the end of the pause on. */
  let learnedPerSecond: number | undefined;
  let limitedMs: number | undefined;
  /** When the next start is due at the learned rate. */
  let dueMs = Number.NEGATIVE_INFINITY;
  let hasStartedSince = true;

  function ratePerSecond(): number | undefined {
    if (learnedPerSecond === undefined) return undefined;
    const sinceMs = Math.max(0, now() - pausedUntilMs);
    if (sinceMs >= FORGOTTEN_AFTER_MS) {
      learnedPerSecond = undefined;
      limitedMs = undefined;
      nextPauseMs = FIRST_PAUSE_MS;
      return undefined;
    }
    return learnedPerSecond * (1 + (INCREASE_PER_SECOND * sinceMs) / 1_000);
  }

  function learn(): void {
    const current = ratePerSecond();
    // Nothing accepted says that this was too fast, but not what would be right.
    const achieved = accepted.perSecond(limitedMs) || (current ?? FIRST_GUESS_PER_SECOND);
    learnedPerSecond = Math.max(SLOWEST_PER_SECOND, DECREASE * Math.min(achieved, current ?? achieved));
    limitedMs = now();
    accepted.clear();
  }

  function pause(retryAt: Date | undefined): void {
    const asked = retryAt === undefined ? Number.NaN : retryAt.getTime() - wallNow();
    const pauseMs = Number.isNaN(asked) ? nextPauseMs : Math.min(Math.max(asked, 0), LONGEST_ASKED_MS);
    pausedUntilMs = Math.max(pausedUntilMs, now() + pauseMs);
  }

  /** Starts within {@link BUNCH_MS} are one bunch. */
  const learnedWaitMs = () => (ratePerSecond() === undefined ? 0 : dueMs - BUNCH_MS - now());
  const pausedMs = () => Math.max(0, pausedUntilMs - now());

  return {
    room(wanted) {
      if (pausedMs() > 0) return 0;
      const rate = ratePerSecond();
      const room = rate === undefined ? wanted : Math.min(wanted, bunchOf(-learnedWaitMs(), rate));
      return configured === undefined ? room : configured.room(room);
    },
    waitMs: () => Math.max(pausedMs(), learnedWaitMs(), configured?.waitMs() ?? 0),
    take() {
      configured?.take();
      hasStartedSince = true;
      const rate = ratePerSecond();
      if (rate !== undefined) dueMs = Math.max(dueMs, now()) + 1_000 / rate;
    },
    limited(retryAt) {
      // Answers to what had started together are one answer: they may prolong the pause, but teach nothing new.
      if (hasStartedSince && pausedMs() === 0) {
        learn();
        pause(retryAt);
        nextPauseMs = Math.min(LONGEST_PAUSE_MS, nextPauseMs * 2);
        hasStartedSince = false;
      } else if (retryAt !== undefined) {
        pause(retryAt);
      }
      dueMs = Math.max(dueMs, pausedUntilMs);
    },
    succeeded() {
      accepted.add();
      // One that was under way when the pause began says nothing about the time after it.
      if (hasStartedSince && pausedMs() === 0) nextPauseMs = FIRST_PAUSE_MS;
    },
    describe() {
      const rate = ratePerSecond();
      return {
        ...(limit === undefined ? {} : { configured: { limit, windowMs } }),
        ...(rate === undefined ? {} : { learnedPerSecond: rate }),
        ...(pausedMs() === 0 ? {} : { pausedMs: pausedMs() }),
      };
    },
  };
}

/** How many fit into the time that is left of a bunch, the first of them now. */
function bunchOf(leftMs: number, perSecond: number): number {
  return leftMs < 0 ? 0 : 1 + Math.floor((Math.min(leftMs, BUNCH_MS) * perSecond) / 1_000);
}

const RECENT_SECONDS = 60;
const LAST_SECONDS = 10;

interface RecentCount {
  add(): void;
  /** Since a time, at most a minute ago; without one in the last seconds. */
  perSecond(sinceMs: number | undefined): number;
  clear(): void;
}

/** Counts by second what happened in the last minute. */
function createRecentCount(now: () => number): RecentCount {
  const counts = new Uint32Array(RECENT_SECONDS);
  const startMs = now();
  let newest = 0;
  let firstMs: number | undefined;

  function forget(): void {
    const second = Math.floor((now() - startMs) / 1_000);
    for (let old = Math.max(newest + 1, second - RECENT_SECONDS + 1); old <= second; old += 1) {
      counts[old % RECENT_SECONDS] = 0;
    }
    newest = second;
  }

  return {
    add() {
      forget();
      counts[newest % RECENT_SECONDS]! += 1;
      firstMs ??= now();
    },
    perSecond(sinceMs) {
      forget();
      const from = sinceMs ?? Math.max(firstMs ?? now(), now() - LAST_SECONDS * 1_000);
      const spanMs = Math.min(RECENT_SECONDS * 1_000, Math.max(1_000, now() - from));
      // The oldest second is counted whole.
      const seconds = Math.min(RECENT_SECONDS, newest + 1, Math.floor(spanMs / 1_000) + 1);
      let count = 0;
      for (let back = 0; back < seconds; back += 1) count += counts[(newest - back) % RECENT_SECONDS]!;
      return (count * 1_000) / spanMs;
    },
    clear() {
      counts.fill(0);
      firstMs = undefined;
    },
  };
}
