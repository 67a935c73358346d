import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import {
  cancelExecution,
  EXECUTIONS_KEY,
  type ExecutionDetail,
  executionQuery,
  retryExecution,
  UNFINISHED,
  WAITING,
} from '../../../api/executions.ts';
import { useMay } from '../../../api/session.ts';
import { confirm } from '../../../ui/dialogs.tsx';
import { reasonOf } from '../../../ui/Failure.tsx';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import { executionWords as words } from '../../../words/execution.ts';
import { isFixable } from './advice.ts';
import classes from './panel.module.css';

/** Sends an execution again and shows the new one. */
export function useRetry(id: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ params }: { params?: unknown }) => retryExecution(id, params),
    async onSuccess({ execution_id }) {
      toast.success(`${words.retried}. ${words.retriedHint}`);
      void client.invalidateQueries({ queryKey: EXECUTIONS_KEY });
      await navigate({
        to: '/executions/$executionId',
        params: { executionId: execution_id },
        search: true,
        // What was edited has been sent.
        ignoreBlocker: true,
      });
    },
  });
}

interface ActionsProps {
  readonly execution: ExecutionDetail;
  readonly onEdit: () => void;
}

/** What can be done about an execution as it stands now. */
export function Actions({ execution, onEdit }: ActionsProps) {
  const { execution_id, status, code, connector_id, params } = execution;
  const mayRun = useMay('execute');
  const retry = useRetry(execution_id);
  const cancel = useCancel(execution_id);
  const hasEnded = !UNFINISHED.includes(status);
  const isKept = params !== undefined;
  if (!mayRun) return <p className={classes.muted}>{words.forbidden}</p>;
  return (
    <div className={classes.actions}>
      {hasEnded && isKept && (
        <>
          <Button
            leftSection={<Icon name="retry" size={14} />}
            loading={retry.isPending}
            onClick={() => retry.mutate({}, { onError: (error) => toast.failure(failure(words.retryFailed, error)) })}
          >
            {words.retry}
          </Button>
          <Button variant="default" leftSection={<Icon name="edit" size={14} />} onClick={onEdit}>
            {words.retryWithChanges}
          </Button>
        </>
      )}
      {WAITING.includes(status) && (
        <Button
          variant="default"
          leftSection={<Icon name="cross" size={14} />}
          loading={cancel.isPending}
          onClick={async () => {
            const { title, text, confirm: yes, keep } = words.confirmCancel;
            if (await confirm({ title, text, confirm: yes, cancel: keep, danger: true })) cancel.mutate();
          }}
        >
          {words.cancel}
        </Button>
      )}
      {status === 'failed' && isFixable(code) && (
        <Button
          variant="default"
          leftSection={<Icon name="fix" size={14} />}
          renderRoot={(props) => (
            <Link {...props} to="/connectors/$connectorId/config" params={{ connectorId: connector_id }} />
          )}
        >
          {words.fix}
        </Button>
      )}
      {status === 'succeeded' && <p className={classes.muted}>{words.paramsGone}</p>}
    </div>
  );
}

function useCancel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => cancelExecution(id),
    onSuccess(cancelled) {
      toast.success(words.cancelled);
      client.setQueryData(executionQuery(id).queryKey, cancelled);
    },
    onError: (error) => toast.failure(failure(words.cancelFailed, error)),
    onSettled: () => client.invalidateQueries({ queryKey: EXECUTIONS_KEY }),
  });
}

const failure = (what: string, error: Error) => `${what}: ${reasonOf(error)}`;
