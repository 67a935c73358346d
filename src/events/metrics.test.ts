import { prometheusContentType } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createMetrics, METRICS_CONTENT_TYPE, type Metrics, type QueueFigures } from './metrics.ts';
import type { AttemptEvent, EventSubject } from './run-events.ts';

const subject: EventSubject = {
  executionId: '019a0000-0000-7000-8000-000000000000',
  spaceId: 'default',
  connectorId: 'c',
  connectorTypeId: '.webhook',
  connectorName: 'C',
  source: 'queue',
};
const delivered: AttemptEvent = {
  ...subject,
  attempt: 1,
  outcome: 'delivered',
  startedAt: new Date(),
  durationMs: 20,
  delayMs: 3,
};
const failed: AttemptEvent = { ...delivered, outcome: 'failed', code: 'target_unavailable', durationMs: 90_000 };

const queue: QueueFigures = {
  depth: 9,
  due: 4,
  oldestDueAt: new Date(Date.now() - 60_000),
  claimed: 3,
  retrying: 2,
  byType: { '.webhook': { queued: 6, claimed: 3 } },
  running: 3,
  load: 0.25,
  openCircuits: [],
  nodes: 2,
};

function scrape(metrics: Metrics, figures: QueueFigures = queue): Promise<string> {
  return metrics.render({ queue: figures, isDatabaseUp: true });
}

describe('counting', () => {
  test('attempts by type, outcome, code and source', async () => {
    const metrics = createMetrics();
    for (const event of [delivered, delivered, failed]) metrics.listener.attempt?.(event);
    metrics.listener.attempt?.({ ...delivered, source: 'http_request', delayMs: undefined });
    const text = await scrape(metrics);
    const line = 'patchbay_attempts_total{connector_type=".webhook"';
    expect(text).toContain(`${line},outcome="delivered",code="",source="queue"} 2\n`);
    expect(text).toContain(`${line},outcome="delivered",code="",source="http_request"} 1\n`);
    expect(text).toContain(`${line},outcome="failed",code="target_unavailable",source="queue"} 1\n`);
    expect(text).toContain('# TYPE patchbay_attempts_total counter\n');
    expect(text).toContain('patchbay_start_delay_seconds_count{connector_type=".webhook"} 3\n');
  });

  test('durations in cumulative buckets of seconds', async () => {
    const metrics = createMetrics();
    for (const durationMs of [20, 25, 26]) metrics.listener.attempt?.({ ...delivered, durationMs });
    metrics.listener.attempt?.(failed);
    const text = await scrape(metrics);
    const series = (suffix: string, labels: string, outcome: string) =>
      `patchbay_attempt_duration_seconds_${suffix}{${labels}connector_type=".webhook",outcome="${outcome}"}`;
    expect(text).toContain(`${series('bucket', 'le="0.01",', 'delivered')} 0\n`);
    // A bound belongs to its bucket.
    expect(text).toContain(`${series('bucket', 'le="0.025",', 'delivered')} 2\n`);
    expect(text).toContain(`${series('bucket', 'le="60",', 'delivered')} 3\n`);
    expect(text).toContain(`${series('count', '', 'delivered')} 3\n`);
    expect(text).toMatch(/_sum\{connector_type="\.webhook",outcome="delivered"\} 0\.07/);
    expect(text).toContain(`${series('bucket', 'le="60",', 'failed')} 0\n`);
    expect(text).toContain(`${series('bucket', 'le="+Inf",', 'failed')} 1\n`);
    expect(text).toContain(`${series('sum', '', 'failed')} 90\n`);
  });

  test('ends by status', async () => {
    const metrics = createMetrics();
    metrics.listener.ended?.({ ...subject, status: 'expired' });
    expect(await scrape(metrics)).toContain(
      'patchbay_executions_ended_total{connector_type=".webhook",status="expired"} 1\n',
    );
  });
});

describe('gauges', () => {
  test('of the queue', async () => {
    const text = await scrape(createMetrics());
    for (const line of [
      'patchbay_queue_depth 9',
      'patchbay_queue_due 4',
      'patchbay_queue_claimed 3',
      'patchbay_queue_retrying 2',
      'patchbay_queue_actions{connector_type=".webhook",state="queued"} 6',
      'patchbay_queue_actions{connector_type=".webhook",state="claimed"} 3',
      'patchbay_queue_stuck 0',
      'patchbay_nodes 2',
      'patchbay_running_attempts 3',
      'patchbay_load_ratio 0.25',
      'patchbay_open_circuits 0',
      'patchbay_database_up 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    const age = Number(/^patchbay_queue_oldest_due_age_seconds (.+)$/m.exec(text)?.[1]);
    expect(age).toBeGreaterThanOrEqual(60);
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  test('an open circuit has a series as long as it is open, and there is a limit', async () => {
    const metrics = createMetrics();
    const open = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ connectorId: `c-${n}"\n`, connectorTypeId: '.slack' }));
    const many = await scrape(metrics, { ...queue, openCircuits: open(150) });
    expect(many).toContain('patchbay_open_circuits 150\n');
    expect(many.match(/^patchbay_circuit_open\{/gm)).toHaveLength(100);
    // A name from a user cannot break the format.
    expect(many).toContain('patchbay_circuit_open{connector_id="c-0\\"\\n",connector_type=".slack"} 1\n');
    expect(await scrape(metrics)).not.toMatch(/^patchbay_circuit_open\{/m);
  });

  test('are left out, not repeated, while the database is away', async () => {
    const metrics = createMetrics();
    metrics.listener.attempt?.(delivered);
    await scrape(metrics);
    const text = await metrics.render({ isDatabaseUp: false });
    expect(text).toContain('patchbay_database_up 0\n');
    expect(text).not.toMatch(/^patchbay_(queue_\w+|nodes|open_circuits|load_ratio)[ {]/m);
    expect(text).toMatch(/^patchbay_attempts_total\{.* 1$/m);
  });

  test('of two servers in one process are apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.listener.attempt?.(delivered);
    await scrape(one);
    expect(await scrape(other)).not.toMatch(/^patchbay_attempts_total\{/m);
  });
});

test('the content type is prom-client’s', () => {
  expect(METRICS_CONTENT_TYPE).toBe(prometheusContentType);
});
