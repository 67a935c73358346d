/** A setting that is checked but changes nothing. */
export interface PendingSetting {
  /** A setting, or a section: then everything below it. */
  readonly path: string;
  /** Why, or what to use instead. Finishes the sentence "No effect: …". */
  readonly reason: string;
}

const later = (feature: string) => `for ${feature}, which is still to come`;
const AUTHORIZATION_CODE = later('OAuth sign-in of connectors');
const INBOUND = later('inbound events');
const ELASTIC_ONLY = 'it concerns services of Elastic';
const CONCURRENCY = 'use `patchbay.queue.concurrency`';
const OTHER_QUEUE = 'Patchbay’s queue has no such part';

/**
 * The one list of settings without effect. A test compares it with what the source reads, in both directions: whoever
 * gives a setting its effect removes it here.
 */
export const PENDING_SETTINGS: readonly PendingSetting[] = [
  { path: 'notifications.connectors.default.email', reason: later('notifications') },
  { path: 'xpack.actions.auth', reason: AUTHORIZATION_CODE },
  { path: 'xpack.actions.relay', reason: ELASTIC_ONLY },
  { path: 'xpack.actions.usage', reason: ELASTIC_ONLY },
  { path: 'xpack.actions.inboundEvents', reason: INBOUND },
  { path: 'xpack.eventLog', reason: later('the event log') },
  { path: 'xpack.task_manager.capacity', reason: CONCURRENCY },
  { path: 'xpack.task_manager.max_workers', reason: CONCURRENCY },
  { path: 'xpack.task_manager.max_attempts', reason: 'use `xpack.actions.run.maxAttempts`' },
  { path: 'xpack.task_manager.claim_strategy', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.request_capacity', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.version_conflict_threshold', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.monitored_stats_health_verbose_log.enabled', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.monitored_stats_health_verbose_log.level', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.metrics_reset_interval', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.event_loop_delay', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.discovery', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.kibanas_per_partition', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.invalidate_api_key_task', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.request_timeouts', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.worker_utilization_running_average_window', reason: OTHER_QUEUE },
  { path: 'xpack.task_manager.ephemeral_tasks', reason: OTHER_QUEUE },
];

/** The entry that covers a setting or anything below it, if it has no effect. */
export function pendingSetting(path: string): PendingSetting | undefined {
  return PENDING_SETTINGS.find((entry) => path === entry.path || path.startsWith(`${entry.path}.`));
}
