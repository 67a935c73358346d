import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Problem } from '../../api/client.ts';
import { type ExecutionDetail, executionQuery } from '../../api/executions.ts';
import { CodeBlock, prettyJson } from '../../ui/CodeBlock.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { tame } from '../../ui/format.ts';
import { Notice } from '../../ui/Notice.tsx';
import { Panel } from '../../ui/Panel.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { ExecutionStatus } from '../../ui/Status.tsx';
import { TypeIcon } from '../../ui/TypeIcon.tsx';
import { codeWords, executionWords as words } from '../../words/execution.ts';
import { sourcePhrases } from '../../words/executions.ts';
import { Actions } from './panel/Actions.tsx';
import { Fold } from './panel/Exchange.tsx';
import { Facts } from './panel/Facts.tsx';
import { NextAttempt } from './panel/NextAttempt.tsx';
import { PanelSkeleton } from './panel/PanelSkeleton.tsx';
import classes from './panel/panel.module.css';
import { RetryEditor } from './panel/RetryEditor.tsx';
import { Timeline } from './panel/Timeline.tsx';

/** One execution over the list: what happened, attempt by attempt, and what can be done about it. */
export function ExecutionPanel() {
  const { executionId } = useParams({ from: '/console/executions/$executionId' });
  const navigate = useNavigate();
  const query = useQuery(executionQuery(executionId));
  const execution = query.data?.execution_id === executionId ? query.data : undefined;
  const title = execution === undefined ? words.title : words.outcome(execution.status, execution.attempts.length);
  const close = () => navigate({ to: '/executions', search: true });
  return (
    <Panel
      title={title}
      documentTitle={execution === undefined ? words.title : `${title}: ${tame(execution.connector_name, 80)}`}
      icon={execution && <ExecutionStatus status={execution.status} iconOnly />}
      lead={execution && <Lead execution={execution} />}
      size="lg"
      onClose={close}
      testSubj="execution-drawer"
    >
      {execution !== undefined && <Content key={executionId} execution={execution} />}
      {execution === undefined && query.isError && <Missing error={query.error} onRetry={() => query.refetch()} />}
      {execution === undefined && !query.isError && <PanelSkeleton />}
    </Panel>
  );
}

function Lead({ execution }: { execution: ExecutionDetail }) {
  const { connector_name, connector_type_id, source, created_at } = execution;
  return (
    <span className={classes.lead}>
      <TypeIcon typeId={connector_type_id} />
      <span>
        {tame(connector_name, 120)} · {sourcePhrases[source] ?? source} · <RelativeTime at={created_at} />
      </span>
    </span>
  );
}

function Content({ execution }: { execution: ExecutionDetail }) {
  const [isEditing, setIsEditing] = useState(false);
  const { attempts, params } = execution;
  return (
    <div className={classes.content}>
      <Reason execution={execution} />
      {isEditing ? (
        <RetryEditor execution={execution} onClose={() => setIsEditing(false)} />
      ) : (
        <Actions execution={execution} onEdit={() => setIsEditing(true)} />
      )}
      <Facts execution={execution} />
      <section>
        <h3 className={classes.heading}>{words.timeline}</h3>
        <Timeline execution={execution} next={<NextAttempt execution={execution} />} />
        {attempts.length > 0 && <p className={classes.muted}>{words.redacted}</p>}
        {attempts.length === 0 && execution.finished_at !== undefined && (
          <p className={classes.muted}>{words.noAttempts}</p>
        )}
      </section>
      {params !== undefined && (
        <section>
          <Fold label={words.params}>
            <p className={classes.muted}>{words.paramsHint}</p>
            <CodeBlock code={prettyJson(params)} label={words.params} wrap />
          </Fold>
        </section>
      )}
    </div>
  );
}

/** Why it did not succeed, and what helps. */
function Reason({ execution }: { execution: ExecutionDetail }) {
  const { status, code, message } = execution;
  const known = code === undefined ? undefined : codeWords[code];
  if (status === 'succeeded') {
    return message === undefined ? null : <Notice tone="warning">{tame(message, 2_000)}</Notice>;
  }
  if (status !== 'failed' && status !== 'expired') return null;
  return (
    <Notice tone="failure" title={known?.what}>
      {message !== undefined && <p className={classes.reason}>{tame(message, 2_000)}</p>}
      {known !== undefined && <p className={classes.advice}>{known.advice}</p>}
    </Notice>
  );
}

function Missing({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (!(error instanceof Problem && error.status === 404)) {
    return <Failure title={words.loadFailed} error={error} onRetry={onRetry} />;
  }
  return (
    <EmptyState
      icon="search"
      title={words.notFound}
      actions={
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/executions" search />}>
          {words.toList}
        </Button>
      }
    >
      {words.notFoundHint}
    </EmptyState>
  );
}
