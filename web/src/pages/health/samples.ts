import { useEffect } from 'react';
import { type HealthReport, type QueueStats, SAMPLE_MS } from '../../api/health.ts';
import { createStore } from '../../ui/store.ts';
import type { Point } from './charts/Marks.tsx';

/** What the page saw at one moment. */
export interface Sample {
  readonly at: number;
  readonly depth: number;
  readonly due: number;
  readonly retrying: number;
  /** How late the action is that waits longest. */
  readonly ageMs: number;
  /** How much later than due half, and 95 %, of the latest attempts began. */
  readonly delayMs?: { readonly half: number; readonly most: number };
}

/** How far back the charts of the page reach at most. */
const KEPT_MS = 30 * 60_000;
/** A chart is never shorter, so that its first values are not stretched over all of it. */
const SHORTEST_MS = 5 * 60_000;

// Outside of the page: whoever looks at something else for a minute finds the curve again.
const samples = createStore<readonly Sample[]>([]);

/** The samples of this visit; each new answer of the server adds one. */
export function useSamples(queue: QueueStats | undefined, report: HealthReport | undefined): readonly Sample[] {
  useEffect(() => {
    if (queue === undefined) return;
    const at = Date.parse(queue.at);
    const before = samples.get();
    // The server counts a busy queue less often than it is asked.
    if (before.at(-1)?.at === at) return;
    const kept = before.filter((sample) => sample.at > at - KEPT_MS && sample.at < at);
    samples.set([...kept, toSample(at, queue, report)]);
  }, [queue, report]);
  return samples.use();
}

function toSample(at: number, queue: QueueStats, report: HealthReport | undefined): Sample {
  const drift = report?.stats?.runtime.value.drift;
  return {
    at,
    depth: queue.depth,
    due: queue.due,
    retrying: queue.retrying,
    ageMs: oldestAge(queue),
    ...(drift === undefined ? {} : { delayMs: { half: drift.p50, most: drift.p95 } }),
  };
}

/** How late the action is that waits longest; 0 when nothing is late. */
export function oldestAge({ at, oldest_due_at }: QueueStats): number {
  return oldest_due_at === undefined ? 0 : Math.max(0, Date.parse(at) - Date.parse(oldest_due_at));
}

/** The stretch of time that charts of the samples show. */
export function sampledTime(all: readonly Sample[]): { from: number; to: number } {
  const to = all.at(-1)?.at ?? Date.now();
  return { from: Math.min(all[0]?.at ?? to, to - SHORTEST_MS), to };
}

/** Points of a chart; a pause, as of a tab in the background, is a gap and no straight line. */
export function toPoints(all: readonly Sample[], values: (sample: Sample) => Point['values']): Point[] {
  return all.flatMap((sample, index) => {
    const point = { at: sample.at, values: values(sample) };
    const before = all[index - 1];
    const isAfterPause = before !== undefined && sample.at - before.at > 4 * SAMPLE_MS;
    return isAfterPause ? [{ at: before.at + 1, values: point.values.map(() => undefined) }, point] : [point];
  });
}
