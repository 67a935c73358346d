import { z } from 'zod';
import { section, setting } from '../setting.ts';
import { anything, duration, flag, list, map, number, oneOf, text } from '../types.ts';

const THRESHOLD_ORDER = 'warn_threshold must be less than or equal to error_threshold';

const threshold = z
  .strictObject({
    warn_threshold: setting(number({ min: 0, max: 100 }), { about: 'Percent of failures for a warning.', default: 80 }),
    error_threshold: setting(number({ min: 0, max: 100 }), { about: 'Percent of failures for an error.', default: 90 }),
  })
  .superRefine((value, context) => {
    if (value.warn_threshold <= value.error_threshold) return;
    context.addIssue({ code: 'custom', message: `${THRESHOLD_ORDER}. Lower the first or raise the second.` });
  });

/** `xpack.task_manager.*`: names, defaults and limits of Kibana's queue. All bare numbers of time are milliseconds. */
export const taskManager = z
  .strictObject({
    capacity: setting(number({ min: 5, max: 50 }), {
      about: 'How many tasks of normal cost run at once.',
      default: 10,
    }),
    max_workers: setting(number({ min: 1, max: 100 }), { about: 'The old name of `capacity`.' }),
    poll_interval: setting(number({ min: 100 }), { about: 'Milliseconds between two looks for work.', default: 500 }),
    claim_strategy: setting(text({ min: 1 }), {
      about: 'How work is claimed. Patchbay has one way only.',
      default: 'mget',
    }),
    max_attempts: setting(number({ min: 1 }), {
      about: 'Attempts of tasks that set no number of their own.',
      default: 3,
    }),
    request_capacity: setting(number({ min: 1 }), {
      about: 'Requests for immediate runs that may wait.',
      default: 1_000,
    }),
    version_conflict_threshold: setting(number({ min: 50, max: 100 }), {
      about: 'Percent of conflicts at which polling moves.',
      default: 80,
    }),
    monitored_stats_required_freshness: setting(number({ min: 100 }), {
      about: 'Milliseconds after which statistics are stale.',
      unset: '`poll_interval` + 1000',
    }),
    monitored_aggregated_stats_refresh_rate: setting(number({ min: 5_000 }), {
      about: 'Milliseconds between two counts of the queue.',
      default: 60_000,
    }),
    monitored_stats_running_average_window: setting(number({ min: 10, max: 100 }), {
      about: 'Samples of a running average.',
      default: 50,
    }),
    monitored_task_execution_thresholds: section({
      default: threshold.prefault({}),
      custom: setting(
        map(threshold, { of: 'thresholds by task type', remedy: 'Write a map of task types to thresholds.' }),
        {
          about: 'Thresholds of single task types.',
          default: {},
        },
      ),
    }),
    monitored_stats_health_verbose_log: section({
      enabled: setting(flag(), { about: 'Logs the statistics.', default: false }),
      level: setting(oneOf('debug', 'info'), { about: 'The level of those lines.', default: 'debug' }),
      warn_delayed_task_start_in_seconds: setting(number({ min: 0 }), {
        about: 'Seconds that due work may wait without any attempt before the queue counts as stuck.',
        default: 60,
      }),
    }),
    metrics_reset_interval: setting(number({ min: 10_000 }), {
      about: 'Milliseconds after which metrics restart.',
      default: 30_000,
    }),
    event_loop_delay: section({
      monitor: setting(flag(), { about: 'Watches for blocked event loops.', default: true }),
      warn_threshold: setting(number({ min: 10 }), { about: 'Milliseconds of delay for a warning.', default: 5_000 }),
    }),
    discovery: section({
      active_nodes_lookback: setting(duration({ min: '1s', max: '5m' }), {
        about: 'How long a silent node counts as alive.',
        default: '30s',
      }),
      interval: setting(number({ min: 1_000, max: 300_000 }), {
        about: 'Milliseconds between two signs of life.',
        default: 10_000,
      }),
    }),
    kibanas_per_partition: setting(number({ min: 1 }), {
      about: 'Nodes that share one part of the queue.',
      default: 2,
    }),
    invalidate_api_key_task: section({
      interval: setting(duration({ min: '1s' }), { about: 'Time between two clean-ups of API keys.', default: '5m' }),
      removalDelay: setting(duration(), { about: 'How long an API key outlives its use.', default: '1h' }),
    }),
    request_timeouts: section({
      update_by_query: setting(number({ min: 10_000, max: 600_000 }), {
        about: 'Milliseconds for one bulk update.',
        default: 30_000,
      }),
    }),
    worker_utilization_running_average_window: setting(number({ min: 1, max: 100 }), {
      about: 'Samples of the average use of workers.',
      unset: '5',
    }),
    unsafe: section({
      exclude_task_types: setting(list(text({ min: 1 }), { of: 'task types', example: '["actions:.email"]' }), {
        about: 'Queued work that this node leaves alone, e.g. `actions:.email`.',
        default: [],
      }),
    }),
    ephemeral_tasks: setting(anything(), { about: 'Of older releases; accepted and ignored.' }),
  })
  .superRefine((value, context) => {
    const { poll_interval: interval, monitored_stats_required_freshness: freshness } = value;
    if (freshness === undefined || freshness >= interval) return;
    context.addIssue({
      code: 'custom',
      path: ['monitored_stats_required_freshness'],
      message: `Value must be equal to or greater than [${interval}]. Raise it, or lower [xpack.task_manager.poll_interval].`,
    });
  })
  .transform((value) => ({
    ...value,
    monitored_stats_required_freshness: value.monitored_stats_required_freshness ?? value.poll_interval + 1_000,
  }))
  .prefault({});
