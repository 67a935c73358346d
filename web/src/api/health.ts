import { queryOptions } from '@tanstack/react-query';
import { call } from './client.ts';

export type HealthStatus = 'OK' | 'warn' | 'error';

export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

interface Section<Value> {
  readonly timestamp: string;
  readonly status: HealthStatus;
  readonly reason?: string;
  readonly value: Value;
}

/** Percent of the attempts of a task type. */
export interface Results {
  readonly Success: number;
  readonly RetryScheduled: number;
  readonly Failed: number;
  readonly status: HealthStatus;
}

/** What the page reads of the report about background execution; the node that answers made it. */
export interface HealthReport {
  readonly id: string;
  readonly timestamp: string;
  readonly status: HealthStatus;
  /** Whole sentences. */
  readonly reason?: string;
  /** Left out until the queue was counted for the first time. */
  readonly stats?: {
    readonly configuration: Section<{ readonly capacity: { readonly config: number } }>;
    readonly runtime: Section<{
      readonly drift: Percentiles;
      readonly drift_by_type: Readonly<Record<string, Percentiles>>;
      readonly execution: {
        readonly duration: Readonly<Record<string, Percentiles>>;
        readonly result_frequency_percent_as_number: Readonly<Record<string, Results>>;
      };
    }>;
  };
}

export interface OpenCircuit {
  readonly connector_id: string;
  readonly connector_type_id: string;
  readonly connector_name: string;
  readonly state: 'open' | 'half_open';
  readonly since: string;
  readonly probe_at: string;
  readonly reason?: string;
}

/** The queue as the database and the node that answers see it. */
export interface QueueStats {
  readonly at: string;
  /** Everything not ended, what is being attempted included. */
  readonly depth: number;
  /** Its time has come and no node has it in hand. */
  readonly due: number;
  /** When the oldest of these became due. */
  readonly oldest_due_at?: string;
  readonly claimed: number;
  readonly retrying: number;
  readonly by_type: Readonly<Record<string, { readonly queued: number; readonly claimed: number }>>;
  readonly running: number;
  /** The share of the limit of the node, 0 to 1. */
  readonly load: number;
  readonly open_circuits: readonly OpenCircuit[];
  readonly nodes: number;
  readonly last_attempt_at?: string;
  readonly stuck?: { readonly since: string; readonly connector_id: string };
}

/** How often the page looks at the queue. */
export const SAMPLE_MS = 5_000;

const HEALTH_KEY = ['health'] as const;

/** The report about background execution, as of at most some seconds ago. */
export const healthQuery = queryOptions({
  queryKey: [...HEALTH_KEY, 'report'],
  queryFn: ({ signal }) => call<HealthReport>('api/task_manager/_health', { signal }),
  refetchInterval: SAMPLE_MS,
});

/** The queue as of at most some seconds ago. */
export const queueStatsQuery = queryOptions({
  queryKey: [...HEALTH_KEY, 'queue'],
  queryFn: ({ signal }) => call<QueueStats>('internal/queue/stats', { signal }),
  refetchInterval: SAMPLE_MS,
});
