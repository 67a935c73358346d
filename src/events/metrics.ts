import type { Metric, Registry } from 'prom-client';
import { PATCHBAY_VERSION } from '../version.ts';
import type { RunListener } from './run-events.ts';
import { createCounter, createGauge, createHistogram, type Family, type Gauge } from './series.ts';

/** The figures of the queue that are scraped; a part of what the queue tells of itself. */
export interface QueueFigures {
  readonly depth: number;
  readonly due: number;
  readonly oldestDueAt?: Date;
  readonly claimed: number;
  readonly retrying: number;
  readonly byType: Readonly<Record<string, { readonly queued: number; readonly claimed: number }>>;
  readonly running: number;
  /** 0 to 1. */
  readonly load: number;
  readonly openCircuits: readonly { readonly connectorId: string; readonly connectorTypeId: string }[];
  readonly nodes: number;
  readonly stuck?: object;
}

export interface MetricsState {
  /** Undefined while the database does not answer: its figures are left out then, rather than old ones repeated. */
  readonly queue?: QueueFigures;
  readonly isDatabaseUp: boolean;
}

/** What Prometheus scrapes. */
export interface Metrics {
  /** Counts attempts and ends; less than a microsecond each. */
  readonly listener: RunListener;
  /** The text of one scrape, of the type {@link METRICS_CONTENT_TYPE}. */
  render(state: MetricsState): Promise<string>;
}

/** As prom-client has it; https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Seconds. An attempt may take `patchbay.queue.timeout`, but beyond a minute all that counts is that it was too long. */
const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Seconds. From an idle queue (milliseconds) to a backlog of hours. */
const DELAY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200];
/** Connector ids come from users, so there may be any number of them. */
const MAX_CIRCUIT_SERIES = 100;

/**
 * Counters of this process and gauges of the queue, in Prometheus' text format. All labels but the connector ids of open
 * circuits come from closed lists: connector types, outcomes, error codes, sources, statuses.
 */
export function createMetrics(): Metrics {
  const attempts = createCounter({
    name: 'patchbay_attempts_total',
    help: 'Attempts that ended on this node, by outcome (delivered, failed), error code and source.',
    labels: ['connector_type', 'outcome', 'code', 'source'],
  });
  const durations = createHistogram(
    {
      name: 'patchbay_attempt_duration_seconds',
      help: 'How long attempts took.',
      labels: ['connector_type', 'outcome'],
    },
    DURATION_BOUNDS,
  );
  const delays = createHistogram(
    {
      name: 'patchbay_start_delay_seconds',
      help: 'From the time at which a queued attempt was due to its start.',
      labels: ['connector_type'],
    },
    DELAY_BOUNDS,
  );
  const ended = createCounter({
    name: 'patchbay_executions_ended_total',
    help: 'Executions that reached their end on this node, by status.',
    labels: ['connector_type', 'status'],
  });
  const gauges = createGauges();
  let registry: Promise<Registry> | undefined;

  return {
    listener: {
      attempt({ connectorTypeId, outcome, code = '', source, durationMs, delayMs }) {
        attempts.inc(connectorTypeId, outcome, code, source);
        durations.observe(durationMs / 1_000, connectorTypeId, outcome);
        if (delayMs !== undefined) delays.observe(delayMs / 1_000, connectorTypeId);
      },
      ended: ({ connectorTypeId, status }) => ended.inc(connectorTypeId, status),
    },
    async render(state) {
      registry ??= openRegistry([attempts, durations, delays, ended, ...gauges.families]);
      const opened = await registry;
      gauges.set(state);
      return opened.metrics();
    },
  };
}

/** A server that nobody scrapes need not spend the time and memory that prom-client takes. */
async function openRegistry(families: readonly Family[]): Promise<Registry> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // The registry asks for no more than `name` and `get()`; its type names prom-client's own four classes only.
  for (const family of families) registry.registerMetric(family as unknown as Metric);
  return registry;
}

function createGauges(): { readonly families: readonly Gauge[]; set(state: MetricsState): void } {
  const gauge = (name: string, help: string, ...labels: string[]) =>
    createGauge({ name: `patchbay_${name}`, help, labels });
  const info = gauge('build_info', 'Always 1; the version is in the label.', 'version');
  const databaseUp = gauge('database_up', 'Whether the database answers, 0 or 1.');
  const depth = gauge('queue_depth', 'Executions that have not ended, running ones included. Of all nodes.');
  const due = gauge('queue_due', 'Executions whose time has come and that no node has in hand. Of all nodes.');
  const claimed = gauge('queue_claimed', 'Executions that some node has in hand. Of all nodes.');
  const retrying = gauge('queue_retrying', 'Executions that failed and wait for their next attempt. Of all nodes.');
  const actions = gauge(
    'queue_actions',
    'Executions that have not ended, by connector type and state (queued, claimed). Of all nodes.',
    'connector_type',
    'state',
  );
  const age = gauge('queue_oldest_due_age_seconds', 'How long the oldest due execution has been waiting; 0: none is.');
  const stuck = gauge('queue_stuck', 'Whether work is due and nobody attempts it, 0 or 1.');
  const nodes = gauge('nodes', 'Servers that work on the queue.');
  const running = gauge('running_attempts', 'Queued attempts under way on this node.');
  const load = gauge('load_ratio', 'Of the attempts that this node may run at once, the share that runs, 0 to 1.');
  const openCircuits = gauge('open_circuits', 'Connectors whose circuit is open or half open on this node.');
  const circuitOpen = gauge(
    'circuit_open',
    `1 for each of these connectors, up to ${MAX_CIRCUIT_SERIES}.`,
    'connector_id',
    'connector_type',
  );
  const ofQueue = [depth, due, claimed, retrying, actions, age, stuck, nodes, running, load, openCircuits, circuitOpen];

  return {
    families: [info, databaseUp, ...ofQueue],
    set({ queue, isDatabaseUp }) {
      info.set([[1, PATCHBAY_VERSION]]);
      databaseUp.set([[Number(isDatabaseUp)]]);
      if (queue === undefined) {
        for (const unknown of ofQueue) unknown.set([]);
        return;
      }
      depth.set([[queue.depth]]);
      due.set([[queue.due]]);
      claimed.set([[queue.claimed]]);
      retrying.set([[queue.retrying]]);
      actions.set(
        Object.entries(queue.byType).flatMap(([type, { queued, claimed }]) => [
          [queued, type, 'queued'] as const,
          [claimed, type, 'claimed'] as const,
        ]),
      );
      age.set([
        [queue.oldestDueAt === undefined ? 0 : Math.max(0, (Date.now() - queue.oldestDueAt.getTime()) / 1_000)],
      ]);
      stuck.set([[Number(queue.stuck !== undefined)]]);
      nodes.set([[queue.nodes]]);
      running.set([[queue.running]]);
      load.set([[queue.load]]);
      openCircuits.set([[queue.openCircuits.length]]);
      circuitOpen.set(
        queue.openCircuits
          .slice(0, MAX_CIRCUIT_SERIES)
          .map(({ connectorId, connectorTypeId }) => [1, connectorId, connectorTypeId] as const),
      );
    },
  };
}
