import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { connectorTypesQuery } from '../../../api/connectors.ts';
import type { ExecutionDetail } from '../../../api/executions.ts';
import { CopyButton } from '../../../ui/CopyButton.tsx';
import { Duration } from '../../../ui/Duration.tsx';
import { tame } from '../../../ui/format.ts';
import { RelativeTime } from '../../../ui/RelativeTime.tsx';
import { executionWords } from '../../../words/execution.ts';
import { sourceWords } from '../../../words/executions.ts';
import { between } from './advice.ts';
import classes from './panel.module.css';
import { Reference } from './Timeline.tsx';

const words = executionWords.facts;

/** Who, what, when. */
export function Facts({ execution }: { execution: ExecutionDetail }) {
  const { data: types } = useQuery(connectorTypesQuery);
  const { connector_id, connector_type_id, source, username, created_at, finished_at } = execution;
  const type = types?.find(({ id }) => id === connector_type_id)?.name ?? connector_type_id;
  const reference = execution.attempts.findLast((attempt) => attempt.reference !== undefined)?.reference;
  return (
    <dl className={classes.facts}>
      <Fact name={words.connector}>
        <Anchor
          inherit
          renderRoot={(props) => (
            <Link {...props} to="/connectors/$connectorId/config" params={{ connectorId: connector_id }} />
          )}
        >
          {tame(execution.connector_name, 120)}
        </Anchor>
      </Fact>
      <Fact name={words.type}>{tame(type, 80)}</Fact>
      <Fact name={words.source}>{sourceWords[source] ?? source}</Fact>
      {username !== undefined && <Fact name={words.by}>{tame(username, 120)}</Fact>}
      <Fact name={words.created}>
        <RelativeTime at={created_at} />
      </Fact>
      {finished_at !== undefined && (
        <Fact name={words.took}>
          <Duration ms={between(created_at, finished_at)} />
        </Fact>
      )}
      {execution.deliver_by !== undefined && (
        <Fact name={words.deliverBy}>
          <RelativeTime at={execution.deliver_by} />
        </Fact>
      )}
      {reference !== undefined && (
        <Fact name={words.reference}>
          <Reference reference={reference} />
        </Fact>
      )}
      {execution.retry_of !== undefined && (
        <Fact name={words.retryOf}>
          <Anchor
            inherit
            title={executionWords.openRepeated}
            renderRoot={(props) => (
              <Link {...props} to="/executions/$executionId" params={{ executionId: execution.retry_of! }} search />
            )}
          >
            <code>{execution.retry_of}</code>
          </Anchor>
        </Fact>
      )}
      <Fact name={words.id}>
        <span className={classes.id}>
          <code>{execution.execution_id}</code>
          <CopyButton text={execution.execution_id} label={executionWords.copyId} />
        </span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
