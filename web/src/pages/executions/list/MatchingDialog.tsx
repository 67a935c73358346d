import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import {
  actOnMatching,
  COUNTED_MAX,
  countExecutions,
  EXECUTIONS_KEY,
  type ExecutionFilter,
  MATCHING_MAX,
  type MatchingAction,
  type MatchingOutcome,
  REPEATABLE,
  WAITING,
} from '../../../api/executions.ts';
import { useDialogOnTop } from '../../../ui/dialogs.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { matchingWords as words } from '../../../words/executions.ts';
import { ui } from '../../../words/ui.ts';
import { filterOf, type View } from '../view.ts';
import classes from './list.module.css';

interface MatchingDialogProps {
  readonly action: MatchingAction;
  readonly view: View;
  readonly onClose: () => void;
}

/** Counts what matches, asks, acts, and says what became of it. */
export function MatchingDialog({ action, view, onClose }: MatchingDialogProps) {
  useDialogOnTop();
  const client = useQueryClient();
  // As of now: what is accepted while the dialog is open was not counted, so it is left alone.
  const [filter] = useState(() => matching(action, view));
  const count = useQuery({
    queryKey: [...EXECUTIONS_KEY, 'count', action, filter],
    queryFn: ({ signal }) => (filter === undefined ? 0 : countExecutions(filter, signal)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const act = useMutation({
    mutationFn: () => actOnMatching(action, filter!),
    onSettled: () => client.invalidateQueries({ queryKey: EXECUTIONS_KEY }),
  });
  const n = count.data ?? 0;
  const own = words[action];
  const title = count.data === undefined ? words.counting : n === 0 ? own.nothing : own.title(n, n >= COUNTED_MAX);
  return (
    <Modal opened onClose={onClose} title={title} zIndex={400} closeButtonProps={{ 'aria-label': ui.close }}>
      {count.isError && <Failure title={own.failed} error={count.error} onRetry={() => count.refetch()} />}
      {count.data === 0 && (
        <Body buttons={<CloseOnly onClose={onClose} />}>
          <p>{own.nothingHint}</p>
        </Body>
      )}
      {n > 0 && act.data === undefined && (
        <Body
          buttons={
            <>
              <Button variant="default" onClick={onClose} data-autofocus>
                {words.keep}
              </Button>
              <Button
                color={action === 'cancel' ? 'red' : undefined}
                loading={act.isPending}
                onClick={() => act.mutate()}
                data-test-subj="confirmModalConfirmButton"
              >
                {own.confirm(Math.min(n, MATCHING_MAX))}
              </Button>
            </>
          }
        >
          <p>{own.lead}</p>
          {n > MATCHING_MAX && <p>{words.limit(MATCHING_MAX)}</p>}
          {act.isError && <Failure title={own.failed} error={act.error} />}
        </Body>
      )}
      {act.data !== undefined && (
        <Body buttons={<CloseOnly onClose={onClose} />}>
          <Outcome action={action} outcome={act.data} />
        </Body>
      )}
    </Modal>
  );
}

/** What of the view the action is for; undefined when nothing can be. */
function matching(action: MatchingAction, view: View): ExecutionFilter | undefined {
  const filter = filterOf(view);
  const states = action === 'retry' ? REPEATABLE : WAITING;
  const status = states.filter((state) => filter.status?.includes(state) ?? true);
  if (status.length === 0) return undefined;
  return { ...filter, status, to: filter.to ?? new Date().toISOString() };
}

function Body({ children, buttons }: { children: ReactNode; buttons: ReactNode }) {
  return (
    <div className={classes.dialog}>
      {children}
      <div className={classes.dialogButtons}>{buttons}</div>
    </div>
  );
}

function CloseOnly({ onClose }: { onClose: () => void }) {
  return (
    <Button variant="default" onClick={onClose} data-autofocus>
      {words.close}
    </Button>
  );
}

function Outcome({ action, outcome }: { action: MatchingAction; outcome: MatchingOutcome }) {
  const done = outcome.execution_ids.length;
  const skipped = Object.entries(outcome.skipped);
  return (
    <Notice
      tone={skipped.length === 0 ? 'success' : 'warning'}
      title={done === 0 ? words[action].none : words[action].done(done)}
      role="status"
    >
      {skipped.length > 0 && (
        <>
          {words.skipped}
          <ul className={classes.skipped}>
            {skipped.map(([why, times]) => (
              <li key={why}>{words.skippedCount(times, tame(why, 300))}</li>
            ))}
          </ul>
        </>
      )}
    </Notice>
  );
}
