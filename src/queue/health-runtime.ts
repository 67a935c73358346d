import { type AttemptSample, RESULTS } from './health-samples.ts';
import {
  type HealthInput,
  type HealthStatus,
  mapValues,
  type Section,
  type Threshold,
  taskType,
  withReasons,
  worst,
} from './health-sections.ts';
import { frequencies, percentiles } from './samples.ts';
import type { OpenCircuit } from './types.ts';

/** Fewer say nothing: one mistyped message would be 100 percent of failures. */
const RESULTS_MIN = 10;
const CIRCUITS_NAMED = 3;
const NOTHING = percentiles([]);

/** What attempts came to. Failures count, unlike in Kibana, and so do open circuits. */
export function runtimeSection(input: HealthInput): Section {
  const { stats, attempts, settings, load, startedAt } = input;
  const all = [...attempts.values()].flat();
  const byTask = Object.fromEntries([...attempts].map(([type, samples]) => [taskType(type), samples]));
  const results = mapValues(byTask, (samples, type) =>
    judge(samples, settings.thresholds.custom[type] ?? settings.thresholds.default),
  );
  const reasons = Object.entries(results).flatMap(([type, { status, failing, samples }]) =>
    status === 'OK' ? [] : [`${failing} % of the last ${samples} attempts of ${type} failed.`],
  );
  const statuses = Object.values(results).map(({ status }) => status);
  if (stats.openCircuits.length > 0) {
    statuses.push('warn');
    reasons.push(...describeCircuits(stats.openCircuits));
  }
  const newest = Math.max(startedAt.getTime(), ...all.map(({ at }) => at));
  const durations = percentiles(all.map(({ durationMs }) => durationMs));
  return {
    timestamp: new Date(newest).toISOString(),
    status: worst(statuses),
    ...withReasons(reasons),
    value: {
      polling: pollingValue(input),
      drift: percentiles(all.map(({ driftMs }) => driftMs)),
      drift_by_type: mapValues(byTask, (samples) => percentiles(samples.map(({ driftMs }) => driftMs))),
      load: percentiles(load),
      execution: {
        duration: mapValues(byTask, (samples) => percentiles(samples.map(({ durationMs }) => durationMs))),
        duration_by_persistence: { recurring: NOTHING, non_recurring: durations },
        persistence: ONCE_ONLY,
        result_frequency_percent_as_number: mapValues(results, ({ percent, status }) => ({ ...percent, status })),
      },
    },
  };
}

/** No action recurs by itself. */
const ONCE_ONLY = { recurring: 0, non_recurring: 100 };
const POLL_RESULTS = [
  'Failed',
  'NoAvailableWorkers',
  'NoTasksClaimed',
  'RanOutOfCapacity',
  'RunningAtCapacity',
  'PoolFilled',
] as const;

function pollingValue({ stats, load, startedAt }: HealthInput): Record<string, unknown> {
  const outcomes = load.map((percent) => {
    if (percent >= 100) return 'RunningAtCapacity';
    return percent > 0 ? 'PoolFilled' : 'NoTasksClaimed';
  });
  const durations = percentiles(stats.polling.durationsMs);
  return {
    last_successful_poll: (stats.polling.lastSuccessAt ?? startedAt).toISOString(),
    // Nothing makes this queue put off a look for work, so the last time is the start.
    last_polling_delay: startedAt.toISOString(),
    duration: durations,
    claim_duration: durations,
    // Rows that another node is claiming are skipped, so claims neither conflict nor miss nor go stale.
    claim_conflicts: NOTHING,
    claim_mismatches: NOTHING,
    claim_stale_tasks: NOTHING,
    result_frequency_percent_as_number: frequencies(outcomes, POLL_RESULTS),
    persistence: ONCE_ONLY,
  };
}

interface Judgement {
  readonly status: HealthStatus;
  /** Percent, those that are tried again included. */
  readonly failing: number;
  readonly samples: number;
  readonly percent: Readonly<Record<(typeof RESULTS)[number], number>>;
}

function judge(attempts: readonly AttemptSample[], threshold: Threshold): Judgement {
  const results = attempts.map(({ result }) => result);
  const samples = results.length;
  const failing = Math.round((results.filter((result) => result !== 'Success').length / samples) * 100);
  const reached = failing >= threshold.error ? 'error' : failing >= threshold.warn ? 'warn' : 'OK';
  // A threshold of 0 asks for a status even if nothing failed; that cannot be meant.
  const status = samples < RESULTS_MIN || failing === 0 ? 'OK' : reached;
  return { status, failing, samples, percent: frequencies(results, RESULTS) };
}

// Whoever is signed in may read this, so it has neither names nor what the target said.
function describeCircuits(circuits: readonly OpenCircuit[]): string[] {
  const sentences = circuits
    .slice(0, CIRCUITS_NAMED)
    .map(
      ({ connectorId, connectorTypeId, since, probeAt }) =>
        `The circuit of connector "${connectorId}" (${connectorTypeId}) has been open since ${since.toISOString()}; its actions wait, and it is tried at ${probeAt.toISOString()}.`,
    );
  const more = circuits.length - CIRCUITS_NAMED;
  return more > 0 ? [...sentences, `${more} more circuits are open.`] : sentences;
}
