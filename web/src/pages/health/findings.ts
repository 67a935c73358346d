import type { HealthReport, QueueStats } from '../../api/health.ts';
import { formatClock, formatDuration, formatPercent, tame } from '../../ui/format.ts';
import type { Search } from '../../ui/view.ts';
import { healthWords } from '../../words/health.ts';
import { oldestAge } from './samples.ts';

const words = healthWords.findings;

/** Something that is not as it should be, and what to do about it. */
export interface Finding {
  readonly key: string;
  readonly tone: 'failure' | 'warning';
  readonly text: string;
  readonly advice: string;
  /** The executions that are concerned. */
  readonly show?: { readonly label: string; readonly search: Search };
}

/** As the server's own report does: work that is due longer is late. */
const LATE_MS = 60_000;
/** From here on the next burst has no room. */
const FULL = 0.9;
/** Kibana's name of the tasks that run actions of a type. */
const TASK_PREFIX = 'actions:';

export const typeOfTask = (task: string): string =>
  task.startsWith(TASK_PREFIX) ? task.slice(TASK_PREFIX.length) : task;

/** What the figures say is wrong, the worst first; empty when all is well. */
export function findingsOf(
  report: HealthReport,
  queue: QueueStats | undefined,
  typeName: (id: string) => string,
): Finding[] {
  const found = [...(queue === undefined ? [] : queueFindings(queue)), ...typeFindings(report, typeName)];
  // Whatever else the server complains of is told in its own words.
  if (report.status !== 'OK' && (found.length === 0 || report.stats === undefined)) {
    const tone = report.status === 'error' ? 'failure' : 'warning';
    found.unshift({ key: 'report', tone, text: words.report, advice: tame(report.reason ?? '', 2_000) });
  }
  return found.toSorted((a, b) => Number(a.tone === 'warning') - Number(b.tone === 'warning'));
}

function queueFindings(queue: QueueStats): Finding[] {
  const { stuck, open_circuits: circuits, load } = queue;
  const found: Finding[] = [];
  const age = oldestAge(queue);
  if (stuck !== undefined) {
    const text = words.stuck(tame(stuck.connector_id, 80), formatClock(stuck.since));
    found.push({ key: 'stuck', tone: 'failure', text, advice: words.stuckAdvice });
  }
  if (age > LATE_MS) {
    const show = { label: words.lateShow, search: { status: ['queued', 'retrying'], range: '90d', sort: 'oldest' } };
    const text = words.late(formatDuration(age));
    found.push({ key: 'late', tone: 'warning', text, advice: words.lateAdvice, show });
  }
  if (circuits.length > 0) {
    found.push({
      key: 'circuits',
      tone: 'warning',
      text: words.circuits(circuits.length),
      advice: words.circuitsAdvice,
    });
  }
  if (load >= FULL) {
    found.push({ key: 'full', tone: 'warning', text: words.full(formatPercent(load)), advice: words.fullAdvice });
  }
  return found;
}

function typeFindings(report: HealthReport, typeName: (id: string) => string): Finding[] {
  const results = report.stats?.runtime.value.execution.result_frequency_percent_as_number ?? {};
  return Object.entries(results).flatMap(([task, { status, RetryScheduled, Failed }]) => {
    if (status === 'OK') return [];
    const type = typeOfTask(task);
    return {
      key: task,
      tone: status === 'error' ? ('failure' as const) : ('warning' as const),
      text: words.failing(tame(typeName(type), 80), formatPercent((RetryScheduled + Failed) / 100)),
      advice: words.failingAdvice,
      show: { label: words.failingShow, search: { type, status: ['failed', 'retrying'] } },
    };
  });
}
