import { useQuery } from '@tanstack/react-query';
import type { ExecutionDetail } from '../../../api/executions.ts';
import { queueStatsQuery } from '../../../api/health.ts';
import { formatExact, formatRelative, tame } from '../../../ui/format.ts';
import { useNow } from '../../../ui/RelativeTime.tsx';
import { codeWords, executionWords } from '../../../words/execution.ts';
import { hasNamedTime, nextAttemptAt, whenText } from './advice.ts';
import classes from './panel.module.css';
import { Item } from './Timeline.tsx';

const words = executionWords.next;
/** A turn that is this late is worth a word. */
const LATE_MS = 10_000;

/** Of an execution that waits: when the next attempt comes, and why then. */
export function NextAttempt({ execution }: { execution: ExecutionDetail }) {
  const now = useNow();
  const { data: queue } = useQuery(queueStatsQuery);
  const { status, attempts, connector_id, connector_name, deliver_by, code } = execution;
  if (status !== 'queued' && status !== 'retrying') return null;

  const at = nextAttemptAt(execution);
  const last = attempts.at(-1);
  const circuit = queue?.open_circuits.find((open) => open.connector_id === connector_id);
  const name = tame(connector_name, 80);
  return (
    <Item icon={status === 'retrying' ? 'retry' : 'clock'} tone={status === 'retrying' ? 'warning' : 'neutral'}>
      <p className={classes.next} title={at === undefined ? undefined : formatExact(at)}>
        {turnText(at, now, attempts.length)}
      </p>
      {last !== undefined && last.outcome === 'failed' && (
        <p className={classes.muted}>
          {words.because(codeWords[code ?? last.code ?? '']?.what ?? tame(last.message ?? '', 300))}{' '}
          {hasNamedTime(last) && words.asked}
        </p>
      )}
      {circuit !== undefined && (
        <p className={classes.muted}>
          {circuit.state === 'open' ? words.held(name, whenText(circuit.probe_at, now)) : words.heldNow(name)}
        </p>
      )}
      {deliver_by !== undefined && <p className={classes.muted}>{words.until(whenText(deliver_by, now))}</p>}
    </Item>
  );
}

function turnText(at: number | undefined, now: number, attempts: number): string {
  if (at === undefined) return words.turn;
  if (at > now) {
    const say = attempts === 0 ? words.first : words.at;
    return say(formatRelative(at, now), whenText(at, now));
  }
  return now - at > LATE_MS ? words.late(whenText(at, now)) : words.turn;
}
