import { DAY, stepFor } from '../health/charts/scales.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Times up to now that one click chooses. */
export const QUICK_RANGES = {
  '15m': 15 * MINUTE,
  '1h': HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
} as const;
export type QuickRange = keyof typeof QUICK_RANGES;
export const DEFAULT_RANGE: QuickRange = '24h';

/** Up to now, or between two moments (ISO 8601); without `to` up to now as well. */
export type TimeRange = QuickRange | { readonly from: string; readonly to?: string };

export function isQuick(range: TimeRange): range is QuickRange {
  return typeof range === 'string';
}

export interface ResolvedRange {
  readonly from: Date;
  /** Absent: up to now. */
  readonly to?: Date;
  /** The time that a chart shows; a little longer, as it ends with a whole bucket. */
  readonly chart: { readonly from: Date; readonly to: Date; readonly buckets: number };
}

/** About as many bars fit a phone and still tell a story on a large screen. */
const BARS = 60;

/**
 * The moments that a range means now. A range up to now begins at a round time of the reader's clock, so that bars do not
 * change with every look: it is longer than its name by less than one bar.
 */
export function resolveRange(range: TimeRange, now: number = Date.now()): ResolvedRange {
  if (!isQuick(range)) {
    const from = Date.parse(range.from);
    const to = range.to === undefined ? undefined : Date.parse(range.to);
    const end = Math.max(to ?? now, from + 1_000);
    const buckets = Math.max(1, Math.round((end - from) / stepFor((end - from) / BARS)));
    return {
      from: new Date(from),
      to: to === undefined ? undefined : new Date(to),
      chart: { from: new Date(from), to: new Date(end), buckets },
    };
  }
  const bucketMs = stepFor(QUICK_RANGES[range] / BARS);
  const from = roundDown(now - QUICK_RANGES[range], bucketMs);
  const buckets = Math.ceil((now - from + 1) / bucketMs);
  return { from: new Date(from), chart: { from: new Date(from), to: new Date(from + buckets * bucketMs), buckets } };
}

function roundDown(time: number, stepMs: number): number {
  const offsetMs = new Date(time).getTimezoneOffset() * MINUTE;
  return Math.floor((time - offsetMs) / stepMs) * stepMs + offsetMs;
}
