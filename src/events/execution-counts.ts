import type { ExecutionCountRows, FailingConnector } from '../db/execution-counts.ts';
import type { ExecutionFilter, ExecutionLog } from './execution-log.ts';

export interface HistogramBucket {
  readonly at: Date;
  readonly succeeded: number;
  /** Failed or expired. */
  readonly failed: number;
  /** Not finished yet, or cancelled. */
  readonly other: number;
}

export interface Histogram {
  readonly bucketMs: number;
  readonly buckets: readonly HistogramBucket[];
  /** Those with the most failures, at most {@link FAILING_MAX}. */
  readonly failing: readonly FailingConnector[];
}

/** The runs of a connector in the hours of {@link Activity}. */
export interface HourCounts {
  readonly succeeded: readonly number[];
  /** Failed or expired. */
  readonly failed: readonly number[];
}

export interface Activity {
  /** When the first hour begins; the last one is under way. */
  readonly from: Date;
  /** By connector id; connectors without any run are left out. */
  readonly connectors: ReadonlyMap<string, HourCounts>;
}

/** Executions in numbers, as charts show them. An execution counts when it was created, not when it ended. */
export interface ExecutionCounts {
  /** @param buckets how many at most; all are equally long, but the last may be cut off by `to` */
  histogram(spaceId: string, filter: ExecutionFilter, range: HistogramRange): Promise<Histogram>;
  /** The last {@link ACTIVITY_HOURS} hours of every connector of a space, at most some seconds old. */
  activity(spaceId: string): Promise<Activity>;
}

export interface HistogramRange {
  readonly from: Date;
  readonly to: Date;
  readonly buckets: number;
}

export const ACTIVITY_HOURS = 24;
const HOUR_MS = 3_600_000;
const FAILING_MAX = 10;
/** Counting a busy day takes a second: not more often than this, and never more than a tenth of the time. */
const ACTIVITY_AGE_MS = 5_000;
const REST_FACTOR = 10;
/** A space is any name in a path. */
const SPACES_MAX = 100;

interface Counted {
  readonly activity: Activity;
  readonly untilMs: number;
}

export function createExecutionCounts(rows: ExecutionCountRows, log: Pick<ExecutionLog, 'flush'>): ExecutionCounts {
  const counted = new Map<string, Counted>();
  const counting = new Map<string, Promise<Activity>>();

  async function count(spaceId: string): Promise<Activity> {
    await log.flush();
    const startedMs = performance.now();
    const activity = await readActivity(rows, spaceId, new Date());
    const nowMs = performance.now();
    counted.delete(spaceId);
    if (counted.size >= SPACES_MAX) counted.delete(counted.keys().next().value!);
    const restMs = Math.max(ACTIVITY_AGE_MS, (nowMs - startedMs) * REST_FACTOR);
    counted.set(spaceId, { activity, untilMs: nowMs + restMs });
    return activity;
  }

  return {
    async histogram(spaceId, filter, { from, to, buckets }) {
      // Who reads must see what he just did.
      await log.flush();
      const bucketMs = Math.max(1, Math.ceil((to.getTime() - from.getTime()) / buckets));
      const bounds = boundsOf(from, to, bucketMs);
      const [counts, failing] = await Promise.all([
        rows.byBucket(spaceId, filter, bounds),
        rows.failing(spaceId, filter, bounds, FAILING_MAX),
      ]);
      const result = bounds.slice(0, -1).map((at) => ({ at, succeeded: 0, failed: 0, other: 0 }));
      for (const { bucket, status, count } of counts) result[bucket]![kindOf(status)] += count;
      return { bucketMs, buckets: result, failing };
    },

    async activity(spaceId) {
      const known = counted.get(spaceId);
      if (known !== undefined && performance.now() < known.untilMs) return known.activity;
      const underWay = counting.get(spaceId);
      if (underWay !== undefined) return underWay;
      const work = count(spaceId).finally(() => counting.delete(spaceId));
      counting.set(spaceId, work);
      return work;
    },
  };
}

function boundsOf(from: Date, to: Date, stepMs: number): Date[] {
  const bounds: Date[] = [];
  for (let time = from.getTime(); time < to.getTime(); time += stepMs) bounds.push(new Date(time));
  return [...bounds, to];
}

function kindOf(status: string): 'succeeded' | 'failed' | 'other' {
  if (status === 'succeeded') return 'succeeded';
  return status === 'failed' || status === 'expired' ? 'failed' : 'other';
}

/** Whole hours, so that what was counted of an hour once is not spread over two the next time. */
async function readActivity(rows: ExecutionCountRows, spaceId: string, now: Date): Promise<Activity> {
  const from = (Math.floor(now.getTime() / HOUR_MS) - ACTIVITY_HOURS + 1) * HOUR_MS;
  const bounds = Array.from({ length: ACTIVITY_HOURS + 1 }, (_, hour) => new Date(from + hour * HOUR_MS));
  const connectors = new Map<string, HourCounts>();
  for (const { connectorId, buckets } of await rows.activity(spaceId, bounds)) {
    const succeeded = new Array<number>(ACTIVITY_HOURS).fill(0);
    const failed = new Array<number>(ACTIVITY_HOURS).fill(0);
    for (const hour of buckets) {
      succeeded[hour.bucket] = hour.succeeded;
      failed[hour.bucket] = hour.failed;
    }
    connectors.set(connectorId, { succeeded, failed });
  }
  return { from: new Date(from), connectors };
}
