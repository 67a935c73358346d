/** At most `limit` starts within any window; see {@link createSlidingWindow}. */
export interface SlidingWindow {
  /** How many may start now, of `wanted` at most. */
  room(wanted: number): number;
  /** Milliseconds until one may start; 0: now. */
  waitMs(): number;
  /** Counts a start, whether there is room or not. */
  take(): void;
}

export interface SlidingWindowOptions {
  readonly limit: number;
  readonly windowMs: number;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
}

/**
 * Remembers the last `limit` starts, 8 bytes each, so that no window of `windowMs`, wherever it begins, has more. A
 * token bucket of the same size would let twice as many into a window that begins when it is full.
 */
export function createSlidingWindow({ limit, windowMs, now }: SlidingWindowOptions): SlidingWindow {
  const starts = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  let oldest = 0;
  return {
    room(wanted) {
      const before = now() - windowMs;
      const most = Math.min(wanted, limit);
      let room = 0;
      while (room < most && starts[(oldest + room) % limit]! <= before) room += 1;
      return room;
    },
    waitMs: () => Math.max(0, starts[oldest]! + windowMs - now()),
    take() {
      starts[oldest] = now();
      oldest = (oldest + 1) % limit;
    },
  };
}
