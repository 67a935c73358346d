import { describe, expect, test } from 'vitest';
import type { AttemptEvent } from '../events/run-events.ts';
import { createHealth, type Health, type HealthReport } from './health.ts';
import type { HealthSettings } from './health-sections.ts';
import type { OpenCircuit, QueueStats } from './types.ts';

const settings: HealthSettings = {
  capacity: 500,
  pollIntervalMs: 500,
  requiredFreshnessMs: 1_500,
  refreshRateMs: 60_000,
  window: 50,
  thresholds: { default: { warn: 80, error: 90 }, custom: { 'actions:.email': { warn: 10, error: 20 } } },
  pausedTaskTypes: ['actions:.slack'],
};

const ago = (ms: number) => new Date(Date.now() - ms);

function figures(changes: Partial<QueueStats> = {}): QueueStats {
  return {
    at: new Date(),
    depth: 0,
    due: 0,
    claimed: 0,
    retrying: 0,
    byType: {},
    running: 0,
    load: 0,
    openCircuits: [],
    nodes: 1,
    polling: { lastSuccessAt: new Date(), durationsMs: [2, 3, 4] },
    ...changes,
  };
}

function healthOf(stats: () => Promise<QueueStats>, isDatabaseAvailable = () => true): Health {
  return createHealth({ id: 'node-1', settings, queue: { stats }, isDatabaseAvailable });
}

async function reportOf(changes: Partial<QueueStats>, events: readonly AttemptEvent[] = []): Promise<HealthReport> {
  const health = healthOf(async () => figures(changes));
  for (const event of events) health.listener.attempt?.(event);
  return health.report();
}

function attempt(changes: Partial<AttemptEvent> = {}): AttemptEvent {
  return {
    executionId: '019a0000-0000-7000-8000-000000000000',
    spaceId: 'default',
    connectorId: 'c',
    connectorTypeId: '.webhook',
    connectorName: 'C',
    source: 'queue',
    attempt: 1,
    outcome: 'delivered',
    startedAt: ago(1_000),
    durationMs: 20,
    delayMs: 5,
    ...changes,
  };
}

const times = (count: number, changes: Partial<AttemptEvent> = {}) =>
  Array.from({ length: count }, () => attempt(changes));
const failure: Partial<AttemptEvent> = { outcome: 'failed', code: 'target_rejected' };
const again: Partial<AttemptEvent> = { ...failure, nextAttemptAt: new Date(Date.now() + 30_000) };

// biome-ignore lint/suspicious/noExplicitAny: values of sections have every shape
const sectionValue = (report: HealthReport, section: keyof NonNullable<HealthReport['stats']>): any =>
  report.stats?.[section].value;

describe('an idle node', () => {
  test('is OK and has every key of Kibana’s report', async () => {
    const report = await reportOf({});
    expect(report).toMatchObject({ id: 'node-1', status: 'OK', last_update: expect.any(String) });
    expect(report.reason).toBeUndefined();
    for (const section of Object.values(report.stats!)) {
      expect(section).toMatchObject({ timestamp: expect.any(String), status: 'OK', value: expect.any(Object) });
    }
    expect(Object.keys(sectionValue(report, 'configuration'))).toEqual(
      expect.arrayContaining([
        'request_capacity',
        'monitored_aggregated_stats_refresh_rate',
        'monitored_stats_running_average_window',
        'monitored_task_execution_thresholds',
        'claim_strategy',
        'poll_interval',
        'capacity',
        'execution_control',
      ]),
    );
    expect(Object.keys(sectionValue(report, 'runtime').polling)).toEqual(
      expect.arrayContaining([
        'last_successful_poll',
        'last_polling_delay',
        'duration',
        'claim_duration',
        'claim_conflicts',
        'claim_mismatches',
        'claim_stale_tasks',
        'result_frequency_percent_as_number',
        'persistence',
      ]),
    );
    expect(sectionValue(report, 'runtime').polling.result_frequency_percent_as_number).toEqual({
      Failed: 0,
      NoAvailableWorkers: 0,
      NoTasksClaimed: 100,
      RanOutOfCapacity: 0,
      RunningAtCapacity: 0,
      PoolFilled: 0,
    });
    expect(Object.keys(sectionValue(report, 'runtime').execution)).toEqual([
      'duration',
      'duration_by_persistence',
      'persistence',
      'result_frequency_percent_as_number',
    ]);
    expect(Object.keys(sectionValue(report, 'workload'))).toEqual(
      expect.arrayContaining([
        'count',
        'cost',
        'task_types',
        'schedule',
        'non_recurring',
        'non_recurring_cost',
        'overdue',
        'overdue_cost',
        'overdue_non_recurring',
        'estimated_schedule_density',
        'capacity_requirements',
      ]),
    );
    expect(Object.keys(sectionValue(report, 'capacity_estimation'))).toEqual(['observed', 'proposed']);
  });

  test('shows the settings it works with', async () => {
    const configuration = sectionValue(await reportOf({}), 'configuration');
    expect(configuration).toMatchObject({
      poll_interval: 500,
      capacity: { config: 500, as_workers: 500, as_cost: 500 },
      monitored_task_execution_thresholds: {
        default: { error_threshold: 90, warn_threshold: 80 },
        custom: { 'actions:.email': { error_threshold: 20, warn_threshold: 10 } },
      },
      execution_control: { paused: false, paused_task_types: ['actions:.slack'] },
    });
  });
});

