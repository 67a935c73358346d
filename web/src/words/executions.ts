import type { ExecutionSource, ExecutionStatus } from '../api/executions.ts';
import type { QuickRange } from '../pages/executions/time-range.ts';
import { formatNumber } from '../ui/format.ts';

const executions = (n: number) => (n === 1 ? '1 execution' : `${formatNumber(n)} executions`);
/** The server counts no further than 10,000. */
const many = (n: number, isMore: boolean) => `${formatNumber(n)}${isMore ? ' or more' : ''}`;

export const sourceWords: Readonly<Record<ExecutionSource, string>> = {
  http_request: 'API call',
  queue: 'Queue',
  notification: 'Notice',
  rule: 'Rule',
  test: 'Test',
};

/** As {@link sourceWords}, within a sentence. */
export const sourcePhrases: Readonly<Record<ExecutionSource, string>> = {
  http_request: 'called through the API',
  queue: 'taken from the queue',
  notification: 'sent by a notice',
  rule: 'sent by a rule',
  test: 'a test',
};

export const statusNames: Readonly<Record<ExecutionStatus, string>> = {
  queued: 'Queued',
  running: 'Running',
  retrying: 'Retrying',
  succeeded: 'Succeeded',
  failed: 'Failed',
  expired: 'Expired',
  cancelled: 'Cancelled',
};

/** All text of the list of executions. */
export const listWords = {
  title: 'Executions',
  lead: 'Every action that was sent or waits to be sent: what became of it, and why.',
  table: 'Executions',
  search: 'Search connector, message or code',
  filters: { status: 'Status', connector: 'Connector', type: 'Type', source: 'Source' },
  nothingFound: 'Nothing of this name',
  clear: 'Clear filters',
  columns: {
    status: 'Status',
    connector: 'Connector',
    type: 'Type',
    source: 'Source',
    message: 'Message',
    attempts: 'Attempts',
    duration: 'Took',
    created: 'Created',
  },
  loadFailed: 'The executions could not be loaded',
  refreshFailed: 'The list may be out of date',
  delivered: 'Delivered',
  waitsForTurn: 'Waits for its turn',
  startsAt: (relative: string) => `Starts ${relative}`,
  nextAttempt: (relative: string) => `Next attempt ${relative}`,
  running: 'Being attempted now',
  unknownReason: 'No reason was given',
  open: (connector: string) => `Open the execution of ${connector}`,
  summary: (first: number, last: number, total: number, isMore: boolean) =>
    `${formatNumber(first)}–${formatNumber(last)} of ${many(total, isMore)}`,
  next: 'Next',
  previous: 'Previous',
  pages: 'Pages of the list',
  tooMany: 'There are more than 10,000. Choose a shorter time or another filter to reach the others.',
  pageBeyond: 'There is no such page',
  toFirstPage: 'Go to the first page',
  empty: 'No executions yet',
  emptyHint: 'Every action that a connector sends appears here, with what was sent and what the target answered.',
  emptyOfOne: 'Every action that this connector sends appears here, with what was sent and what the target answered.',
  emptyAction: 'Go to the connectors',
  noMatch: 'No execution matches',
  noMatchHint: (time: string) => `Nothing in the time “${time}” has all that the filters ask for.`,
  quiet: 'Nothing was sent in this time',
  quietHint: (time: string) => `There is no execution in the time “${time}”. Choose a longer one.`,
  longer: 'Show 90 days',
  refresh: 'Refresh',
} as const;

/** Following what comes in. */
export const followWords = {
  follow: 'Follow',
  pause: 'Pause',
  followHint: 'Show new executions as they come in',
  pauseHint: 'Stop showing new executions',
  heldWhy: 'Held back while you read',
  show: (n: number) => `Show ${formatNumber(n)} new`,
  onlyNewest: 'Only the first page of the newest can be followed.',
} as const;

export const rangeNames: Readonly<Record<QuickRange, string>> = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
};

export const rangeWords = {
  label: 'Time',
  custom: 'Between',
  from: 'From',
  to: 'To (empty: now)',
  apply: 'Show this time',
  missing: 'Enter when the time begins.',
  reversed: 'The time must end after it begins.',
  between: (from: string, to: string) => `${from} – ${to}`,
  since: (from: string) => `Since ${from}`,
} as const;

export const histogramWords = {
  title: 'Executions over time',
  lead: 'Drag over a time to look at it closely.',
  succeeded: 'Succeeded',
  failed: 'Failed or expired',
  other: 'Waiting or cancelled',
  failedToLoad: 'The picture over time could not be loaded',
} as const;

export const kpiWords = {
  label: 'In this time',
  all: 'Executions',
  succeeded: 'Succeeded',
  failed: 'Failed or expired',
  waiting: 'Waiting',
  shareHint: 'Of those that ended',
  show: (what: string) => `Show only: ${what.toLowerCase()}`,
  unknown: '–',
  more: (n: number) => `${formatNumber(n)}+`,
} as const;

/** Acting on all that match. */
export const matchingWords = {
  menu: 'All that match',
  menuRetry: 'Retry all that failed …',
  menuCancel: 'Cancel all that wait …',
  forbidden: 'You may not run connectors. Ask an administrator for the role actions_read or actions_all.',
  retry: {
    title: (n: number, isMore: boolean) => `Retry ${many(n, isMore)} ${n === 1 ? 'execution' : 'executions'}`,
    lead: 'Of what the filters show, those that failed, expired or were cancelled are sent again, each as a new execution with the parameters it had. A target that did get one before gets it twice.',
    confirm: (n: number) => `Retry ${executions(n)}`,
    nothing: 'Nothing to retry',
    nothingHint: 'Of what the filters show, nothing failed, expired or was cancelled.',
    done: (n: number) => `${executions(n)} queued again`,
    none: 'Nothing was queued again',
    failed: 'They could not be retried',
  },
  cancel: {
    title: (n: number, isMore: boolean) => `Cancel ${many(n, isMore)} ${n === 1 ? 'execution' : 'executions'}`,
    lead: 'Of what the filters show, those that wait for their first or next attempt are taken out of the queue. What is being attempted at this moment is not stopped.',
    confirm: (n: number) => `Cancel ${executions(n)}`,
    nothing: 'Nothing to cancel',
    nothingHint: 'Of what the filters show, nothing waits.',
    done: (n: number) => `${executions(n)} cancelled`,
    none: 'Nothing was cancelled',
    failed: 'They could not be cancelled',
  },
  counting: 'Counting …',
  limit: (max: number) => `One go takes at most ${formatNumber(max)}, the oldest first. Repeat it for the others.`,
  skipped: 'Left out',
  skippedCount: (n: number, why: string) => `${formatNumber(n)} × ${why}`,
  keep: 'Leave them alone',
  close: 'Close',
} as const;
