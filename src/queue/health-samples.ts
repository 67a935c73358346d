import type { AttemptEvent, RunListener } from '../events/run-events.ts';
import { createSamples, type Samples } from './samples.ts';

/** Kibana's words for what a task came to. */
export const RESULTS = ['Success', 'RetryScheduled', 'Failed'] as const;
export type Result = (typeof RESULTS)[number];

/** One attempt of a queued action, as far as health is concerned. */
export interface AttemptSample {
  /** Milliseconds since 1970, when it ended. */
  readonly at: number;
  readonly durationMs: number;
  readonly driftMs: number;
  readonly result: Result;
}

export interface HealthSamples {
  readonly listener: RunListener;
  /** By connector type: the newest attempts, none older than {@link MAX_AGE_MS}. Types without one are left out. */
  attempts(): ReadonlyMap<string, readonly AttemptSample[]>;
}

/** What happened longer ago says nothing about now: a target that failed last week may be well, or may be unused. */
const MAX_AGE_MS = 3_600_000;
/** There are as many types as are registered, so this is never reached unless something is wrong. */
const MAX_TYPES = 500;

/** @param size how many attempts of each connector type are kept */
export function createHealthSamples(size: number): HealthSamples {
  const byType = new Map<string, Samples<AttemptSample>>();

  return {
    listener: {
      attempt(event) {
        // As in Kibana, the report is about the queue; what `_execute` does is answered to its caller.
        if (event.source === 'http_request' || event.source === 'test') return;
        let samples = byType.get(event.connectorTypeId);
        if (samples === undefined) {
          if (byType.size >= MAX_TYPES) return;
          samples = createSamples(size);
          byType.set(event.connectorTypeId, samples);
        }
        samples.add(toSample(event));
      },
    },
    attempts() {
      const since = Date.now() - MAX_AGE_MS;
      const fresh = [...byType].map(([type, samples]) => {
        return [type, samples.values().filter(({ at }) => at >= since)] as const;
      });
      return new Map(fresh.filter(([, samples]) => samples.length > 0));
    },
  };
}

function toSample({ startedAt, durationMs, delayMs = 0, outcome, nextAttemptAt }: AttemptEvent): AttemptSample {
  const failure = nextAttemptAt === undefined ? 'Failed' : 'RetryScheduled';
  return {
    at: startedAt.getTime() + durationMs,
    durationMs,
    driftMs: delayMs,
    result: outcome === 'delivered' ? 'Success' : failure,
  };
}
