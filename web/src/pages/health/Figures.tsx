import type { ReactNode } from 'react';
import type { HealthReport, QueueStats } from '../../api/health.ts';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { healthWords } from '../../words/health.ts';
import classes from './health.module.css';
import { oldestAge } from './samples.ts';

const words = healthWords.figures;

/** The queue in numbers, now. */
export function Figures({ report, queue }: { report: HealthReport; queue: QueueStats | undefined }) {
  const runtime = report.stats?.runtime.value;
  const capacity = report.stats?.configuration.value.capacity.config;
  const number = (value: number | undefined) => (value === undefined ? words.none : formatNumber(value));
  const hasRun = runtime !== undefined && Object.keys(runtime.drift_by_type).length > 0;
  return (
    <dl className={classes.figures} aria-label={words.label}>
      <Figure name={words.depth} hint={words.depthHint} value={number(queue?.depth)} />
      <Figure name={words.due} hint={words.dueHint} value={number(queue?.due)} />
      <Figure
        name={words.age}
        hint={words.ageHint}
        value={queue?.oldest_due_at === undefined ? words.none : formatDuration(oldestAge(queue))}
      />
      <Figure name={words.running} hint={words.runningHint(number(capacity))} value={number(queue?.running)} />
      <Figure name={words.retrying} hint={words.retryingHint} value={number(queue?.retrying)} />
      <Figure
        name={words.delay}
        hint={hasRun ? words.delayWorst(formatDuration(runtime.drift.p99)) : words.delayHint}
        value={hasRun ? formatDuration(runtime.drift.p50) : words.none}
      />
      <Figure name={words.nodes} hint={words.nodesHint} value={number(queue?.nodes)} />
    </dl>
  );
}

function Figure({ name, hint, value }: { name: string; hint: string; value: ReactNode }) {
  return (
    <div className={classes.figure}>
      <dt>{name}</dt>
      <dd>
        <span className={classes.value}>{value}</span>
        <span className={classes.hint}>{hint}</span>
      </dd>
    </div>
  );
}
