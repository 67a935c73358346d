import type { Execution } from '../../../api/executions.ts';
import { formatRelative, tame } from '../../../ui/format.ts';
import { RelativeTime, useNow } from '../../../ui/RelativeTime.tsx';
import { codeWords } from '../../../words/execution.ts';
import { listWords as words } from '../../../words/executions.ts';
import classes from './list.module.css';

/** What became of an execution, in words, on one line. */
export function MessageCell({ execution }: { execution: Execution }) {
  const { status, code, message } = execution;
  const said = message ?? (code === undefined ? undefined : codeWords[code]?.what);
  const text = said === undefined ? undefined : tame(said, 300);
  const short = text === undefined ? undefined : pithOf(text);
  if (status === 'queued' || status === 'retrying') {
    return (
      <span title={text}>
        <Due execution={execution} />
        {short !== undefined && <span className={classes.quiet}> · {short}</span>}
      </span>
    );
  }
  if (status === 'running') return <span className={classes.quiet}>{words.running}</span>;
  if (status === 'succeeded') return <span className={classes.quiet}>{text ?? words.delivered}</span>;
  return <span title={text}>{short ?? words.unknownReason}</span>;
}

/** Messages begin with what was tried; a narrow column shows what went wrong, `[401] Unauthorized: token expired`. */
function pithOf(message: string): string {
  return message.replace(/^error .{1,80}?: (?=.)/, '');
}

/** The same with the time below, where no other column says it. */
export function MessageAndTime({ execution }: { execution: Execution }) {
  return (
    <div className={classes.twoLines}>
      <span className={classes.name}>
        <MessageCell execution={execution} />
      </span>
      <span className={classes.secondLine}>
        <RelativeTime at={execution.created_at} />
      </span>
    </div>
  );
}

/** When one that waits is attempted next. */
function Due({ execution: { status, due_at } }: { execution: Execution }) {
  const now = useNow();
  if (due_at === undefined || Date.parse(due_at) <= now) return words.waitsForTurn;
  const relative = formatRelative(due_at, now);
  return status === 'queued' ? words.startsAt(relative) : words.nextAttempt(relative);
}
