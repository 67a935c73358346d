/** A setting that is checked but changes nothing yet. */
export interface PendingSetting {
  /** A setting, or a section: then everything below it. */
  readonly path: string;
  /** The feature that will use it, or who else does. */
  readonly feature: string;
}

const BACKGROUND = 'background execution';
const AUTHORIZATION_CODE = 'OAuth sign-in of connectors';
const INBOUND = 'inbound events';
const ELASTIC_ONLY = 'nothing: it concerns services of Elastic';

/**
 * The one list of settings without effect. A test compares it with what the source reads, in both directions: whoever
 * gives a setting its effect removes it here.
 */
export const PENDING_SETTINGS: readonly PendingSetting[] = [
  { path: 'notifications.connectors.default.email', feature: 'notifications' },
  { path: 'patchbay.executions.retention', feature: BACKGROUND },
  { path: 'xpack.actions.run', feature: BACKGROUND },
  { path: 'xpack.actions.queued', feature: BACKGROUND },
  { path: 'xpack.actions.rateLimiter', feature: 'rate limits' },
  { path: 'xpack.actions.auth', feature: AUTHORIZATION_CODE },
  { path: 'xpack.actions.relay', feature: ELASTIC_ONLY },
  { path: 'xpack.actions.usage', feature: ELASTIC_ONLY },
  { path: 'xpack.actions.inboundEvents', feature: INBOUND },
  { path: 'xpack.eventLog', feature: 'the event log' },
  { path: 'xpack.task_manager', feature: BACKGROUND },
];

/** The entry that covers a setting or anything below it, if it has no effect yet. */
export function pendingSetting(path: string): PendingSetting | undefined {
  return PENDING_SETTINGS.find((entry) => path === entry.path || path.startsWith(`${entry.path}.`));
}
