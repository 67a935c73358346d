import type { AttemptSample } from './health-samples.ts';
import type { QueueStats } from './types.ts';

/** Kibana's spelling. */
export type HealthStatus = 'OK' | 'warn' | 'error';

/** Percent of failed attempts from which a connector type counts as troubled. */
export interface Threshold {
  readonly warn: number;
  readonly error: number;
}

/** What health is told of the settings. */
export interface HealthSettings {
  /** How many queued actions this node runs at once. */
  readonly capacity: number;
  readonly pollIntervalMs: number;
  readonly requiredFreshnessMs: number;
  readonly refreshRateMs: number;
  /** How many samples are kept of each connector type. */
  readonly window: number;
  readonly thresholds: {
    readonly default: Threshold;
    /** By task type: `actions:.slack`. */
    readonly custom: Readonly<Record<string, Threshold>>;
  };
  /** Task types that this node leaves alone. */
  readonly pausedTaskTypes: readonly string[];
}

/** One part of Kibana's report. */
export interface Section {
  readonly timestamp: string;
  readonly status: HealthStatus;
  /** Whole sentences, when the status is not OK; `capacity_estimation` always has one, as Kibana's. */
  readonly reason?: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What the sections are made of. */
export interface HealthInput {
  readonly settings: HealthSettings;
  readonly startedAt: Date;
  readonly stats: QueueStats;
  readonly attempts: ReadonlyMap<string, readonly AttemptSample[]>;
  /** Percent of this node's capacity, the newest samples. */
  readonly load: readonly number[];
}

/** Work that is due this long is late, whatever the reason. Kibana's default for the same warning. */
const LATE_MS = 60_000;

/** Kibana's name of the tasks that run actions of a type. */
export const taskType = (connectorTypeId: string) => `actions:${connectorTypeId}`;

export function configurationSection({ settings, startedAt }: HealthInput): Section {
  const shown = ({ warn, error }: Threshold) => ({ error_threshold: error, warn_threshold: warn });
  const { thresholds, capacity } = settings;
  return {
    timestamp: startedAt.toISOString(),
    status: 'OK',
    value: {
      request_capacity: capacity,
      monitored_aggregated_stats_refresh_rate: settings.refreshRateMs,
      monitored_stats_running_average_window: settings.window,
      monitored_task_execution_thresholds: {
        default: shown(thresholds.default),
        custom: mapValues(thresholds.custom, shown),
      },
      claim_strategy: 'skip_locked',
      poll_interval: settings.pollIntervalMs,
      capacity: { config: capacity, as_workers: capacity, as_cost: capacity },
      max_workers: capacity,
      execution_control: { paused: false, paused_task_types: settings.pausedTaskTypes },
    },
  };
}

/** What waits. Each action costs 1. */
export function workloadSection({ stats, settings }: HealthInput): Section {
  const { depth, due, byType, oldestDueAt, stuck } = stats;
  const reasons: string[] = [];
  if (stuck !== undefined) {
    reasons.push(
      `Work of connector "${stuck.connectorId}" has been due since ${stuck.since.toISOString()}, and no node attempts it. ` +
        'Look for errors in the log of every node; restarting the nodes loses nothing.',
    );
  } else if (oldestDueAt !== undefined && stats.at.getTime() - oldestDueAt.getTime() > LATE_MS) {
    reasons.push(`${due} actions are due, the oldest since ${oldestDueAt.toISOString()}.`);
  }
  const status = stuck !== undefined ? 'error' : reasons.length > 0 ? 'warn' : 'OK';
  const tasks = Object.entries(byType).map(([type, { queued, claimed }]) => {
    const count = queued + claimed;
    return [taskType(type), { count, cost: count, status: { idle: queued, running: claimed } }] as const;
  });
  return {
    timestamp: stats.at.toISOString(),
    status,
    ...withReasons(reasons),
    value: {
      count: depth,
      cost: depth,
      task_types: Object.fromEntries(tasks),
      schedule: [],
      non_recurring: depth,
      non_recurring_cost: depth,
      overdue: due,
      overdue_cost: due,
      overdue_non_recurring: due,
      owner_ids: stats.nodes,
      estimated_schedule_density: new Array(densityBuckets(settings)).fill(0),
      capacity_requirements: { per_minute: 0, per_hour: 0, per_day: 0 },
    },
  };
}

function densityBuckets({ pollIntervalMs, refreshRateMs }: HealthSettings): number {
  return Math.floor(Math.min(50, Math.max(60_000 / pollIntervalMs, (2 * refreshRateMs) / pollIntervalMs)));
}

/** The status of the whole. */
export function worst(statuses: readonly HealthStatus[]): HealthStatus {
  if (statuses.includes('error')) return 'error';
  return statuses.includes('warn') ? 'warn' : 'OK';
}

/** `reason` where there is one. */
export function withReasons(reasons: readonly string[]): { readonly reason?: string } {
  return reasons.length === 0 ? {} : { reason: reasons.join(' ') };
}

export function mapValues<T, U>(
  values: Readonly<Record<string, T>>,
  to: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, to(value, key)]));
}