describe('results of attempts', () => {
  test('are told by type, with durations and drift', async () => {
    const { runtime } = (
      await reportOf({}, [...times(9), ...times(1, again), ...times(5, { connectorTypeId: '.slack', delayMs: 700 })])
    ).stats!;
    expect(runtime.status).toBe('OK');
    expect(runtime.value).toMatchObject({
      drift_by_type: { 'actions:.webhook': { p50: 5 }, 'actions:.slack': { p99: 700 } },
      drift: { p50: 5, p99: 700 },
      execution: {
        duration: { 'actions:.webhook': { p50: 20 } },
        duration_by_persistence: { non_recurring: { p50: 20 }, recurring: { p50: 0 } },
        result_frequency_percent_as_number: {
          'actions:.webhook': { Success: 90, RetryScheduled: 10, Failed: 0, status: 'OK' },
          'actions:.slack': { Success: 100, RetryScheduled: 0, Failed: 0, status: 'OK' },
        },
      },
    });
  });

  test.each([
    ['below the threshold', 7, 'OK'],
    ['at the threshold of warnings', 8, 'warn'],
    ['at the threshold of errors', 9, 'error'],
  ])('failures count, whether tried again or not: %s', async (_what, failures, status) => {
    const report = await reportOf({}, [...times(10 - failures), ...times(failures - 1, failure), ...times(1, again)]);
    expect(report.status).toBe(status);
    expect(report.stats?.runtime.status).toBe(status);
    if (status === 'OK') expect(report.reason).toBeUndefined();
    else expect(report.reason).toContain(`${failures * 10} % of the last 10 attempts of actions:.webhook failed`);
  });

  test('a type may have thresholds of its own', async () => {
    const mostly = (connectorTypeId: string) => [
      ...times(8, { connectorTypeId }),
      ...times(2, { ...failure, connectorTypeId }),
    ];
    const report = await reportOf({}, [...mostly('.email'), ...mostly('.webhook')]);
    expect(sectionValue(report, 'runtime').execution.result_frequency_percent_as_number).toMatchObject({
      'actions:.email': { status: 'error' },
      'actions:.webhook': { status: 'OK' },
    });
    expect(report.status).toBe('error');
  });

  test('a few failures are no verdict, and old ones are forgotten', async () => {
    expect((await reportOf({}, times(9, failure))).status).toBe('OK');
    expect((await reportOf({}, times(10, failure))).status).toBe('error');
    expect((await reportOf({}, times(10, { ...failure, startedAt: ago(3_700_000) }))).status).toBe('OK');
  });

  test('only as many as the window has room for count', async () => {
    expect((await reportOf({}, [...times(60, failure), ...times(50)])).status).toBe('OK');
  });

  test('runs that a caller waits for are not the queue’s', async () => {
    const report = await reportOf({}, times(20, { ...failure, source: 'http_request', delayMs: undefined }));
    expect(sectionValue(report, 'runtime').execution.duration).toEqual({});
    expect(report.status).toBe('OK');
  });
});

