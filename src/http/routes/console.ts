import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { PatchbayError } from '../../errors.ts';
import { ACTIVITY_HOURS, type ExecutionCounts } from '../../events/execution-counts.ts';
import { currentStats } from '../../queue/current-stats.ts';
import type { Queue, QueueStats } from '../../queue/types.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';
import { filterQuery, toFilter, wholeNumber } from './executions.ts';

/** What needs a connector, by the connector's id. */
export type ConnectorUses = Readonly<Record<string, readonly ConnectorUse[]>>;

export interface ConnectorUse {
  readonly kind: 'notice';
  /** What people call it, e.g. `patchbay.notices[0]`. */
  readonly name: string;
  /** What the connector is in it. */
  readonly role: 'to' | 'fallback';
}

export interface ConsoleParts {
  readonly counts: ExecutionCounts;
  readonly queue: Pick<Queue, 'stats'>;
  readonly isDatabaseAvailable: () => boolean;
  /** In every space: what the settings name. */
  readonly connectorUses: ConnectorUses;
}

const HOUR_MS = 3_600_000;
const BUCKETS_MAX = 200;

const histogramQuery = z.strictObject({ ...filterQuery, buckets: wholeNumber(1, BUCKETS_MAX).default(60) });

const counters = { succeeded: z.int(), failed: z.int().describe('Failed or expired.') };
const hours = z.array(z.int()).length(ACTIVITY_HOURS);

/**
 * Figures that the console draws. Not part of the public API: their shapes follow what its pages show. Programs find the same
 * in `GET /api/actions/executions` and `GET /metrics`.
 */
export function consoleRoutes({ counts, queue, isDatabaseAvailable, connectorUses }: ConsoleParts): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/internal/executions/histogram',
      summary: 'Count executions over time',
      description: 'With the filters of the search; without a time, the last 24 hours.',
      tag: 'executions',
      query: histogramQuery,
      answers: {
        200: {
          description: 'How many executions were created when, by what became of them.',
          schema: z.object({
            from: z.iso.datetime(),
            to: z.iso.datetime(),
            bucket_ms: z.int(),
            buckets: z.array(
              z.object({ at: z.iso.datetime(), ...counters, other: z.int().describe('Unfinished or cancelled.') }),
            ),
            by_connector: z
              .array(
                z.object({
                  connector_id: z.string(),
                  connector_name: z.string(),
                  connector_type_id: z.string(),
                  failed: counters.failed,
                  total: z.int().describe('Of all that finished in this time, whatever else is asked for.'),
                }),
              )
              .describe('The ten with the most failures.'),
          }),
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId, query }) => {
        authorise(principal, 'get');
        const { from, to } = readRange(query);
        const filter = toFilter(query);
        const histogram = await counts.histogram(spaceId, filter, { from, to, buckets: query.buckets });
        return {
          from: from.toISOString(),
          to: to.toISOString(),
          bucket_ms: histogram.bucketMs,
          buckets: histogram.buckets.map((bucket) => ({ ...bucket, at: bucket.at.toISOString() })),
          by_connector: histogram.failing.map((connector) => ({
            connector_id: connector.connectorId,
            connector_name: connector.connectorName,
            connector_type_id: connector.connectorTypeId,
            failed: connector.failed,
            total: connector.total,
          })),
        };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/internal/connectors/activity',
      summary: 'Count the last runs of each connector by hour',
      tag: 'connectors',
      answers: {
        200: {
          description: 'Connectors without any run are left out. The last hour is the one under way.',
          schema: z.object({
            from: z.iso.datetime(),
            buckets: z.literal(ACTIVITY_HOURS),
            connectors: z.record(z.string(), z.object({ succeeded: hours, failed: hours })),
          }),
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId }) => {
        authorise(principal, 'get');
        const { from, connectors } = await counts.activity(spaceId);
        return { from: from.toISOString(), buckets: ACTIVITY_HOURS, connectors: Object.fromEntries(connectors) };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/internal/connectors/usage',
      summary: 'Tell what needs which connector',
      tag: 'connectors',
      answers: {
        200: {
          description: 'By the id of the connector; those that nothing needs are left out.',
          schema: z.record(
            z.string(),
            z.array(z.object({ kind: z.literal('notice'), name: z.string(), role: z.enum(['to', 'fallback']) })),
          ),
        },
        ...refusals,
      },
      handler: ({ principal }) => {
        authorise(principal, 'get');
        return connectorUses;
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/internal/queue/stats',
      summary: 'Tell how the queue is doing',
      tag: 'executions',
      answers: { 200: { description: 'The queue of all spaces, at most some seconds old.' }, ...refusals },
      handler: async ({ principal }) => {
        authorise(principal, 'get');
        const stats = await currentStats(queue, isDatabaseAvailable);
        if (stats !== undefined) return toStatsAnswer(stats);
        throw new PatchbayError('database_unavailable', 'The database does not answer, so the queue is not known.');
      },
    }),
  ];
}

/** A time that is left out lies a day from the other one. */
function readRange(query: { readonly from?: string; readonly to?: string }): { from: Date; to: Date } {
  const to = query.to === undefined ? new Date() : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - 24 * HOUR_MS) : new Date(query.from);
  if (from < to) return { from, to };
  throw new PatchbayError('bad_request', '[request query.to]: must be later than [from]');
}

function toStatsAnswer(stats: QueueStats): Record<string, unknown> {
  const { stuck, polling } = stats;
  return {
    at: stats.at,
    depth: stats.depth,
    due: stats.due,
    oldest_due_at: stats.oldestDueAt,
    claimed: stats.claimed,
    retrying: stats.retrying,
    by_type: stats.byType,
    running: stats.running,
    load: stats.load,
    open_circuits: stats.openCircuits.map((circuit) => ({
      connector_id: circuit.connectorId,
      connector_type_id: circuit.connectorTypeId,
      connector_name: circuit.connectorName,
      state: circuit.state,
      since: circuit.since,
      probe_at: circuit.probeAt,
      reason: circuit.reason,
    })),
    nodes: stats.nodes,
    last_attempt_at: stats.lastAttemptAt,
    stuck: stuck && { since: stuck.since, connector_id: stuck.connectorId },
    polling: { last_success_at: polling.lastSuccessAt, durations_ms: polling.durationsMs },
  };
}