describe('what waits', () => {
  test('is counted by type', async () => {
    const workload = sectionValue(
      await reportOf({ depth: 12, due: 4, byType: { '.slack': { queued: 7, claimed: 5 } } }),
      'workload',
    );
    expect(workload).toMatchObject({
      count: 12,
      overdue: 4,
      non_recurring: 12,
      task_types: { 'actions:.slack': { count: 12, cost: 12, status: { idle: 7, running: 5 } } },
    });
    expect(workload.estimated_schedule_density).toHaveLength(50);
  });

  test('late work is a warning', async () => {
    expect((await reportOf({ due: 3, oldestDueAt: ago(50_000) })).status).toBe('OK');
    const report = await reportOf({ due: 3, oldestDueAt: ago(70_000) });
    expect(report).toMatchObject({ status: 'warn', reason: expect.stringContaining('3 actions are due') });
  });

  test('a queue that nobody works on is an error that names the connector', async () => {
    const report = await reportOf({ due: 3, stuck: { since: ago(40_000), connectorId: 'pager' } });
    expect(report).toMatchObject({ status: 'error', stats: { workload: { status: 'error' } } });
    expect(report.reason).toMatch(/connector "pager".*due since.*restarting/);
  });

  test('open circuits are a warning, without what the target said', async () => {
    const circuit = (connectorId: string): OpenCircuit => ({
      connectorId,
      connectorTypeId: '.slack',
      connectorName: 'Sales',
      state: 'open',
      since: ago(5_000),
      probeAt: new Date(),
      reason: 'token tiger-4711 expired',
    });
    const report = await reportOf({ openCircuits: ['a', 'b', 'c', 'd', 'e'].map(circuit) });
    expect(report.status).toBe('warn');
    expect(report.reason).toContain('connector "a" (.slack)');
    expect(report.reason).toContain('2 more circuits');
    expect(JSON.stringify(report)).not.toMatch(/tiger|Sales/);
  });
});

describe('capacity', () => {
  test('follows from how long attempts take and how many run at once', async () => {
    const report = await reportOf({ due: 30_001, nodes: 2, load: 0.5 }, times(10, { durationMs: 2_000 }));
    expect(sectionValue(report, 'capacity_estimation')).toMatchObject({
      observed: {
        observed_kibana_instances: 2,
        max_throughput_per_minute_per_kibana: 15_000,
        max_throughput_per_minute: 30_000,
        avg_required_throughput_per_minute: 15_000,
        minutes_to_drain_overdue: 2,
      },
      proposed: { min_required_kibana: 1, provisioned_kibana: 2 },
    });
    const full = sectionValue(await reportOf({ nodes: 2, load: 1 }), 'capacity_estimation');
    expect(full.proposed).toMatchObject({ min_required_kibana: 2, provisioned_kibana: 3 });
  });
});

describe('when the figures cannot be had', () => {
  const away = async () => {
    throw new Error('away');
  };

  test('before the first ones the report is short', async () => {
    const report = await healthOf(away).report();
    expect(Object.keys(report)).toEqual(['id', 'timestamp', 'status', 'reason']);
    expect(report.status).toBe('error');
  });

  test('a database that is away is an error with a reason, and the last figures', async () => {
    let isAvailable = true;
    const health = healthOf(
      async () => figures({ depth: 7 }),
      () => isAvailable,
    );
    expect((await health.report()).status).toBe('OK');
    isAvailable = false;
    const report = await health.report();
    expect(report).toMatchObject({ status: 'error', reason: expect.stringContaining('The database does not answer') });
    expect(sectionValue(report, 'workload').count).toBe(7);
  });

  test('old figures are an error in Kibana’s words', async () => {
    const fresh = { lastSuccessAt: new Date(), durationsMs: [] };
    expect((await reportOf({ at: ago(20_000), polling: fresh })).reason).toContain('expired hot timestamps');
    expect((await reportOf({ at: ago(100_000), polling: fresh })).reason).toContain('expired cold timestamps');
    const idle = await reportOf({ polling: { lastSuccessAt: ago(20_000), durationsMs: [] } });
    expect(idle).toMatchObject({ status: 'error', reason: expect.stringContaining('expired hot timestamps') });
  });
});
